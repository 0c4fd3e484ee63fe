"""Raw binary: numbers without a header, in the layout the user declares; mapped, never loaded whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pipeline.errors import FactError, ReadError, RequestError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    Writer,
    checked_part,
    damage_told,
    recording_of,
    wanted_names,
)
from pipeline.readers.faithful import write_faithful
from pipeline.readers.traces import stacked
from pipeline.signals.recording import Recording
from pipeline.strict import Strict

EXAMPLE = "raw:int16,channels=2,offset=512,order=little,layout=interleaved,scale=0.001"

StoredType = Literal["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]


class Layout(Strict):
    """How the numbers of a raw file lie, as it is declared: `int16,channels=2,offset=512`.

    Attributes:
        type: of one stored number.
        channels: how many there are.
        offset: bytes before the first number.
        order: which byte of a number comes first, the little or the big end.
        layout: one sample of every channel in turn (`interleaved`), or each channel whole (`blockwise`).
        scale: what a stored number is multiplied by; without it numbers are handed out as stored.

    Example:
        >>> Layout(type="int16", channels=2).frame_bytes
        4
    """

    type: StoredType
    channels: Annotated[int, Field(ge=1)] = 1
    offset: Annotated[int, Field(ge=0)] = 0
    order: Literal["little", "big"] = "little"
    layout: Literal["interleaved", "blockwise"] = "interleaved"
    scale: Annotated[float, Field(allow_inf_nan=False, gt=0)] | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of one stored number."""
        return np.dtype(self.type).newbyteorder(self.order)

    @property
    def frame_bytes(self) -> int:
        """Of one sample of every channel."""
        return self.dtype.itemsize * self.channels


class RawReader(Reader, Writer):
    """Raw binary of a declared type. Nothing in such a file tells what it is, so it is only read when asked for.

    Channels are `c0`, `c1`, ...; rate and unit are unknown.

    Args:
        layout: what the user declared.

    Example:
        >>> RawReader.with_options("float32,channels=4,order=big").layout.frame_bytes
        16
    """

    name = "raw"
    suffixes = (".bin", ".raw", ".dat")
    by_content = False

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout

    @classmethod
    def with_options(cls, text: str) -> Self:
        """The reader with what follows the colon of its name.

        Raises:
            RequestError: for a text that declares no layout.
        """
        return cls(layout_of(text))

    def can_read(self, path: Path) -> bool:  # noqa: ARG002
        """Never: any file could be this."""
        return False

    def header(self, path: Path) -> Header:
        """Channels, their length counted from the size of the file."""
        layout = self.declared(path)
        with damage_told(path, "raw binary"):
            n_samples = n_frames(path, layout)
        return Header(tuple(ChannelHeader(f"c{k}", n_samples) for k in range(layout.channels)))

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored, or times the declared scale; only the part asked for is touched."""
        layout = self.declared(path)
        start, stop = checked_part(start, stop, path)
        header = self.header(path)
        names = wanted_names(header, channels, str(path))
        with damage_told(path, "raw binary"):
            mapped = mapped_samples(path, layout)[:, start:stop]
            samples = stacked([mapped[header.names.index(name)] for name in names])
        if layout.scale is not None:
            samples = samples * np.float64(layout.scale)
        return recording_of(samples, names, header, path, whole=samples.shape[1] == header.channels[0].n_samples)

    def write(self, recording: Recording, path: Path) -> None:
        """The samples alone, in the declared layout.

        Raises:
            FactError: for a recording with names, rate or units, or with samples that the type cannot hold.
        """
        if self.layout is None or self.layout.offset:
            raise FactError(f"{path}: raw binary is written in a declared layout without offset, such as raw:float64")
        write_faithful(self, recording, path, [stored_numbers(recording, self.layout, path).tobytes()])

    def declared(self, path: Path) -> Layout:
        """The layout.

        Raises:
            ReadError: when none was declared.
        """
        if self.layout is None:
            raise ReadError(f"{path}: raw binary needs a declared layout, got none; write --reader {EXAMPLE}")
        return self.layout


def layout_of(text: str) -> Layout:
    """The layout that a text declares: the type first, then `key=value`, separated by commas.

    Raises:
        RequestError: for an unknown type, key or value.

    Example:
        >>> layout_of("int16,channels=2").channels
        2
        >>> layout_of("int16,chanels=2")
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: raw:int16,chanels=2: chanels: unknown key; did you mean 'channels'?
    """
    first, *rest = [part.strip() for part in text.split(",")]
    pairs = (part.partition("=") for part in rest)
    said = {"type": first} | {key.strip(): value.strip() for key, _, value in pairs}
    return Layout.parse(said, f"raw:{text}", RequestError)


def n_frames(path: Path, layout: Layout) -> int:
    """How many samples of every channel a file holds.

    Raises:
        ReadError: when its size does not fit the layout.
    """
    held = path.stat().st_size - layout.offset
    if held < layout.frame_bytes:
        raise ReadError(
            f"{path}: {held + layout.offset} bytes hold no sample of {layout.channels} x {layout.type} "
            f"({layout.frame_bytes} bytes) behind an offset of {layout.offset}; declare another layout"
        )
    frames, left = divmod(held, layout.frame_bytes)
    if left:
        raise ReadError(
            f"{path}: {held} bytes behind an offset of {layout.offset} are {frames} samples of "
            f"{layout.channels} x {layout.type} ({layout.frame_bytes} bytes) and {left} bytes; declare another layout"
        )
    return frames


def mapped_samples(path: Path, layout: Layout) -> npt.NDArray[Any]:
    """The stored numbers as a map of the file, shape (channel, time)."""
    shape = (n_frames(path, layout), layout.channels)
    if layout.layout == "blockwise":
        return np.memmap(path, layout.dtype, "r", offset=layout.offset, shape=shape[::-1])
    return np.memmap(path, layout.dtype, "r", offset=layout.offset, shape=shape).T


def stored_numbers(recording: Recording, layout: Layout, path: Path) -> npt.NDArray[Any]:
    """The numbers to store for a recording, in the order they are stored in.

    Raises:
        FactError: when they would come back changed.
    """
    scale = 1.0 if layout.scale is None else layout.scale
    numbers = recording.samples if layout.scale is None else np.asarray(recording.samples, np.float64) / (scale or 1.0)
    with np.errstate(all="ignore"):
        stored = (numbers if layout.type.startswith("float") else np.round(numbers)).astype(layout.dtype)
        back = stacked(list(stored)) * (1.0 if layout.scale is None else np.float64(scale))
    if not np.array_equal(back, recording.samples, equal_nan=True):
        raise FactError(f"{path}: {layout.type} with scale {scale} cannot hold these samples; take float64 without one")
    return stored if layout.layout == "blockwise" else stored.T
