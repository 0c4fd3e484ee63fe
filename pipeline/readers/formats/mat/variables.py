"""The variables of a MATLAB file up to version 7: the listing, without values; which version a file is of."""

import math
import struct
from collections import Counter
from itertools import product
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ReadError
from pipeline.readers.base import first_bytes
from pipeline.readers.formats.mat.elements import OPAQUE, Element, described, elements, texts_of
from pipeline.readers.traces import SHORTEST

LARGEST_BYTES = 2**31
"""The format cannot hold a variable of more, and reading one loads it whole."""

NUMERIC = frozenset({"double", "single"} | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)})
OPENED = frozenset({"char", "struct", "cell", "object"})
"""Classes that scipy's listing cannot see inside, so they are loaded."""

CLASSES = {1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 16: "function"} | {
    8 + k: f"{sign}int{bits}" for k, (bits, sign) in enumerate(product((8, 16, 32, 64), ("", "u")))
}
"""Number of a class in the file -> what MATLAB calls it."""

HIDDEN = "__function_workspace__"
"""The nameless variable in which MATLAB keeps anonymous functions and the content of objects."""


class Variable(NamedTuple):
    """One line of the listing, and where the variable lies (unknown in format 4).

    Attributes:
        name: as channels and errors call it: the second variable `x` of a file is `x#2`.
        shape, kind: as listed.
        is_complex: whether it has an imaginary part.
        element: where it lies.
        repeats: whether another variable has its name.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    is_complex: bool = False
    element: Element | None = None
    repeats: bool = False

    @property
    def told(self) -> str:
        """What it is, for an error: `9x1 double`."""
        size = "x".join(str(count) for count in self.shape)
        return f"{size} {'complex ' if self.is_complex else ''}{self.kind}".strip()

    @property
    def is_number(self) -> bool:
        """Whether it is a real numeric array."""
        return self.kind in NUMERIC and not self.is_complex and self.name != HIDDEN

    @property
    def is_long(self) -> bool:
        """Whether it may be a signal."""
        return math.prod(self.shape) >= SHORTEST

    def opened(self) -> bool:
        """Whether it is loaded in any case: numbers and texts that may state a fact, and structs."""
        return self.kind in OPENED or (self.is_number and not self.is_long)


def is_version_5(path: Path) -> bool:
    """Whether the file header is that of format 5; one cut short inside the header is still recognised."""
    start = first_bytes(path, 128)
    return start[124:128] in (b"\x00\x01IM", b"\x01\x00MI") or start.startswith(b"MATLAB 5.0 MAT-file")


def is_version_4(path: Path) -> bool:
    """Whether the first 20 bytes are a matrix header of format 4: type, rows, columns, complex or not, name length."""
    start = first_bytes(path, 148)
    if len(start) < 22:
        return False
    order = "<" if start[0] < 64 and start[3] == 0 else ">"
    kind, rows, columns, imaginary, n_name = struct.unpack(order + "5i", start[:20])
    # `kind` reads MOPT in decimal: byte order M (0 or 1 here), O = 0, precision P, type T.
    sensible = kind // 1000 == (order == ">") and kind % 1000 < 60 and kind % 10 <= 2
    sensible = sensible and rows >= 0 and columns >= 0 and imaginary in (0, 1) and 2 <= n_name <= 128
    name = start[20 : 20 + max(n_name, 0)]
    return sensible and name[-1:] == b"\x00" and name[:-1].decode("latin-1").isidentifier()


def variables_of(path: Path) -> list[Variable]:
    """The listing of a file of format 5, names without values.

    Not scipy's, which gives up on a file with an object of a class.

    Raises:
        ReadError: for a file too large for the format, or cut short.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise ReadError(f"{path}: MATLAB 5 above 2 GB cannot be read in parts; save it in MATLAB with '-v7.3'")
    found = [variable_at(path, place) for place in elements(path)]
    names = [variable.name for variable in found]
    total, so_far = Counter(names), Counter[str]()
    for k, name in enumerate(names):
        so_far[name] += 1
        shown = f"{name}#{so_far[name]}" if so_far[name] > 1 else name
        found[k] = found[k]._replace(name=shown, repeats=total[name] > 1)
    return found


def variable_at(path: Path, element: Element) -> Variable:
    """A variable; an object is told with its class."""
    said = described(path, element)
    if said.matlab_class == OPAQUE:
        name, _, kind = texts_of(path, element)
        return Variable(name, (), f"object of class {kind}, whose content only MATLAB knows: save plain variables")
    kind = "logical" if said.is_logical else CLASSES.get(said.matlab_class, "unknown")
    return Variable(said.name or HIDDEN, said.shape, kind, said.is_complex, element)


def variables_of_version_4(path: Path) -> list[Variable]:
    """The listing of a file of format 4.

    Raises:
        ReadError: for one name twice, of which scipy gives the last.
    """
    from scipy.io import whosmat

    listed = whosmat(str(path), appendmat=False)
    doubled = [name for name, count in Counter(name for name, _, _ in listed).items() if count > 1]
    if doubled:
        raise ReadError(f"{path}: holds variable '{doubled[0]}' twice; save it again with one of them")
    return [Variable(*each) for each in listed]
