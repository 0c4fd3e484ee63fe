"""Survey: everything that the checks need of a recording, gathered in one pass over its blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.signals.quality.ends import End
from pipeline.signals.quality.held import Held
from pipeline.signals.quality.moments import Moments
from pipeline.signals.quality.twins import MOST_CHANNELS, CoMoments
from pipeline.signals.recording import Samples

Floats = npt.NDArray[np.float64]

CELLS = 1200
"""Of a waveform's outline; more would lie closer than the dots of a page."""

WHOLE = 2**20
"""Samples; a longer channel is kept as `STRETCHES` stretches, evenly spread, the first at its start."""

STRETCHES = 4
LARGEST = 1e70
"""Standard deviation whose fourth power is still a number; an envelope's power needs it."""

BUDGET = 2**23
"""Samples kept of all channels together: 64 MiB."""


@dataclass(frozen=True)
class ChannelSurvey:
    """What one pass over a channel tells.

    Attributes:
        n_samples: its length as read.
        moments: of all finite samples.
        n_bad, first_bad: samples that are no numbers, and the first of them.
        lower, upper: its extremes.
        held: runs of equal samples.
        rises: whether no sample is below the one before it.
        lowest, highest: outline of the whole waveform, shape (cell,).
        stretches: samples for spectra and steps, as stored; NaN where the file has it.
        starts: first sample of each stretch.
    """

    n_samples: int
    moments: Moments
    n_bad: int
    first_bad: int
    lower: End
    upper: End
    held: Held
    rises: bool
    lowest: Floats
    highest: Floats
    stretches: tuple[npt.NDArray[np.floating], ...]
    starts: tuple[int, ...]

    @property
    def moves(self) -> bool:
        """Whether there is a vibration to look at: neither a flat line, nor a counter, nor beyond all measure."""
        return bool(0 < self.moments.std < LARGEST) and not self.rises

    @property
    def covered(self) -> bool:
        """Whether the stretches are all there is."""
        return sum(map(len, self.stretches)) >= self.n_samples

    def centred(self) -> list[Floats]:
        """Its stretches as float64, mean removed, zero where there is no number."""
        return [np.nan_to_num(_double(part) - self.moments.mean, nan=0, posinf=0, neginf=0) for part in self.stretches]


def _double(samples: npt.NDArray[np.floating]) -> Floats:
    return samples.astype(np.float64)


def survey(
    blocks: Iterable[Samples], n_channels: int, n_samples: int
) -> tuple[list[ChannelSurvey], list[tuple[int, int, float]]]:
    """Gather it all.

    Args:
        blocks: pieces in order, shape (channel, time).
        n_channels, n_samples: of all pieces together, as the header says.

    Returns:
        What is known of each channel, and the pairs of channels that hold the same (see `CoMoments.twins`).

    Example:
        >>> (found,), twins = survey([np.array([[1.0, 3.0]]), np.array([[5.0]])], n_channels=1, n_samples=3)
        >>> found.moments.mean, found.rises, twins
        (3.0, True, [])
    """
    bounds = stretches_of(n_samples, n_channels)
    gathered = [_Gathering(n_samples, bounds) for _ in range(n_channels)]
    compared = min(n_channels, MOST_CHANNELS)
    together = CoMoments(compared)
    for block in blocks:
        for gathering, samples in zip(gathered, block, strict=True):
            gathering.add(samples)
        if compared > 1:
            together.add(block[:compared])
    return [gathering.finished() for gathering in gathered], together.twins()


def stretches_of(n_samples: int, n_channels: int = 1) -> list[tuple[int, int]]:
    """First and last-but-one sample of the stretches that are kept.

    Example:
        >>> stretches_of(1000)
        [(0, 1000)]
        >>> stretches_of(10_000_000)[1]
        (3245952, 3508096)
    """
    most = min(WHOLE, max(BUDGET // n_channels, 2**12))
    if n_samples <= most:
        return [(0, n_samples)]
    length = most // STRETCHES
    starts = np.linspace(0, n_samples - length, STRETCHES).astype(int).tolist()
    return [(start, start + length) for start in starts]


class _Gathering:
    """One channel's pass."""

    def __init__(self, n_samples: int, bounds: Sequence[tuple[int, int]]) -> None:
        self._expected, self._bounds = n_samples, bounds
        self._parts: list[list[npt.NDArray[np.floating]]] = [[] for _ in bounds]
        self._read = 0
        self._moments, self._lower, self._upper, self._held = Moments(), End(), End(), Held()
        self._n_bad, self._first_bad = 0, -1
        self._rises, self._last = True, -np.inf
        cells = min(CELLS, max(1, n_samples))
        self._lowest, self._highest = np.full(cells, np.inf), np.full(cells, -np.inf)

    def add(self, samples: npt.NDArray[np.floating]) -> None:
        finite = np.isfinite(samples)
        if not finite.all():
            self._first_bad = self._first_bad if self._n_bad else self._read + int(np.argmin(finite))
            self._n_bad += int(samples.size - finite.sum())
        self._keep(samples)
        self._held.add(samples)
        good = samples[finite]
        if good.size:
            self._moments = self._moments.joined(Moments.of(good))
            self._lower, self._upper = self._lower.joined(good, -1), self._upper.joined(good, 1)
            self._rises = self._rises and bool(good[0] >= self._last and np.all(good[1:] >= good[:-1]))
            self._last = float(good[-1])
            self._outline(samples, finite)
        self._read += samples.size

    def _keep(self, samples: npt.NDArray[np.floating]) -> None:
        for parts, (start, stop) in zip(self._parts, self._bounds, strict=True):
            piece = samples[max(start - self._read, 0) : max(stop - self._read, 0)]
            if piece.size:
                parts.append(piece.copy())

    def _outline(self, samples: npt.NDArray[np.floating], finite: npt.NDArray[np.bool_]) -> None:
        last = len(self._lowest) - 1
        cells = np.minimum((self._read + np.flatnonzero(finite)) * len(self._lowest) // self._expected, last)
        starts = np.flatnonzero(np.diff(cells, prepend=-1))
        at, good = cells[starts], samples[finite]
        self._lowest[at] = np.minimum(self._lowest[at], np.minimum.reduceat(good, starts))
        self._highest[at] = np.maximum(self._highest[at], np.maximum.reduceat(good, starts))

    def finished(self) -> ChannelSurvey:
        held = self._held.finished()
        empty = self._lowest > self._highest
        return ChannelSurvey(
            self._read,
            self._moments,
            self._n_bad,
            self._first_bad,
            self._lower,
            self._upper,
            held,
            self._rises and self._moments.lowest < self._moments.highest,
            np.where(empty, np.nan, self._lowest),
            np.where(empty, np.nan, self._highest),
            tuple(np.concatenate(parts) for parts in self._parts if parts),
            tuple(start for (start, _), parts in zip(self._bounds, self._parts, strict=True) if parts),
        )
