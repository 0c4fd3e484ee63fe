"""NumPy files: `.npy` and plain entries of `.npz` through a memory map, packed ones as a stream; never a pickle."""

import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import Header, Reader, Writer, damage_told, first_bytes
from pipeline.readers.bombs import refuse_bomb
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.streamed import StreamedArray
from pipeline.readers.traces import SHORTEST, traces_in, why_not
from pipeline.readers.workspace import (
    Leaf,
    refuse_unholdable,
    workspace_blocks,
    workspace_header,
    workspace_recording,
)
from pipeline.signals.recording import Recording, Samples

NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK\x03\x04"
PYTHON_2_LENGTH = re.compile(rb"'shape': \(\d+L")
"""A long integer of Python 2; NumPy reads it only with a warning."""

LOADED_BYTES = 2**26
"""An entry up to this size is loaded whole, which is quickest and proves its checksum."""

FACT_BYTES = 2**16
"""No number and no text that states a fact is longer."""


class Stored(NamedTuple):
    """The header of a stored array.

    Attributes:
        shape, dtype: of the array.
        fortran: whether its first axis runs fastest.
        start: bytes of the header, after which its numbers begin.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    start: int

    @property
    def n_bytes(self) -> int:
        """Of header and numbers."""
        return self.start + math.prod(self.shape) * self.dtype.itemsize


class NumpyReader(Reader, Writer):
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
        """Samples as stored; a packed entry is unpacked up to the part asked for."""
        with damage_told(path, "NumPy"):
            leaves = leaves_of(path, None if channels is None else frozenset(channels), part=(start, stop) != (0, None))
            return workspace_recording(leaves, path, channels, start, stop)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Slices of a map, or one pass through packed entries."""
        with damage_told(path, "NumPy"):
            leaves = leaves_of(path, frozenset(channels), part=True)
            yield from workspace_blocks(leaves, path, channels, size, start, stop)

    def write(self, recording: Recording, path: Path) -> None:
        """`.npz` by the suffix, with names, rate and units; else `.npy`, which holds numbers and nothing else.

        Raises:
            FactError: for a recording with a name, rate or unit and the suffix `.npy`.
        """
        refuse_unholdable(recording, "NumPy")
        archive = path.suffix.lower() == ".npz"
        write_faithful(self, recording, path, packed(recording) if archive else plain(recording))


def leaves_of(path: Path, asked: frozenset[str] | None, part: bool = False) -> list[Leaf]:
    """The one array of an `.npy`, or the entries of an `.npz`; those with a channel asked for bring their samples.

    Args:
        path: the file.
        asked: names of channels; all where None.
        part: whether only a part of them is needed.
    """
    if first_bytes(path, len(ZIP_MAGIC)) == ZIP_MAGIC:
        return list(archived(path, asked, part))
    with path.open("rb") as file:
        stored = array_header(file, str(path))
    mapped = None if stored.dtype.hasobject else np.load(path, mmap_mode="r", allow_pickle=False)
    return [leaf_of("", stored, mapped)]


