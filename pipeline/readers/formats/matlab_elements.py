"""The elements of a MATLAB 5 file: what scipy's listing does not tell, and its loader does not check.

Only tags are read, a few bytes each. They tell, before any sample is loaded, whether the file ends where its elements
end and whether a variable is complex. And they are checked, because a tag with an unknown type ends the process inside
scipy's compiled loader, which no exception handler survives.

Source: MathWorks, MAT-File Format, chapter 1 (level 5: file header, data element tag, array flags).
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline.errors import ReadError

FILE_HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
KNOWN_TYPES = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
"""Types of an element's data other than a matrix: integers, floats, encoded text."""
PLAIN_CLASSES = {4: 4, 5: 6} | dict.fromkeys(range(6, 16), 4)
"""Class of a text, sparse or numeric array -> how many elements it has, and one more if it is complex.

They are flags, dimensions, name, row and column places of a sparse array, and data. The other classes (cell, struct,
object, function) hold matrices in turn.
"""
COMPLEX_FLAG = 0x0800


class Element(NamedTuple):
    """A data element: its type, and where its data lie."""

    kind: int
    start: int
    n_bytes: int


def byte_order(path: Path) -> str:
    """How numbers are stored: "<" or ">"."""
    with path.open("rb") as file:
        return "<" if file.read(FILE_HEADER_BYTES)[126:128] == b"IM" else ">"


def elements(path: Path) -> list[Element]:
    """Every variable of a MATLAB 5 file, in file order.

    Raises:
        ReadError: when the file ends before an element does.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        return list(elements_between(file, FILE_HEADER_BYTES, size, byte_order(path), path))


def elements_between(file: BinaryIO, at: int, end: int, order: str, path: Path) -> Iterator[Element]:
    """The elements that lie between two places, one after the other.

    Raises:
        ReadError: when one reaches beyond the end.
    """
    while at < end:
        file.seek(at)
        tag = file.read(8)
        word, n_bytes = struct.unpack(order + "II", tag) if len(tag) == 8 else (0, end)
        if word >> 16:  # a small element: length and type share a word, the data fill the other one
            yield Element(word & 0xFFFF, at + 4, word >> 16)
            at += 8
            continue
        if at + 8 + n_bytes > end:
            raise ReadError(f"{path}: cut short or damaged, byte {at} promises {n_bytes} bytes more; copy it again")
        # Whole variables lie end to end; what lies inside one starts at multiples of eight bytes.
        padding = 0 if word in (MATRIX, COMPRESSED) else -n_bytes % 8
        yield Element(word, at + 8, n_bytes)
        at += 8 + n_bytes + padding


def is_complex(path: Path, element: Element) -> bool:
    """The complex flag of a variable."""
    order = byte_order(path)
    with path.open("rb") as file:
        file.seek(element.start)
        start = file.read(min(element.n_bytes, 256))
    if element.kind == COMPRESSED:
        start = zlib.decompressobj().decompress(start, 64)[8:]
    return bool(flags_at(BytesIO(start), 8, order) & COMPLEX_FLAG)


def refuse_damaged(path: Path, element: Element) -> None:
    """Nothing, for a variable that scipy's loader can take.

    Raises:
        ReadError: for a tag with an unknown type, or an element that reaches beyond the one it lies in.
        zlib.error: for damaged compressed data.
    """
    order = byte_order(path)
    with path.open("rb") as file:
        if element.kind != COMPRESSED:
            check_matrix(file, element, order, path)
            return
        file.seek(element.start)
        unpacked = BytesIO(zlib.decompress(file.read(element.n_bytes)))
    for inner in elements_between(unpacked, 0, len(unpacked.getbuffer()), order, path):
        check_matrix(unpacked, inner, order, path)


def check_matrix(file: BinaryIO, matrix: Element, order: str, path: Path) -> None:
    """Walk a matrix and the matrices inside it; see `refuse_damaged`."""
    if matrix.n_bytes == 0:
        return
    inner = list(elements_between(file, matrix.start, matrix.start + matrix.n_bytes, order, path))
    flags = flags_at(file, inner[0].start, order)
    n_expected = PLAIN_CLASSES.get(flags & 0xFF)
    allowed = KNOWN_TYPES if n_expected else KNOWN_TYPES | {MATRIX}
    # One element too few, and scipy takes the next variable for the missing one.
    short = n_expected is not None and len(inner) != n_expected + bool(flags & COMPLEX_FLAG)
    if short or any(element.kind not in allowed for element in inner):
        raise ReadError(f"{path}: damaged, the array at byte {matrix.start} is not put together as one; copy it again")
    for element in inner:
        if element.kind == MATRIX:
            check_matrix(file, element, order, path)


def flags_at(file: BinaryIO, at: int, order: str) -> int:
    """The word with class and flags of a matrix, zero where there is none."""
    file.seek(at)
    word = file.read(4)
    return int(struct.unpack(order + "I", word)[0]) if len(word) == 4 else 0
