"""WAV: the chunks are walked, the samples mapped; integers keep their counts, nothing is scaled to +-1.

Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE) and
WAVEFORMATEXTENSIBLE; EBU Tech 3306 (RF64); ITU-R BS.2088 (BW64).
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    Writer,
    checked_part,
    damage_told,
    first_bytes,
    recording_of,
    wanted_names,
)
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.wav_tracks import TrackTexts, default_names, ixml, texts_of
from pipeline.readers.traces import stacked
from pipeline.signals.recording import Recording

ORDERS = {b"RIFF": "<", b"RF64": "<", b"BW64": "<", b"RIFX": ">"}
LONG = frozenset({b"RF64", b"BW64"})
"""Marks of files whose lengths stand in 64 bits in a chunk `ds64`."""

UNKNOWN = 2**32 - 1
"""Where a length should be: look in `ds64`, or nobody knew it when the header was written."""

MOST_CHUNKS = 1000
"""So many chunks are looked at; bytes behind the samples that are no chunks could be taken for millions of them."""

MOST_NAMES_BYTES = 1 << 20
LENGTH_64 = struct.Struct("<Q")
WRITTEN_AT_ONCE = 1 << 18
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
        texts: name and unit of every channel.
    """

    rate_hz: float
    n_channels: int
    n_samples: int
    dtype: np.dtype[Any]
    n_bytes: int
    start: int
    order: str
    texts: TrackTexts = TrackTexts((), ())


class WavReader(Reader, Writer):
    """WAV: PCM of 8 to 64 bits and floats; RIFF, RIFX, and RF64 or BW64 beyond 4 GB.

    Channels are named as in the chunk `iXML` where there is one, else `c0`, `c1`, ...; units are known of files that
    Faultprint wrote. A recorder that streams, or lost power, leaves the length of the samples open: they then reach to
    the end of the file.
    """

    name = "wav"
    suffixes = (".wav", ".wave")

    def can_read(self, path: Path) -> bool:
        """By the marks RIFF (RIFX, RF64, BW64) and WAVE."""
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
            places = {name: place for place, name in enumerate(header.names)}
            samples = stacked([values_of(part[:, places[name]], layout) for name in names])
            return recording_of(samples, names, header, path, whole=samples.shape[1] == layout.n_samples)

    def write(self, recording: Recording, path: Path) -> None:
        """Write floats of 32 or 64 bits, as the samples are; names and units go into a chunk `iXML`.

        Raises:
            FactError: for float16, or a rate that is not whole.
        """
        write_faithful(self, recording, path, content_of(recording, path))


def header_of(layout: Layout) -> Header:
    """Channels of a layout."""
    told = zip(layout.texts.names, layout.texts.units, strict=True)
    return Header(tuple(ChannelHeader(name, layout.n_samples, layout.rate_hz, unit) for name, unit in told))


def chunks_of(file: BinaryIO, start: bytes, n_held: int) -> Iterator[Chunk]:
    """Every chunk in turn, with its true length; a chunk of odd length is followed by a padding byte.

    Args:
        file: open.
        start: its first twelve bytes.
        n_held: its length in bytes.
    """
    order = ORDERS[start[:4]]
    is_right = struct.unpack(order + "I", start[4:8])[0] + 8 == n_held
    n_long = 0
    at = 12
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        mark, n_bytes = struct.unpack(order + "4sI", head)
        if mark == b"ds64" and start[:4] in LONG:
            n_long = LENGTH_64.unpack_from(file.read(16), 8)[0]
        if mark == b"data" and n_bytes == UNKNOWN and start[:4] in LONG:
            n_bytes = n_long
        if mark == b"data" and (n_bytes in (UNKNOWN, 2**64 - 1) or (n_bytes == 0 and not is_right)):
            n_bytes = n_held - at - 8
        yield Chunk(mark, at + 8, n_bytes)
        at += 8 + n_bytes + n_bytes % 2