def archived(path: Path, asked: frozenset[str] | None, part: bool) -> Iterator[Leaf]:
    """The entries of an `.npz`; short ones are loaded because they may state a fact."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            source = f"{path}: entry '{name}'"
            refuse_bomb(path, member.file_size, member.compress_size, f"entry '{name}'")
            with archive.open(member) as entry:
                stored = array_header(entry, source)
            if not stored.dtype.hasobject and stored.n_bytes > member.file_size:
                raise ReadError(f"{source} promises {stored.n_bytes} bytes, it has {member.file_size}; copy it again")
            leaf = leaf_of(name, stored)
            named = asked is None or any(trace.channel in asked for trace in leaf.traces)
            if leaf.traces and named:
                leaf = leaf_of(name, stored, entry_array(path, member, stored, part))
            elif stored.dtype.kind in "iufU" and math.prod(stored.shape) < SHORTEST and stored.n_bytes <= FACT_BYTES:
                with archive.open(member) as entry:
                    leaf = leaf_of(name, stored, np.lib.format.read_array(entry, allow_pickle=False))
            yield leaf


def entry_array(path: Path, member: zipfile.ZipInfo, stored: Stored, part: bool) -> Any:
    """The numbers of an entry: a map where only a part of a plain one is needed, else loaded, or a stream if long."""
    if part and member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1:
        at = entry_start(path, member) + stored.start
        return np.memmap(path, stored.dtype, "r", at, stored.shape, "F" if stored.fortran else "C")
    if stored.n_bytes > LOADED_BYTES:
        opened = partial(stream_of, path, member, stored.start)
        return StreamedArray(opened, stored.shape, stored.dtype, stored.fortran)
    with zipfile.ZipFile(path) as archive, archive.open(member) as entry:
        return np.lib.format.read_array(entry, allow_pickle=False)


def entry_start(path: Path, member: zipfile.ZipInfo) -> int:
    """First byte of an entry: behind its own header, whose name and extra field have their own lengths.

    Raises:
        BadZipFile: when there is no such header.
    """
    with path.open("rb") as file:
        file.seek(member.header_offset)
        head = file.read(30)
    if len(head) < 30 or head[:4] != ZIP_MAGIC:
        raise zipfile.BadZipFile(f"no entry at byte {member.header_offset}")
    n_name, n_extra = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    return member.header_offset + 30 + n_name + n_extra


def stream_of(path: Path, member: zipfile.ZipInfo, start: int) -> IO[bytes]:
    """An entry from its first number on; the file stays open as long as the stream does."""
    entry = zipfile.ZipFile(path).open(member)  # noqa: SIM115  (closed with the last stream into it)
    entry.read(start)
    return entry


def array_header(file: IO[bytes], source: str) -> Stored:
    """What an array says of itself.

    Raises:
        ReadError: for a header of Python 2, which NumPy reads only with a warning.
    """
    if PYTHON_2_LENGTH.search(file.read(256)):
        raise ReadError(f"{source}: saved by Python 2; save it once more: numpy.save(new, numpy.load(old))")
    file.seek(0)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return Stored(shape, dtype, fortran, file.tell())


def leaf_of(name: str, stored: Stored, array: Any = None) -> Leaf:
    """An array as signal, number, text or neither."""
    shape, dtype = stored.shape, stored.dtype
    told = f"{'x'.join(map(str, shape)) or 'single'} {'pickled objects' if dtype.hasobject else dtype}"
    if dtype.kind not in "iufU":
        return Leaf(name or "the array", told)
    single = array.ravel()[0].item() if math.prod(shape) == 1 and array is not None else None
    if dtype.kind == "U":
        return Leaf(name or "the array", told, value=single)
    traces = traces_in(name, shape)
    value = None if single is None else float(single)
    return Leaf(name if traces or name else "the array", told + why_not(shape), traces, value, array)


def plain(recording: Recording) -> Iterator[bytes]:
    """The bytes of an `.npy`."""
    content = BytesIO()
    np.save(content, recording.samples if len(recording.channels) > 1 else recording.samples[0])
    yield content.getvalue()


def packed(recording: Recording) -> Iterator[bytes]:
    """The bytes of an `.npz`: an entry per channel, `NAME.unit` beside it, and rate, speed and load for all.

    Raises:
        FactError: for a channel whose name is taken by one of the others, or holds a zero.
    """
    entries: dict[str, Any] = dict(zip(recording.channels, recording.samples, strict=True))
    said = {word: recording.facts[word] for word in ("speed_rpm", "load") if word in recording.facts}
    said |= {} if recording.rate_hz is None else {"rate_hz": recording.rate_hz}
    said |= {f"{name}.unit": unit or "" for name, unit in zip(recording.channels, recording.units, strict=True)}
    cut = [name for name in entries if "\0" in name]
    if cut:
        raise FactError(f"NumPy archives end a name at its first zero, got channel {cut[0]!r}; rename it")
    taken = [name for name in entries if name in said]
    if taken:
        raise FactError(f"NumPy archives keep '{taken[0]}' for what is said of a recording; rename that channel")
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in (entries | said).items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asanyarray(value), allow_pickle=False)
    yield content.getvalue()
