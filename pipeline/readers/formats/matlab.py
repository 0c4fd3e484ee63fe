"""MATLAB files up to version 7 (formats 4 and 5), through scipy; the headers first, structs by their fields."""

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError
from pipeline.readers.base import Header, Reader, damage_told, first_bytes
from pipeline.readers.formats.matlab_elements import Element, elements, is_complex, refuse_damaged
from pipeline.readers.traces import SHORTEST, traces_in
from pipeline.readers.workspace import Leaf, workspace_header, workspace_recording
from pipeline.signals.recording import Recording

LARGEST_BYTES = 2**31
"""The format cannot hold a variable of more, and reading one loads it whole."""

NUMERIC = frozenset({"double", "single"} | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)})
OPENED = frozenset({"char", "struct", "cell", "object"})
"""Classes that scipy's listing cannot see inside, so they are loaded."""


HIDDEN = "__function_workspace__"
"""What scipy calls the nameless variable in which MATLAB keeps anonymous functions."""


class Variable(NamedTuple):
    """One line of the listing, and where the variable lies (unknown in format 4)."""

    name: str
    shape: tuple[int, ...]
    kind: str
    is_complex: bool = False
    element: Element | None = None

    @property
    def told(self) -> str:
        """What it is, for an error: `9x1 double`."""
        size = "x".join(str(count) for count in self.shape)
        return f"{size} {'complex ' if self.is_complex else ''}{self.kind}".strip()

    def opened(self, asked: frozenset[str] | None) -> bool:
        """Whether its content is needed: numbers and texts that may state a fact, structs, and what is asked for."""
        if self.kind in OPENED:
            return True
        if self.kind not in NUMERIC or self.is_complex or self.name == HIDDEN:
            return False
        return math.prod(self.shape) < SHORTEST or asked is None or self.name in asked


class MatlabReader(Reader):
    """MATLAB 4 and 5 (what `save` writes up to version 7).

    Channels are real numeric vectors and matrices of 64 samples or more, named as the variable, with fields of
    structs as `bearing.gs`, elements of cells and of struct arrays as `Y[0].Data`, columns of matrices as `x[0]`.
    """

    name = "matlab"
    suffixes = (".mat",)

    def can_read(self, path: Path) -> bool:
        """By the header text or version of format 5, or a first matrix header of format 4 that makes sense."""
        return is_version_5(path) or is_version_4(path)

    def header(self, path: Path) -> Header:
        """Channels and facts; large variables outside structs stay on disk."""
        with damage_told(path, "MATLAB"):
            return workspace_header(list(leaves_of(path, frozenset())), path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored; only the variables asked for are loaded."""
        with damage_told(path, "MATLAB"):
            asked = None if channels is None else frozenset(root_of(name) for name in channels)
            return workspace_recording(list(leaves_of(path, asked)), path, channels, start, stop)


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


def root_of(channel: str) -> str:
    """The variable a channel lies in.

    Example:
        >>> root_of("N09.Y[6].Data"), root_of("x[0]"), root_of("X105_DE_time")
        ('N09', 'x', 'X105_DE_time')
    """
    return channel.partition(".")[0].partition("[")[0]


def variables_of(path: Path) -> list[Variable]:
    """The listing, names without values.

    Raises:
        ReadError: for a file too large for the format, cut short, or with one name twice.
    """
    from scipy.io import whosmat

    if path.stat().st_size > LARGEST_BYTES:
        raise ReadError(f"{path}: MATLAB 5 above 2 GB cannot be read in parts; save it in MATLAB with '-v7.3'")
    places = [] if is_version_4(path) else elements(path)
    listed = whosmat(str(path), appendmat=False)
    names = [name for name, _, _ in listed]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise ReadError(f"{path}: holds variable '{doubled}' twice; save it again with one of them")
    if not places:
        return [Variable(*each) for each in listed]
    return [Variable(*each, is_complex(path, place), place) for each, place in zip(listed, places, strict=True)]


def leaves_of(path: Path, asked: frozenset[str] | None) -> Iterator[Leaf]:
    """Everything in the file; of large arrays only the ones asked for (all where None) with their samples."""
    from scipy.io import loadmat

    if is_version_4(path):
        asked = None  # only loading tells whether a variable of format 4 is complex
    variables = variables_of(path)
    opened = [variable for variable in variables if variable.opened(asked)]
    loaded: Mapping[str, Any] = {}
    for variable in opened:
        if variable.element is not None:
            refuse_damaged(path, variable.element)
    if opened:
        # Not mat_dtype=True: in structs it drops imaginary parts, with no more than a warning.
        loaded = loadmat(str(path), variable_names=[each.name for each in opened], appendmat=False)
    for variable in variables:
        if variable.name == HIDDEN:
            continue
        if variable.name in loaded:
            yield from walked(variable.name, loaded[variable.name], variable.told)
        else:
            real = variable.kind in NUMERIC and not variable.is_complex
            yield Leaf(variable.name, variable.told, traces_in(variable.name, variable.shape) if real else ())


def walked(name: str, value: Any, told: str = "") -> Iterator[Leaf]:
    """A loaded value and all that lies in it.

    Example:
        >>> value = np.zeros((1, 1), dtype=[("gs", object)])
        >>> value[0, 0]["gs"] = np.zeros((100, 1))
        >>> [leaf.name for leaf in walked("bearing", value)]
        ['bearing.gs']
    """
    if not isinstance(value, np.ndarray):
        yield Leaf(name, told or type(value).__name__)
    elif value.dtype.names:
        for at, element in numbered(name, value):
            for field in value.dtype.names:
                yield from walked(f"{at}.{field}", element[field])
    elif value.dtype == object:
        for k, item in enumerate(value.ravel(order="F")):
            yield from walked(f"{name}[{k}]", item)
    else:
        yield leaf_of(name, value, told)


def numbered(name: str, structs: npt.NDArray[Any]) -> Iterator[tuple[str, Any]]:
    """The elements of a struct array with their names; a single struct keeps its name."""
    if structs.size == 1:
        yield name, structs.ravel()[0]
        return
    for k, element in enumerate(structs.ravel(order="F")):
        yield f"{name}[{k}]", element


def leaf_of(name: str, value: npt.NDArray[Any], told: str = "") -> Leaf:
    """An array that is no struct and no cell: signal, number, text or neither."""
    told = told or f"{'x'.join(map(str, value.shape))} {value.dtype.name}"
    if value.dtype.kind == "U":
        return Leaf(name, "text", value=str(value.item()) if value.size == 1 else None)
    if value.dtype.kind not in "iuf":
        return Leaf(name, told)
    return Leaf(name, told, traces_in(name, value.shape), float(value.item()) if value.size == 1 else None, value)
