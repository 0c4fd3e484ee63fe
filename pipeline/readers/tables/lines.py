"""Lines: a text in blocks of whole lines, and its first lines; a line without end is refused, not loaded."""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.errors import ReadError
from pipeline.readers.foreign import foreign_format
from pipeline.readers.tables.unpacked import as_utf8, unpacked

LINE_FEED = ord("\n")
LONGEST_LINE = 1 << 22
"""Four million letters; a row of a hundred thousand columns is shorter."""

FIRST_BYTES = 1 << 16
ENOUGH_LINES = 16
"""Where 64 KiB hold fewer lines than this (thousands of columns), more bytes are looked at, up to a longest line."""


class Lines(NamedTuple):
    """Some whole lines of a file.

    Attributes:
        text: the lines with their ends, UTF-8 where the file says how it is written.
        n_before: how many lines of the file come before these.
    """

    text: bytes
    n_before: int


def line_blocks(path: Path, n_skipped: int = 0) -> Iterator[Lines]:
    """All lines of a file but the first `n_skipped`, about a megabyte at a time.

    Raises:
        ReadError: for a line that never ends, or a bomb.
    """
    n_before = 0
    for text in whole_lines(as_utf8(unpacked(path)), path):
        # NumPy counts five times as fast as `bytes.count`.
        start, n_lines = 0, int(np.count_nonzero(np.frombuffer(text, np.uint8) == LINE_FEED))
        n_left_out = min(max(0, n_skipped - n_before), n_lines)
        for _ in range(n_left_out):
            start = text.index(b"\n", start) + 1
        if n_left_out < n_lines:
            yield Lines(text[start:], n_before + n_left_out)
        n_before += n_lines


def whole_lines(pieces: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Pieces cut anew where lines end; a last line without its end gets one.

    Raises:
        ReadError: for a line that never ends.

    Example:
        >>> list(whole_lines([b"1,2\\n3", b",4\\n5,", b"6"], Path("pump.csv")))
        [b'1,2\\n', b'3,4\\n', b'5,6\\n']
    """
    rest = b""
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield rest + piece[:end]
            rest = piece[end:]
        else:
            rest += piece
        if len(rest) > LONGEST_LINE:
            raise ReadError(
                f"{path}: a line of more than {LONGEST_LINE >> 20} MB, and a table has one short line per sample; "
                "damaged, or not a table? Export it again"
            )
    if rest:
        yield rest + b"\n"


def first_lines(path: Path) -> list[str]:
    """The lines that lie whole in the first 64 KiB; none for bytes that are no text."""
    text, is_whole = first_text(path)
    if b"\x00" in text or foreign_format(text):
        return []
    lines = decoded(text, is_whole).split("\n")
    return lines if is_whole else lines[:-1]


def first_text(path: Path) -> tuple[bytes, bool]:
    """The first bytes of a text, and whether they are all of it. What is damaged ends the text here, without a word."""
    text = b""
    with suppress(zlib.error, EOFError, UnicodeDecodeError):
        for piece in as_utf8(unpacked(path, FIRST_BYTES)):
            text += piece
            if len(text) > FIRST_BYTES and (text.count(b"\n") >= ENOUGH_LINES or b"\x00" in text):
                return text[:FIRST_BYTES] if text.count(b"\n", 0, FIRST_BYTES) >= ENOUGH_LINES else text, False
            if len(text) > LONGEST_LINE:
                return text, False
    return text, True


def decoded(text: bytes, is_whole: bool) -> str:
    """Bytes as letters; only names may hold letters beyond ASCII, and Latin-1 gives each byte one.

    Example:
        >>> decoded("Größe".encode("latin-1"), True), decoded("Größe".encode()[:3], False)
        ('Größe', 'Gr')
    """
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(text, final=is_whole)
    except UnicodeDecodeError:
        return text.decode("latin-1")
