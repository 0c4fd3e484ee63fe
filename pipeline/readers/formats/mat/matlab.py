"""MATLAB files up to version 7 (formats 4 and 5), through scipy; the headers first, structs by their fields."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.readers.base import Header, Reader, Writer, damage_told
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.mat.loading import loaded_values, numbers_of
from pipeline.readers.formats.mat.variables import (
    HIDDEN,
    is_version_4,
    is_version_5,
    variables_of,
    variables_of_version_4,
)
from pipeline.readers.formats.mat.writing import saved
from pipeline.readers.traces import traces_in, why_not
from pipeline.readers.workspace import (
    Leaf,
    refuse_unholdable,
    workspace_blocks,
    workspace_header,
    workspace_recording,
)
from pipeline.signals.recording import Recording, Samples

OPAQUE_FIELDS = ("s0", "s1", "s2", "arr")
"""How scipy gives an object of a class (timeseries, table, string, ...), whose content no document describes."""


class MatlabReader(Reader, Writer):
    """MATLAB 4 and 5 (what `save` writes up to version 7).

    Channels are real numeric vectors and matrices of 64 samples or more, named as the variable (`x#2` where a file has
    two of one name), with fields of structs as `bearing.gs`, elements of cells and of struct arrays as `Y[0].Data`,
    columns of matrices as `x[0]`.
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
        """Samples as stored; plain variables are mapped, packed ones unpacked up to the part asked for."""
        with damage_told(path, "MATLAB"):
            asked = None if channels is None else frozenset(root_of(name) for name in channels)
            return workspace_recording(list(leaves_of(path, asked)), path, channels, start, stop)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Slices of a map, or one pass through packed variables; what lies in a struct is loaded once."""
        with damage_told(path, "MATLAB"):
            leaves = list(leaves_of(path, frozenset(root_of(name) for name in channels)))
            yield from workspace_blocks(leaves, path, channels, size, start, stop)

    def write(self, recording: Recording, path: Path) -> None:
        """Format 5: a variable per channel, and `fs`, `unit`, `speed_rpm` and `load` for all.

        Raises:
            FactError: for names that are none of MATLAB's, or units that differ between channels.
        """
        refuse_unholdable(recording, "MATLAB")
        write_faithful(self, recording, path, saved(recording))


def root_of(channel: str) -> str:
    """The variable a channel lies in.

    Example:
        >>> root_of("N09.Y[6].Data"), root_of("x[0]"), root_of("X105_DE_time")
        ('N09', 'x', 'X105_DE_time')
    """
    return channel.partition(".")[0].partition("[")[0]


def leaves_of(path: Path, asked: frozenset[str] | None) -> Iterator[Leaf]:
    """Everything in the file; of large arrays only the ones asked for (all where None) with their samples."""
    if is_version_4(path):
        yield from leaves_of_version_4(path)
        return
    variables = [variable for variable in variables_of(path) if variable.name != HIDDEN]
    loaded = loaded_values(path, [variable for variable in variables if variable.opened()])
    for variable in variables:
        if variable.name in loaded:
            yield from walked(variable.name, loaded[variable.name], variable.told)
        elif not variable.is_number or variable.element is None:
            yield Leaf(variable.name, variable.told)
        else:
            records_axis = len(variable.shape) - 1
            traces = traces_in(variable.name, variable.shape, records_axis)
            wanted = traces and (asked is None or variable.name in asked)
            array = numbers_of(path, variable.element, variable.shape) if wanted else None
            told = variable.told + why_not(variable.shape, records_axis)
            yield Leaf(variable.name, told, traces, array=array)


def leaves_of_version_4(path: Path) -> Iterator[Leaf]:
    """Everything in a file of format 4; only loading tells whether a variable is complex."""
    from scipy.io import loadmat

    told = {variable.name: variable.told for variable in variables_of_version_4(path)}
    for name, value in loadmat(str(path), variable_names=list(told), appendmat=False).items():
        if name in told:
            yield from walked(name, value, told[name])


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
    elif value.dtype.names == OPAQUE_FIELDS:
        yield Leaf(name, "object of a class, whose content only MATLAB knows: save plain variables")
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
    records_axis = value.ndim - 1
    traces = traces_in(name, value.shape, records_axis)
    single = float(value.item()) if value.size == 1 else None
    return Leaf(name, told + why_not(value.shape, records_axis), traces, single, value)
