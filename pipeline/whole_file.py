"""Whole file: a result is written whole or not at all, so that a reader never meets half of it."""

import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import RequestError


def write_whole(path: Path, parts: Iterable[bytes]) -> Path:
    """Write a file beside its place and move it there when it is complete.

    Args:
        path: where it belongs; its folder is made if needed. A link is followed, and stays.
        parts: the content, piece by piece.

    Returns:
        The path as it was given.

    Raises:
        RequestError: when the disk is full or not writable, or something lies there that is no file (a folder, a pipe,
            a device); what was there is left as it was.
    """
    place = _where_it_leads(path)
    if kind := _unlike_a_file(place):
        raise RequestError(f"cannot write {path}: needs a file, and this is {kind}; name another")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{place.name[:40]}-", dir=place.parent)
    except OSError as error:
        raise _refusal(path, error) from None
    unfinished = Path(name)
    try:
        _fill(handle, parts)
        unfinished.chmod(0o644)
        unfinished.replace(place)
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


def refuse_unwritable(flag: str, path: Path | None) -> None:
    """Nothing, where a file can be written as far as a look tells; so that work is not done for nothing.

    Args:
        flag: which names the file, for the message.
        path: of the file; None is none.

    Raises:
        RequestError: for a folder, a pipe or a device, or a folder that is not there.
    """
    if path is None:
        return
    place = _where_it_leads(path)
    if kind := _unlike_a_file(place):
        raise RequestError(f"{flag} {path}: needs a file, and this is {kind}; name another")
    if not place.parent.is_dir():
        raise RequestError(f"{flag} {path}: needs a file in a folder that exists; make the folder first")


def _where_it_leads(path: Path) -> Path:
    """The place behind links, the last part of a circle of them."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _unlike_a_file(place: Path) -> str:
    """What lies there, in words, where it is anything but a file; empty for a file, or nothing."""
    try:
        mode = place.lstat().st_mode
    except OSError:
        return ""
    if stat.S_ISREG(mode):
        return ""
    return "a folder" if stat.S_ISDIR(mode) else "none (a pipe, a device, or links in a circle)"


def _fill(handle: int, parts: Iterable[bytes]) -> None:
    with os.fdopen(handle, "wb") as file:
        file.writelines(parts)
        file.flush()
        # Some file systems notice only here that they are full.
        os.fsync(file.fileno())


def _refusal(path: Path, error: OSError) -> RequestError:
    return RequestError(f"cannot write {path}: {error.strerror}; what was there before is unchanged")
