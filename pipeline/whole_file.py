"""Whole file: a result is written whole or not at all, so that a reader never meets half of it."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import RequestError


def write_whole(path: Path, parts: Iterable[bytes]) -> Path:
    """Write a file beside its place and move it there when it is complete.

    Args:
        path: where it belongs; its folder is made if needed.
        parts: the content, piece by piece.

    Raises:
        RequestError: when the disk is full or not writable; an older file is left as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", dir=path.parent)
    except OSError as error:
        raise _refusal(path, error) from None
    unfinished = Path(name)
    try:
        _fill(handle, parts)
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        raise _refusal(path, error) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> Path:
    """`write_whole` for text, in UTF-8.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_text(Path(folder) / "note.txt", "whole").read_text()
        'whole'
    """
    return write_whole(path, [text.encode()])


def _fill(handle: int, parts: Iterable[bytes]) -> None:
    with os.fdopen(handle, "wb") as file:
        file.writelines(parts)
        file.flush()
        # Some file systems notice only here that they are full.
        os.fsync(file.fileno())


def _refusal(path: Path, error: OSError) -> RequestError:
    return RequestError(f"cannot write {path}: {error.strerror}; what was there before is unchanged")
