"""FLAC: integers packed without loss, through soundfile (libsndfile); counts as stored, nothing scaled to +-1.

Source: RFC 9639, Free Lossless Audio Codec, section 8.2 (STREAMINFO).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

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
from pipeline.readers.bombs import refuse_bomb
from pipeline.readers.faithful import write_faithful
from pipeline.readers.traces import stacked
from pipeline.signals.recording import Recording, Samples

MAGIC = b"fLaC"
N_STREAM_INFO = 42
"""Bytes from the mark to the end of STREAMINFO, which must come first."""

WHOLE_PASS = 1 << 18
DEPTHS = {"PCM_16": 16, "PCM_24": 24}
"""What may be written, the smallest that fits is taken."""


class StreamInfo(NamedTuple):
    """What the first block says; `n_samples` is per channel."""

    rate_hz: int
    n_channels: int
    n_bits: int
    n_samples: int


class FlacReader(Reader, Writer):
    """FLAC of 8, 16 and 24 bits. Channels are `c0`, `c1`, ...; samples are counts, the unit is unknown."""

    name = "flac"
    suffixes = (".flac",)
    extra = "formats"

    def can_read(self, path: Path) -> bool:
        """By the mark fLaC."""
        return first_bytes(path, len(MAGIC)) == MAGIC

    def header(self, path: Path) -> Header:
        """Channels from the first block."""
        with damage_told(path, "FLAC"):
            return header_of(path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Counts as stored, float64; only the frames of the part are unpacked."""
        with damage_told(path, "FLAC"):
            start, stop = checked_part(start, stop, path)
            header = header_of(path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            end = n_samples if stop is None else min(stop, n_samples)
            n_part = max(0, end - start)
            refuse_bomb(path, n_part * len(names) * 8, path.stat().st_size)
            samples = np.empty((len(names), n_part))
            at = 0
            for piece in pieces(path, header, names, WHOLE_PASS, start, end):
                samples[:, at : at + piece.shape[1]] = piece
                at += piece.shape[1]
            return recording_of(samples, names, header, path, whole=n_part == n_samples)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Pieces in order, unpacked in one pass."""
        with damage_told(path, "FLAC"):
            header = header_of(path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            yield from pieces(path, header, names, size, start, n_samples if stop is None else min(stop, n_samples))

    def write(self, recording: Recording, path: Path) -> None:
        """Write counts, 16 bits where they fit, else 24.

        Raises:
            FactError: for anything but whole numbers of 24 bits, a whole rate, and channels named `c0`, `c1`, ...
        """
        rate_hz = recording.rate_hz
        if rate_hz is None or rate_hz != int(rate_hz):
            raise FactError(
                f"{path}: FLAC needs a whole rate in hertz, got {rate_hz}; resample it or choose another format"
            )
        counts = counts_of(recording.samples, path)
        depth = next(name for name, n_bits in DEPTHS.items() if fits(counts, n_bits) or n_bits == 24)
        content = BytesIO()
        soundfile = library(path)
        try:
            # libsndfile takes counts in the upper bits of 32.
            soundfile.write(content, counts.T << (32 - DEPTHS[depth]), int(rate_hz), depth, format="FLAC")
        except RuntimeError as error:
            raise FactError(
                f"{path}: FLAC cannot hold {len(counts)} channels at {rate_hz} Hz; "
                "needed are 8 at most, and a rate such as 51200; choose another format"
            ) from error
        write_faithful(self, recording, path, [content.getvalue()])


def library(path: Path) -> Any:
    """The soundfile package.

    Raises:
        ReadError: where it, or the C library below it, is not installed.
    """
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise ReadError(f"{path}: FLAC needs soundfile; pip install 'faultprint[formats]'") from error
    return soundfile


def stream_info(path: Path) -> StreamInfo:
    """The first block, understood.

    Raises:
        ReadError: for a file that has none, or a stream that does not say its length (libsndfile cannot seek in it).
    """
    start = first_bytes(path, N_STREAM_INFO)
    if not start.startswith(MAGIC) or len(start) < N_STREAM_INFO or start[4] & 0x7F:
        raise ReadError(f"{path}: not a FLAC file, or cut within its first block; copy it again")
    packed = int.from_bytes(start[18:26], "big")
    info = StreamInfo(packed >> 44, (packed >> 41 & 0x7) + 1, (packed >> 36 & 0x1F) + 1, packed & (1 << 36) - 1)
    if not info.rate_hz:
        raise ReadError(f"{path}: FLAC without a sampling rate; damaged? Copy it again")
    if not info.n_samples:
        raise ReadError(
            f"{path}: a FLAC stream that does not say its length; unpack it with 'flac -d' and read the WAV"
        )
    return info


def header_of(path: Path) -> Header:
    """Channels of a file."""
    info = stream_info(path)
    return Header(tuple(ChannelHeader(f"c{k}", info.n_samples, float(info.rate_hz)) for k in range(info.n_channels)))


@contextmanager
def unpacking(path: Path) -> Iterator[Any]:
    """The stream in soundfile; a file descriptor, because of a path it would believe the suffix."""
    with path.open("rb") as file, library(path).SoundFile(file.fileno(), closefd=False) as stream:
        yield stream


def pieces(path: Path, header: Header, names: Sequence[str], size: int, start: int, end: int) -> Iterator[Samples]:
    """Counts [start, end) of some channels, `size` at a time.

    Raises:
        ReadError: where the stream ends early.
    """
    if start >= end:
        return
    columns = [header.names.index(name) for name in names]
    shift = 32 - stream_info(path).n_bits
    with unpacking(path) as stream:
        stream.seek(start)
        for first in range(start, end, size):
            wanted = min(size, end - first)
            block = stream.read(wanted, "int32", always_2d=True)
            if len(block) != wanted:
                raise ReadError(
                    f"{path}: promises {end} samples and ends at {first + len(block)}; cut short? Copy it again"
                )
            yield stacked([block[:, column] >> shift for column in columns])


def counts_of(samples: Samples, path: Path) -> npt.NDArray[np.int32]:
    """Samples as integers.

    Raises:
        FactError: where a sample is no whole number of 24 bits (minus zero is none).
    """
    with np.errstate(invalid="ignore"):
        whole = np.all(samples == np.trunc(samples)) and not np.any(np.signbit(samples) & (samples == 0.0))
    if not whole or not fits(samples, 24):
        raise FactError(f"{path}: FLAC holds whole numbers of 24 bits only; write these samples as WAV")
    return samples.astype(np.int32)


def fits(samples: npt.NDArray[Any], n_bits: int) -> bool:
    """Whether all samples lie within so many bits, sign included.

    Example:
        >>> fits(np.array([-32768, 32767]), 16), fits(np.array([32768]), 16)
        (True, False)
    """
    return bool(samples.size) and bool(samples.min() >= -(2 ** (n_bits - 1)) and samples.max() < 2 ** (n_bits - 1))
