"""Bombs: small files that promise, or unpack to, absurdly many samples; refused before memory or time is spent."""

from pathlib import Path

from pipeline.errors import ReadError

SUSPICIOUS_BYTES = 2**28
"""Below this nothing is asked; a quarter of a gigabyte unpacked harms nobody."""

LARGEST_RATIO = 250
"""Noise hardly packs at all, and counts of a quiet sensor not 50 times; only emptiness packs better than this."""


def refuse_bomb(path: Path, n_unpacked: int, n_packed: int, what: str = "the file") -> None:
    """Nothing, unless few bytes promise, or have already given, far too many.

    Args:
        path: for the error.
        n_unpacked: bytes promised by a header, or unpacked so far.
        n_packed: bytes they take in the file.
        what: what is packed, for the error.

    Raises:
        ReadError: when no recording packs so well.

    Example:
        >>> refuse_bomb(Path("pump.csv.gz"), n_unpacked=10**6, n_packed=100)
        >>> refuse_bomb(Path("pump.csv.gz"), n_unpacked=10**10, n_packed=10**7)
        Traceback (most recent call last):
        ...
        pipeline.errors.ReadError: pump.csv.gz: 10000000 bytes of the file unpack to 10 GB or more, which no recording
        does; if it is meant, unpack it first
    """
    if n_unpacked > SUSPICIOUS_BYTES and n_unpacked > LARGEST_RATIO * max(n_packed, 1):
        raise ReadError(
            f"{path}: {n_packed} bytes of {what} unpack to {n_unpacked / 1e9:.3g} GB or more, which no recording does; "
            "if it is meant, unpack it first"
        )
