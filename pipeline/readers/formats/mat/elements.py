"""The elements of a MATLAB 5 file: what scipy's listing does not tell, and its loader does not check.

Only tags are read, a few bytes each. They tell, before any sample is loaded, whether the file ends where its elements
end and whether a variable is complex. And they are checked, because a tag with an unknown type ends the process inside
scipy's compiled loader, which no exception handler survives.

Source: MathWorks, MAT-File Format, chapter 1 (level 5: file header, data element tag, array flags).
"""

import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline.errors import ReadError
from pipeline.readers.bombs import refuse_bomb

FILE_HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
KNOWN_TYPES = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
"""Types of an element's data other than a matrix: integers, floats, encoded text."""
PLAIN_CLASSES = {4: 4, 5: 6} | dict.fromkeys(range(6, 16), 4)
"""Class of a text, sparse or numeric array -> how many elements it has, and one more if it is complex.

They are flags, dimensions, name, row and column places of a sparse array, and data. The other classes (cell, struct,
object, function) hold matrices in turn.
"""
COMPLEX_FLAG, LOGICAL_FLAG = 0x0800, 0x0200
OPAQUE = 17
DIMENSIONS, NAMES = (5, 6), (1, 16)
"""Types of the elements with dimensions and name; both types are met in the wild."""
CELL, STRUCT = 1, 2
TAG_BYTES = 8
LONGEST_PREAMBLE = 512
"""Flags, dimensions and name of an array, in front of its data, take no more."""

STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Type of an element's data -> how NumPy names it; MATLAB stores whole numbers as small as they fit."""


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


@contextmanager
def preamble(path: Path, element: Element) -> Iterator[tuple[BinaryIO, Element]]:
    """The first bytes of a variable, unpacked, and the matrix that begins in them; only its first elements lie in them.

    Raises:
        ReadError: for a variable that would unpack to absurdly many bytes.
    """
    order = byte_order(path)
    with path.open("rb") as file:
        if element.kind != COMPRESSED:
            yield file, element
            return
        file.seek(element.start)
        start = zlib.decompressobj().decompress(file.read(min(element.n_bytes, LONGEST_PREAMBLE)), LONGEST_PREAMBLE)
    kind, n_bytes = struct.unpack(order + "II", start[:TAG_BYTES])
    refuse_bomb(path, n_bytes, element.n_bytes, f"the variable at byte {element.start - TAG_BYTES}")
    yield BytesIO(start), Element(kind, TAG_BYTES, n_bytes)


def first_elements(path: Path, element: Element, count: int) -> list[tuple[Element, bytes]]:
    """The first elements inside a variable, with as much of each as the preamble holds.

    Raises:
        ReadError: for a variable too short for them.
    """
    with preamble(path, element) as (file, matrix):
        end = matrix.start + matrix.n_bytes
        found = list(islice(elements_between(file, matrix.start, end, byte_order(path), path), count))
        if len(found) < count:
            raise ReadError(f"{path}: damaged, the array at byte {element.start} has no data; copy it again")
        return [(inner, bytes_of(file, inner)) for inner in found]


def bytes_of(file: BinaryIO, element: Element) -> bytes:
    """The first bytes of an element's data."""
    file.seek(element.start)
    return file.read(min(element.n_bytes, LONGEST_PREAMBLE))


class Description(NamedTuple):
    """What an array says of itself: class, dimensions, name, and whether it is complex or made of truth values."""

    matlab_class: int
    shape: tuple[int, ...]
    name: str
    is_complex: bool
    is_logical: bool


