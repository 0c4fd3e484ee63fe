"""NumPy files: `.npy` through a memory map, `.npz` entry by entry; pickled objects are never loaded."""

import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError
from pipeline.readers.base import Header, Reader, damage_told, first_bytes
from pipeline.readers.traces import SHORTEST, traces_in
from pipeline.readers.workspace import Leaf, workspace_header, workspace_recording
from pipeline.signals.recording import Recording

NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK\x03\x04"
PYTHON_2_LENGTH = re.compile(rb"'shape': \(\d+L")
"""A long integer of Python 2; NumPy reads it only with a warning."""


class NumpyReader(Reader):
    """`.npy` (channels `c0`, `c1`, ...) and `.npz` (channels named as its entries; single numbers may state facts)."""

    name = "numpy"
    suffixes = (".npy", ".npz")

    def can_read(self, path: Path) -> bool:
        """By the magic of `.npy`, or a zip archive whose first member is an `.npy`."""
        start = first_bytes(path, 512)
        if start.startswith(ZIP_MAGIC):
            n_name = int.from_bytes(start[26:28], "little")
            return start[30 : 30 + n_name].endswith(b".npy")
        return start.startswith(NPY_MAGIC)

    def header(self, path: Path) -> Header:
        """Channels and facts from the array headers."""
        with damage_told(path, "NumPy"):
            return workspace_header(leaves_of(path, frozenset()), path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored; of an archive, the entries asked for are loaded whole."""
        with damage_told(path, "NumPy"):
            asked = None if channels is None else frozenset(channels)
            return workspace_recording(leaves_of(path, asked), path, channels, start, stop)


def leaves_of(path: Path, asked: frozenset[str] | None) -> list[Leaf]:
    """The one array of an `.npy`, or the entries of an `.npz`; those with a channel asked for bring their samples."""
    if first_bytes(path, len(ZIP_MAGIC)) == ZIP_MAGIC:
        return list(archived(path, asked))
    with path.open("rb") as file:
        shape, dtype, _ = array_header(file, str(path))
    mapped = None if dtype.hasobject else np.load(path, mmap_mode="r", allow_pickle=False)
    return [leaf_of("", shape, dtype, mapped)]


def archived(path: Path, asked: frozenset[str] | None) -> Iterator[Leaf]:
    """The entries of an `.npz`; short ones are loaded because they may state a fact."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            with archive.open(member) as entry:
                shape, dtype, n_bytes = array_header(entry, f"{path}: entry '{name}'")
            if not dtype.hasobject and n_bytes > member.file_size:
                raise ReadError(
                    f"{path}: entry '{name}' promises {n_bytes} bytes, it has {member.file_size}; copy it again"
                )
            leaf = leaf_of(name, shape, dtype)
            named = asked is None or any(trace.channel in asked for trace in leaf.traces)
            if not dtype.hasobject and (math.prod(shape) < SHORTEST or (leaf.traces and named)):
                with archive.open(member) as entry:
                    leaf = leaf_of(name, shape, dtype, np.lib.format.read_array(entry, allow_pickle=False))
            yield leaf


def array_header(file: IO[bytes], source: str) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape and type of a stored array, and the bytes it takes with its header.

    Raises:
        ReadError: for a header of Python 2, which NumPy reads only with a warning.
    """
    if PYTHON_2_LENGTH.search(file.read(256)):
        raise ReadError(f"{source}: saved by Python 2; save it once more: numpy.save(new, numpy.load(old))")
    file.seek(0)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype, file.tell() + math.prod(shape) * dtype.itemsize


def leaf_of(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], array: npt.NDArray[Any] | None = None) -> Leaf:
    """An array as signal, number, text or neither."""
    told = f"{'x'.join(map(str, shape)) or 'single'} {'pickled objects' if dtype.hasobject else dtype}"
    if dtype.kind not in "iufU":
        return Leaf(name or "the array", told)
    single = array.ravel()[0].item() if array is not None and array.size == 1 else None
    if dtype.kind == "U":
        return Leaf(name or "the array", told, value=single)
    value = None if single is None else float(single)
    return Leaf(name, told, traces_in(name, shape), value, array)
