"""Download: a file from a server, whole and with the content that was promised, or not at all."""

import hashlib
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from pipeline.errors import WeightsError
from pipeline.progress import Tick, unwatched
from pipeline.whole_file import write_whole

PIECE = 1 << 18
"""Bytes asked for at a time."""


def download(url: str, path: Path, promised: str | None, timeout_s: float, tick: Tick = unwatched) -> Path:
    """Fetch a file; an older one at its place is replaced once the new one is whole.

    Args:
        url: of the file.
        path: where it goes.
        promised: the start of its SHA-256; None where nobody knows it, then only its length is held to what the server
            says.
        timeout_s: a server that is silent for so long is not there.
        tick: told of bytes.

    Raises:
        WeightsError: when the server is not there, says no, stops early, or sends something else; says only what
            happened.
        RequestError: when the file cannot be written.
    """
    return write_whole(path, _arriving(url, promised, timeout_s, tick))


def _arriving(url: str, promised: str | None, timeout_s: float, tick: Tick) -> Iterator[bytes]:
    digest, done = hashlib.sha256(), 0
    try:
        # The address is one of an architecture's authors, never a user's.
        asking = urllib.request.Request(url, headers={"User-Agent": "faultprint"})  # noqa: S310
        with urllib.request.urlopen(asking, timeout=timeout_s) as answer:  # noqa: S310
            total = int(answer.headers.get("Content-Length") or 0)
            while piece := answer.read(PIECE):
                digest.update(piece)
                done += len(piece)
                tick("download", done, max(total, done))
                yield piece
    except (OSError, HTTPException, ValueError) as error:
        raise WeightsError(" ".join(str(error).split()) or type(error).__name__) from None
    _refuse_what_was_not_promised(digest.hexdigest(), promised, done, total)


def _refuse_what_was_not_promised(came: str, promised: str | None, done: int, total: int) -> None:
    if total and done != total:
        raise WeightsError(f"it broke off after {done} of {total} bytes")
    if promised and not came.startswith(promised):
        raise WeightsError(f"it arrived damaged: its name promises {promised}, its content is {came[: len(promised)]}")