def layout_of(path: Path) -> Layout:
    """What the chunks say.

    Raises:
        ReadError: for a missing chunk, a length the file does not have, or a coding other than PCM and float.
    """
    n_held = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] not in ORDERS or start[8:] != b"WAVE":
            raise ReadError(f"{path}: not a WAV file, it does not begin with RIFF and WAVE; leave --reader out")
        chunks = {chunk.mark: chunk for chunk in reversed(list(islice(chunks_of(file, start, n_held), MOST_CHUNKS)))}
        if b"fmt " not in chunks or b"data" not in chunks:
            raise ReadError(f"{path}: a WAV without its chunk 'fmt ' or 'data'; cut short? Copy it again")
        coded = content(file, chunks[b"fmt "])
        names = content(file, chunks[b"iXML"]) if b"iXML" in chunks else b""
    data = chunks[b"data"]
    held = n_held - data.start
    if data.n_bytes > held:
        raise ReadError(f"{path}: promises {data.n_bytes} bytes of samples and holds {held}; cut short? Copy it again")
    layout = laid_out(coded, ORDERS[start[:4]], data, path)
    return layout._replace(texts=texts_of(names, layout.n_channels))


def content(file: BinaryIO, chunk: Chunk) -> bytes:
    """A chunk's bytes, a megabyte at most."""
    file.seek(chunk.start)
    return file.read(min(chunk.n_bytes, MOST_NAMES_BYTES))


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


def content_of(recording: Recording, path: Path) -> Iterator[bytes]:
    """The whole file, piece by piece.

    Raises:
        FactError: for what no WAV can hold.
    """
    samples, rate_hz = recording.samples, recording.rate_hz
    if samples.dtype not in (np.float32, np.float64):
        raise FactError(f"{path}: WAV has no {samples.dtype}; convert to float32 first")
    if rate_hz is None or rate_hz != int(rate_hz):
        raise FactError(f"{path}: WAV needs a whole rate in hertz, got {rate_hz}; resample it or choose another format")
    n_frame = samples.shape[0] * samples.itemsize
    if n_frame >= 2**16 or not 0 < rate_hz * n_frame < 2**32:
        raise FactError(f"{path}: WAV cannot hold {len(samples)} channels at {rate_hz} Hz; choose another format")
    named = recording.channels != default_names(len(samples)) or any(unit is not None for unit in recording.units)
    yield start_of(samples, int(rate_hz), ixml(recording.channels, recording.units) if named else b"")
    # A block at a time, so that a long recording is not held twice.
    for first in range(0, samples.shape[1], WRITTEN_AT_ONCE):
        yield samples[:, first : first + WRITTEN_AT_ONCE].T.astype(samples.dtype.newbyteorder("<")).tobytes()


def start_of(samples: npt.NDArray[Any], rate_hz: int, names: bytes) -> bytes:
    """Everything before the samples; RF64 where 32 bits cannot tell the length.

    Args:
        samples: shape (channel, time).
        rate_hz: whole.
        names: content of the chunk `iXML`, none where empty.
    """
    n_channels, n_samples = samples.shape
    n_frame, n_data = n_channels * samples.itemsize, samples.nbytes
    coded = struct.pack("<HHIIHHH", FLOAT, n_channels, rate_hz, rate_hz * n_frame, n_frame, 8 * samples.itemsize, 0)
    chunks = chunk(b"fmt ", coded) + chunk(b"fact", struct.pack("<I", min(n_samples, UNKNOWN)))
    chunks += chunk(b"iXML", names) if names else b""
    n_riff = 4 + len(chunks) + 8 + n_data
    if n_riff < UNKNOWN:
        return b"RIFF" + struct.pack("<I", n_riff) + b"WAVE" + chunks + b"data" + struct.pack("<I", n_data)
    long = chunk(b"ds64", struct.pack("<QQQI", n_riff + 36, n_data, n_samples, 0))
    unknown = struct.pack("<I", UNKNOWN)
    return b"RF64" + unknown + b"WAVE" + long + chunks + b"data" + unknown


def chunk(mark: bytes, content: bytes) -> bytes:
    """A chunk with its header and padding.

    Example:
        >>> chunk(b"LIST", b"abc")
        b'LIST\\x03\\x00\\x00\\x00abc\\x00'
    """
    return mark + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
