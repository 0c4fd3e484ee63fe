"""Recording: what one file holds, as stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from pipeline.errors import FactError, did_you_mean

Samples = npt.NDArray[np.floating[Any]]
Facts = Mapping[str, Any]


MOST_CANDIDATES = 12
"""Channels that an error names; the others are counted."""


def pick_channel(channels: Sequence[str], wanted: str | None, source: str) -> str:
    """The one channel meant by a name, a glob, or a unique part of a name; never a guess.

    Args:
        channels: names in the file.
        wanted: what the user asked for; None accepts a file with a single channel.
        source: the file, for the error.

    Raises:
        FactError: when none or several fit, with the candidates.

    Example:
        >>> pick_channel(["X105_DE_time", "X105_FE_time"], "*DE_time", "105.mat")
        'X105_DE_time'
    """
    candidates = _few(channels)
    if wanted is None:
        if len(channels) == 1:
            return channels[0]
        raise FactError(f"{source}: holds {len(channels)} channels ({candidates}); name one with --channel")
    if wanted in channels:
        return wanted
    found = [name for name in channels if fnmatchcase(name, wanted)] or [name for name in channels if wanted in name]
    if len(found) == 1:
        return found[0]
    if found:
        raise FactError(f"{source}: channel '{wanted}' fits {_few(found)}; name one of them with --channel")
    hint = did_you_mean(wanted, channels)
    raise FactError(f"{source}: no channel '{wanted}'{hint or ';'} the file holds {candidates}")


def _few(names: Sequence[str]) -> str:
    """Candidates for an error: what is to be done stands behind them, and must be read."""
    more = len(names) - MOST_CANDIDATES
    return ", ".join(names[:MOST_CANDIDATES]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class Recording:
    """Samples of one or more channels at one rate, as stored in one file.

    Attributes:
        samples: shape (channel, time), in `units`.
        channels: one name per channel.
        rate_hz: sampling rate, or None where the file does not say.
        units: one per channel, None where the file does not say.
        facts: what else the file says (`speed_rpm`, `load`, ...).
        source: where it came from.
        history: what was done to the samples so far, one line each.

    Example:
        >>> recording = Recording(np.zeros((2, 100)), ("DE", "FE"), rate_hz=12000.0)
        >>> recording.n_samples, recording.select("DE").channels
        (100, ('DE',))
    """

    samples: Samples
    channels: tuple[str, ...]
    rate_hz: float | None = None
    units: tuple[str | None, ...] = ()
    facts: Facts = field(default_factory=dict)
    source: str = "array"
    history: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.shape[0] != len(self.channels):
            raise FactError(
                f"{self.source}: samples must be (channel, time) with {len(self.channels)} channels, "
                f"got shape {self.samples.shape}"
            )
        if not self.units:
            object.__setattr__(self, "units", (None,) * len(self.channels))

    @property
    def n_samples(self) -> int:
        """Length of every channel."""
        return int(self.samples.shape[1])

    def select(self, channel: str | None) -> Self:
        """The recording with one channel only; see `pick_channel` for how it is named."""
        index = self.channels.index(pick_channel(self.channels, channel, self.source))
        return replace(
            self,
            samples=self.samples[index : index + 1],
            channels=(self.channels[index],),
            units=(self.units[index],),
        )