def described(path: Path, element: Element) -> Description:
    """The description of a variable; an object of a class has no dimensions, and no name here (see `texts_of`).

    Raises:
        ReadError: for a variable that is not put together as an array.
    """
    order = byte_order(path)
    ((_, flags),) = first_elements(path, element, 1)
    word: int = struct.unpack(order + "I", flags[:4])[0]
    shape: tuple[int, ...] = ()
    name = b""
    if word & 0xFF != OPAQUE:
        (_, _), (sizes, dimensions), (text, name) = first_elements(path, element, 3)
        if sizes.kind not in DIMENSIONS or text.kind not in NAMES or len(dimensions) != sizes.n_bytes:
            raise ReadError(f"{path}: damaged, the array at byte {element.start} has no dimensions; copy it again")
        shape = struct.unpack(f"{order}{len(dimensions) // 4}i", dimensions[: len(dimensions) // 4 * 4])
        if min(shape, default=0) < 0:
            raise ReadError(f"{path}: damaged, the array at byte {element.start} is {shape}; copy it again")
    return Description(word & 0xFF, shape, name.decode("latin-1"), bool(word & COMPLEX_FLAG), bool(word & LOGICAL_FLAG))


def texts_of(path: Path, element: Element) -> list[str]:
    """Name, type system and class of an object."""
    return [data.decode("latin-1") for _, data in first_elements(path, element, 4)[1:]]


def data_of(path: Path, element: Element, shape: tuple[int, ...]) -> Element:
    """Where the numbers of a real variable lie: in the file, or in what the variable unpacks to.

    Raises:
        ReadError: when they are not as many as the shape promises.
    """
    data, _ = first_elements(path, element, 4)[3]
    promised = math.prod(shape)
    if data.kind not in STORED or data.n_bytes != promised * int(STORED[data.kind][1]):
        raise ReadError(
            f"{path}: damaged, the array at byte {element.start} promises {promised} numbers, "
            f"it has {data.n_bytes} bytes of type {data.kind}; copy it again"
        )
    return data


def unpacked(path: Path, element: Element) -> bytes:
    """What a compressed variable unpacks to, its tag first, never more than that tag promises.

    Raises:
        ReadError: for a variable that unpacks to another length, or to absurdly many bytes.
        zlib.error: for damaged compressed data.
    """
    with preamble(path, element) as (_, matrix):
        promised = matrix.start + matrix.n_bytes
    with path.open("rb") as file:
        file.seek(element.start)
        packed = zlib.decompressobj()
        data = packed.decompress(file.read(element.n_bytes), promised + 1)
    if len(data) != promised or not packed.eof:
        raise ReadError(
            f"{path}: damaged, the variable at byte {element.start - TAG_BYTES} promises {promised} bytes, "
            f"it unpacks to {'more' if len(data) > promised else len(data)}; copy it again"
        )
    return data


def refuse_damaged(path: Path, element: Element) -> None:
    """Nothing, for a variable that scipy's loader can take.

    Raises:
        ReadError: for a tag with an unknown type, or an element that reaches beyond the one it lies in.
        zlib.error: for damaged compressed data.
    """
    order = byte_order(path)
    if element.kind != COMPRESSED:
        with path.open("rb") as file:
            check_matrix(file, element, order, path)
        return
    whole = BytesIO(unpacked(path, element))
    for inner in elements_between(whole, 0, len(whole.getbuffer()), order, path):
        check_matrix(whole, inner, order, path)


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
    short = short or len(inner) < n_inside(file, flags & 0xFF, inner, order)
    if short or any(element.kind not in allowed for element in inner):
        raise ReadError(f"{path}: damaged, the array at byte {matrix.start} is not put together as one; copy it again")
    for element in inner:
        if element.kind == MATRIX:
            check_matrix(file, element, order, path)


def n_inside(file: BinaryIO, matlab_class: int, inner: list[Element], order: str) -> int:
    """How many elements a cell or struct must have for its dimensions: space is taken before they are looked for."""
    least = {CELL: 3, STRUCT: 5}.get(matlab_class, 0)
    if not least or len(inner) < least:
        return least
    dimensions = bytes_of(file, inner[1])
    count: int = math.prod(struct.unpack(f"{order}{len(dimensions) // 4}i", dimensions))
    if matlab_class == CELL:
        return least + count
    n_name = flags_at(file, inner[3].start, order)
    return least + count * (inner[4].n_bytes // max(n_name, 1))


def flags_at(file: BinaryIO, at: int, order: str) -> int:
    """The word with class and flags of a matrix, zero where there is none."""
    file.seek(at)
    word = file.read(4)
    return int(struct.unpack(order + "I", word)[0]) if len(word) == 4 else 0
