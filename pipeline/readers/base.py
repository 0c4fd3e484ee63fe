"""What every reader promises: tell by content, header first, parts on request, never convert early."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pipeline.errors import ReadError
from pipeline.signals.recording import Facts, Recording


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

    @property
    def names(self) -> tuple[str, ...]:
        """Channel names in file order."""
        return tuple(channel.name for channel in self.channels)

    def common(self, channels: Sequence[str], source: str) -> tuple[int, float | None]:
        """Length and rate shared by some channels.

        Raises:
            ReadError: when they differ, because then the channels are not one recording.
        """
        chosen = [channel for channel in self.channels if channel.name in channels]
        shapes = {(channel.n_samples, channel.rate_hz) for channel in chosen}
        if len(shapes) != 1:
            told = ", ".join(f"{c.name} ({c.n_samples} samples at {c.rate_hz or 'unknown'} Hz)" for c in chosen)
            raise ReadError(f"{source}: channels of unlike length or rate cannot be read together: {told}")
        return shapes.pop()


class Reader(ABC):
    """One file format. Stateless; one instance may be shared between threads."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    extra: ClassVar[str | None] = None

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


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, fewer if it is shorter."""
    with path.open("rb") as file:
        return file.read(count)


def wanted_names(header: Header, channels: Sequence[str] | None, source: Any) -> tuple[str, ...]:
    """Channel names asked for, all by default, each checked to exist.

    Raises:
        ReadError: for a name the file does not hold.
    """
    if channels is None:
        return header.names
    missing = [name for name in channels if name not in header.names]
    if missing:
        raise ReadError(f"{source}: no channel {', '.join(missing)}; the file holds {', '.join(header.names)}")
    return tuple(channels)
