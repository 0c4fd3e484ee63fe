"""WAV: the chunks are walked, the samples mapped; integers keep their counts, nothing is scaled to +-1.

Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE) and
WAVEFORMATEXTENSIBLE; EBU Tech 3306 (RF64).
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    checked_part,
    damage_told,
    first_bytes,
    recording_of,
    wanted_names,
)
from pipeline.readers.traces import stacked
from pipeline.signals.recording import Recording

ORDERS = {b"RIFF": "<", b"RF64": "<", b"RIFX": ">"}
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
STORED = {(PCM, 1): "u1", (PCM, 2): "i2", (PCM, 3): "u1", (PCM, 4): "i4", (PCM, 8): "i8"} | {
    (FLOAT, 4): "f4",
    (FLOAT, 8): "f8",
}
"""(coding, bytes per sample) -> how NumPy names it; 24 bits are mapped as bytes and put together on reading."""


class Chunk(NamedTuple):
    """One chunk of the file: its mark, first byte and length."""

    mark: bytes
    start: int
    n_bytes: int


class Layout(NamedTuple):
    """What the chunks say.

    Attributes:
        rate_hz, n_channels, n_samples: of the recording; `n_samples` per channel.
        dtype: of one stored sample; a byte for 24 bits.
        n_bytes: of one sample of one channel.
        start: first byte of the samples.
        order: "<" or ">", which byte of a sample comes first.
    """

    rate_hz: float
    n_channels: int
    n_samples: int
    dtype: np.dtype[Any]
    n_bytes: int
    start: int
    order: str


class WavReader(Reader):
    """WAV: PCM of 8 to 64 bits and floats, RIFF, RIFX and RF64. Channels are `c0`, `c1`, ...; the unit is unknown."""

    name = "wav"
    suffixes = (".wav", ".wave")

    def can_read(self, path: Path) -> bool:
        """By the marks RIFF (RIFX, RF64) and WAVE."""
        start = first_bytes(path, 12)
        return start[:4] in ORDERS and start[8:] == b"WAVE"

    def header(self, path: Path) -> Header:
        """Channels from the chunks' headers."""
        with damage_told(path, "WAV"):
            return header_of(layout_of(path))

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored: counts for integers (8 bits are unsigned, silence near 128), values for floats."""
        with damage_told(path, "WAV"):
            start, stop = checked_part(start, stop, path)
            layout = layout_of(path)
            header = header_of(layout)
            names = wanted_names(header, channels, str(path))
            part = stored_samples(path, layout)[start:stop]
            samples = stacked([values_of(part[:, header.names.index(name)], layout) for name in names])
            return recording_of(samples, names, header, path, whole=samples.shape[1] == layout.n_samples)


def header_of(layout: Layout) -> Header:
    """Channels of a layout."""
    return Header(tuple(ChannelHeader(f"c{k}", layout.n_samples, layout.rate_hz) for k in range(layout.n_channels)))


def chunks_of(file: BinaryIO, order: str) -> Iterator[Chunk]:
    """Every chunk in turn; a chunk of odd length is followed by a padding byte."""
    at = 12
    mark = b""
    while mark != b"data":
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        mark, n_bytes = struct.unpack(order + "4sI", head)
        yield Chunk(mark, at + 8, n_bytes)
        at += 8 + n_bytes + n_bytes % 2


def layout_of(path: Path) -> Layout:
    """What the chunks up to the samples say.

    Raises:
        ReadError: for a missing chunk, a length the file does not have, or a coding other than PCM and float.
    """
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] not in ORDERS or start[8:] != b"WAVE":
            raise ReadError(f"{path}: not a WAV file, it does not begin with RIFF and WAVE; leave --reader out")
        order = ORDERS[start[:4]]
        chunks = {chunk.mark: chunk for chunk in chunks_of(file, order)}
        if b"fmt " not in chunks or b"data" not in chunks:
            raise ReadError(f"{path}: a WAV without its chunk 'fmt ' or 'data'; cut short? Copy it again")
        data = chunks[b"data"]
        if start[:4] == b"RF64" and b"ds64" in chunks:
            file.seek(chunks[b"ds64"].start + 8)
            data = data._replace(n_bytes=struct.unpack("<Q", file.read(8))[0])
        file.seek(chunks[b"fmt "].start)
        coded = file.read(chunks[b"fmt "].n_bytes)
    held = path.stat().st_size - data.start
    if data.n_bytes > held:
        raise ReadError(f"{path}: promises {data.n_bytes} bytes of samples and holds {held}; cut short? Copy it again")
    return laid_out(coded, order, data, path)


def laid_out(coded: bytes, order: str, data: Chunk, path: Path) -> Layout:
    """The layout told by the format chunk.

    Raises:
        ReadError: for a coding other than PCM and float, or numbers that contradict each other.
    """
    coding, n_channels, rate_hz, _, n_frame, _ = struct.unpack(order + "HHIIHH", coded[:16])
    if coding == EXTENSIBLE and len(coded) >= 28:
        coding = struct.unpack(order + "I", coded[24:28])[0]
    n_bytes, left = divmod(n_frame, n_channels) if n_channels else (0, 1)
    if left or (coding, n_bytes) not in STORED:
        raise ReadError(
            f"{path}: WAV with coding {coding}, {n_channels} channels in {n_frame} bytes cannot be read; "
            "save it as PCM or float"
        )
    if data.n_bytes < n_frame:
        raise ReadError(f"{path}: a WAV without samples; record it again")
    dtype = np.dtype(order + STORED[coding, n_bytes])
    return Layout(float(rate_hz), n_channels, data.n_bytes // n_frame, dtype, n_bytes, data.start, order)


def stored_samples(path: Path, layout: Layout) -> npt.NDArray[Any]:
    """The samples as a map of the file: (time, channel), for 24 bits (time, channel, byte)."""
    n_items = layout.n_bytes // layout.dtype.itemsize
    shape = (layout.n_samples, layout.n_channels, n_items)
    mapped = np.memmap(path, layout.dtype, "r", offset=layout.start, shape=shape)
    return mapped if layout.n_bytes == 3 else mapped[..., 0]


def values_of(column: npt.NDArray[Any], layout: Layout) -> npt.NDArray[Any]:
    """One channel as numbers; three bytes become the upper part of an int32, which is then shifted down.

    Example:
        >>> layout = Layout(8000.0, 1, 2, np.dtype("u1"), 3, 44, "<")
        >>> values_of(np.array([[1, 0, 0], [255, 255, 255]], dtype=np.uint8), layout)
        array([ 1, -1], dtype=int32)
    """
    if layout.n_bytes != 3:
        return column
    padded = np.zeros((len(column), 4), dtype=np.uint8)
    if layout.order == "<":
        padded[:, 1:] = column
    else:
        padded[:, :3] = column
    return padded.view(layout.order + "i4")[:, 0] >> 8
