"""What every reader promises: tell by content, header first, parts on request, never convert early."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.errors import FaultprintError, ReadError, did_you_mean
from pipeline.signals.recording import Facts, Recording, Samples

MANY = 12
"""So many names are told in an error; a matrix of a thousand columns would fill the screen."""


NO_RATE = "no_rate"
"""The fact under which a header tells why a file that has times states no rate."""


@dataclass(frozen=True)
class ChannelHeader:
    """One channel, without its samples."""

    name: str
    n_samples: int
    rate_hz: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Header:
    """What a file holds, without its samples.

    Attributes:
        channels: everything that looks like a signal.
        facts: what else the file says (`speed_rpm`, `load`, ...), by the words Faultprint uses.
    """

    channels: tuple[ChannelHeader, ...]
    facts: Facts = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Channel names in file order."""
        return tuple(channel.name for channel in self.channels)

    @cached_property
    def by_name(self) -> Mapping[str, ChannelHeader]:
        """The channels by name, because a table may have a hundred thousand columns."""
        return {channel.name: channel for channel in self.channels}

    def common(self, channels: Sequence[str], source: str) -> tuple[int, float | None]:
        """Length and rate shared by some channels.

        Raises:
            ReadError: when they differ, because then the channels are not one recording.
        """
        wanted = frozenset(channels)
        chosen = [channel for channel in self.channels if channel.name in wanted]
        shapes = {(channel.n_samples, channel.rate_hz) for channel in chosen}
        if len(shapes) != 1:
            told = few([f"{c.name} ({c.n_samples} samples at {c.rate_hz or 'unknown'} Hz)" for c in chosen])
            raise ReadError(
                f"{source}: channels of unlike length or rate cannot be read together: {told}; name one with --channel"
            )
        return shapes.pop()


class Reader(ABC):
    """One file format. Stateless; one instance may be shared between threads."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    extra: ClassVar[str | None] = None
    by_content: ClassVar[bool] = True
    """Whether files of this format can be known by their content; others are named by the user."""
    every_channel: ClassVar[bool] = False
    """Whether every channel is a recording of its own, so that none need be chosen."""

    @abstractmethod
    def can_read(self, path: Path) -> bool:
        """Whether this file is of the reader's format, by its content; never raises for a readable file."""

    @abstractmethod
    def header(self, path: Path) -> Header:
        """Channels and facts; no samples are loaded where the format allows.

        Raises:
            ReadError: when the file is damaged or holds no signal.
        """

    @abstractmethod
    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples [start, stop) of some channels (all by default), as stored.

        Raises:
            ReadError: when the file is damaged, or channels of unlike length or rate are asked for together.
        """

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Samples [start, stop) of some channels, in order, as pieces of `size` samples; the last may be shorter.

        What bounds the memory of a long recording. A format in which a part costs as much as all before it (text,
        packed files) overrides this with a single pass; one that cannot be sliced at all loads the whole and cuts it.

        Yields:
            Arrays of shape (channel, time).

        Raises:
            ReadError: as `read` does; damage behind the first piece is told when it is reached.
        """
        n_samples, _ = self.header(path).common(channels, str(path))
        end = n_samples if stop is None else min(stop, n_samples)
        for first in range(start, end, size):
            yield self.read(path, channels, first, min(first + size, end)).samples


class Writer(ABC):
    """What a format that can also be written adds to its reader: `class WavReader(Reader, Writer)`."""

    @abstractmethod
    def write(self, recording: Recording, path: Path) -> None:
        """Write a recording so that `read` gives it back equal: samples, channels, and rate and units if it can.

        Raises:
            FactError: for a recording the format cannot hold without loss (a fraction in a WAV's rate, say).
        """


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, fewer if it is shorter."""
    with path.open("rb") as file:
        return file.read(count)


def few(names: Sequence[str]) -> str:
    """Names for an error, the first twelve and how many more.

    Example:
        >>> few([f"c{k}" for k in range(14)])
        'c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 2 more'
    """
    more = len(names) - MANY
    return ", ".join(names[:MANY]) + (f" and {more} more" if more > 0 else "")


def wanted_names(header: Header, channels: Sequence[str] | None, source: str) -> tuple[str, ...]:
    """Channel names asked for, all by default, each checked to exist.

    Raises:
        ReadError: for a name the file does not hold, or when none is asked for.
    """
    if channels is None:
        return header.names
    missing = [name for name in channels if name not in header.by_name]
    if missing or not channels:
        hint = did_you_mean(missing[0], header.names) if missing else ""
        raise ReadError(
            f"{source}: no channel {few(missing) or 'asked for'}{hint or ';'} the file holds {few(header.names)}"
        )
    return tuple(channels)


def recording_of(samples: Samples, names: Sequence[str], header: Header, path: Path, whole: bool = True) -> Recording:
    """What `read` hands out: samples with what the header says of them.

    Args:
        samples: shape (channel, time), one row per name.
        whole: whether these are all samples of the channels; only then a channel without any number is an error,
            because a part may honestly fall into a gap.

    Raises:
        ReadError: when a whole channel holds nothing but NaN or infinity.
    """
    for name, row in zip(names, samples, strict=True):
        if whole and row.size and not np.isfinite(row[0]) and not np.isfinite(row).any():
            raise ReadError(f"{path}: channel '{name}' holds no number, only NaN; choose another channel")
    _, rate_hz = header.common(names, str(path))
    units = {channel.name: channel.unit for channel in header.channels}
    return Recording(
        samples, tuple(names), rate_hz, tuple(units[name] for name in names), dict(header.facts), source=str(path)
    )


def checked_part(start: int, stop: int | None, path: Path) -> tuple[int, int | None]:
    """Bounds of a part, as a slice counts them, save that nothing is counted from the end.

    Raises:
        ReadError: for negative bounds.

    Example:
        >>> checked_part(0, 100, Path("pump.wav"))
        (0, 100)
    """
    if start < 0 or (stop is not None and stop < 0):
        raise ReadError(f"{path}: a part starts and stops at sample 0 or later, got {start} and {stop}")
    return start, stop


@contextmanager
def damage_told(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a parser throws at a damaged file into one line.

    Parsers of binary formats answer damage with every exception there is, MemoryError and RecursionError included.

    Raises:
        ReadError: in place of any exception but our own.

    Example:
        >>> with damage_told(Path("pump.wav"), "WAV"):
        ...     raise EOFError("nothing left")
        Traceback (most recent call last):
        ...
        pipeline.errors.ReadError: pump.wav: cannot be read as WAV (EOFError: nothing left); cut short or damaged?
        Copy it again from its source
    """
    try:
        yield
    except FaultprintError:
        raise
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise ReadError(f"{path}: {(error.strerror or 'cannot be opened').lower()}; check path and rights") from error
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise ReadError(
            f"{path}: cannot be read as {kind} ({said}); cut short or damaged? Copy it again from its source"
        ) from error
