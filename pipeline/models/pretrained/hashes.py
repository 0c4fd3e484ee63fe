"""Hashes: what a weights file is, and what its name promises; by custom it ends in the start of its SHA-256."""

import hashlib
import re
from pathlib import Path

from pipeline.errors import WeightsError


def asked_for(sha256: str | None) -> str | None:
    """A hash from a config as bare digits.

    Raises:
        WeightsError: for anything but 8 to 64 hexadecimal digits.

    Example:
        >>> asked_for("sha256:7F691464")
        '7f691464'
    """
    if sha256 is None:
        return None
    digits = sha256.lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        raise WeightsError(f"weights_sha256: needs 8 to 64 hexadecimal digits, got {sha256!r}")
    return digits


def hash_in(path: Path) -> str | None:
    """The digits a file's name ends in.

    Example:
        >>> hash_in(Path("resnet18-f37072fd.pth"))
        'f37072fd'
    """
    found = re.search(r"-([0-9a-f]{8,64})$", path.stem)
    return found.group(1) if found else None


def sha256_of(path: Path) -> str:
    """What a file hashes to.

    Raises:
        WeightsError: when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from None


def fault(path: Path, digest: str, promised: str | None = None) -> str | None:
    """What is wrong with a file of that hash; None where nothing is.

    Args:
        path: its name may promise a hash.
        digest: what it hashes to.
        promised: what it must hash to, or the start of it.
    """
    named = hash_in(path)
    if named and not digest.startswith(named):
        came = digest[: len(named)]
        return (
            f"{path} is damaged: its name promises {named}, its content is {came}; get it again, or "
            "rename it if its name was not meant to end in a hash"
        )
    if promised and not digest.startswith(promised):
        return f"{path} is not the file asked for: SHA-256 {promised} is wanted, its content is {digest}"
    return None
