"""Held: stretches in which a signal stands still, as a broken link or a full buffer leaves them."""

from math import log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.quality.finding import Finding

SHORTEST = 8
"""Samples; a shorter run of one value is common in coarse steps."""

ALONE = 10
"""Times the length of the runs beside it: a slow signal rests ever longer towards its crests, a lost link just stops.

Beside the run at the crest of a sine, those of the next count are a fifth as long.
"""

MOST_KEPT = 4096
"""Longest runs kept of a signal that stands still again and again."""

CHANCE = 1e-6
"""A run is no accident when rounding alone would give one as long less often than this in the whole signal."""


class Run(NamedTuple):
    """Equal samples in a row, and the longer of the two runs beside it."""

    start: int
    length: int
    value: float
    beside: int = 0


class Held:
    """Gathers runs of equal samples, block by block.

    Attributes:
        runs: of `SHORTEST` samples or more, the longest where there are many.
        n_held: samples in such runs.
    """

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.n_held = 0
        self.n_samples = 0
        self._open: Run | None = None
        self._n_equal, self._n_neighbours = 0, 0
        # The last two closed runs: the second waits for the length of the one after it.
        self._starts, self._lengths, self._values = np.array([0]), np.array([0]), np.array([np.nan])

    def add(self, samples: npt.NDArray[np.floating]) -> None:
        """The next samples, shape (time,)."""
        if samples.size == 0:
            return
        starts = np.concatenate([[0], np.flatnonzero(samples[1:] != samples[:-1]) + 1])
        lengths = np.diff(starts, append=samples.size)
        values = samples[starts]
        starts = starts + self.n_samples
        if self._open is not None:
            if values[0] == self._open.value:
                starts[0], lengths[0] = self._open.start, lengths[0] + self._open.length
            else:
                self._close(*(np.array([part]) for part in self._open[:3]))
        self.n_samples += samples.size
        self._close(starts[:-1], lengths[:-1], values[:-1])
        self._open = Run(int(starts[-1]), int(lengths[-1]), float(values[-1]))

    def finished(self) -> "Held":
        """After the last block."""
        if self._open is not None:
            self._close(*(np.array([part]) for part in self._open[:3]))
            self._open = None
            self._close(np.array([self.n_samples]), np.array([0]), np.array([np.nan]))
        return self

    def _close(
        self, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], values: npt.NDArray[np.floating]
    ) -> None:
        starts, lengths = np.concatenate([self._starts, starts]), np.concatenate([self._lengths, lengths])
        values = np.concatenate([self._values, values])
        self._starts, self._lengths, self._values = starts[-2:], lengths[-2:], values[-2:]
        beside, lengths = np.maximum(lengths[:-2], lengths[2:]), lengths[1:-1]
        long = lengths >= SHORTEST
        self._n_equal += int((lengths[~long] - 1).sum())
        self._n_neighbours += int(lengths[~long].sum())
        self.n_held += int(lengths[long].sum())
        kept = [part[long].tolist() for part in (starts[1:-1], lengths, values[1:-1], beside)]
        self.runs += [Run(*run) for run in zip(*kept, strict=True)]
        if len(self.runs) > 2 * MOST_KEPT:
            self.runs = sorted(self.runs, key=lambda run: -run.length)[:MOST_KEPT]

    @property
    def longest_by_chance(self) -> float:
        """Samples; runs up to this length are what rounding makes of a moving signal as long as this one."""
        if not self._n_neighbours or not self._n_equal:
            return SHORTEST - 1.0
        chance = self._n_equal / self._n_neighbours
        return max(SHORTEST - 1.0, 1 + log(CHANCE / self.n_samples) / log(chance))


def dropouts(channel: str, held: Held, lowest: float, highest: float, rate_hz: float | None) -> Finding | None:
    """Runs of one value inside a signal that otherwise moves.

    Noise makes neighbouring samples differ; where rounding makes a share p of neighbours equal, a run of L equal
    samples comes by chance N p^(L - 1) times in N samples. Longer ones are a lost link, a full buffer or padding,
    unless the runs beside them are long too: then the signal slows down by itself. Runs at the very highest or lowest
    value are left to `clipping`.

    Args:
        channel: its name.
        held: its runs.
        lowest, highest: of its samples.
        rate_hz: to tell the place in seconds too.

    Example:
        >>> samples = np.random.default_rng(0).standard_normal(1000)
        >>> samples[300:340] = 0
        >>> held = Held()
        >>> held.add(samples)
        >>> dropouts("DE", held.finished(), -4, 4, None).message
        'dropout: 40 samples stand still at 0, from sample 300'
    """
    if lowest == highest or held.n_held > held.n_samples / 2:
        return None
    found = [
        run
        for run in held.runs
        if run.length > max(held.longest_by_chance, ALONE * run.beside) and lowest < run.value < highest
    ]
    if not found:
        return None
    longest = max(found, key=lambda run: run.length)
    lost = sum(run.length for run in found)
    place = f"from sample {longest.start}" + (f" ({longest.start / rate_hz:.4g} s)" if rate_hz else "")
    one = f"{longest.length} samples stand still at {longest.value:.4g}, {place}"
    told = f"dropout: {one}" if len(found) == 1 else f"{len(found)} dropouts, {lost} samples; the longest: {one}"
    return Finding("dropout", told, "warning", channel, {"runs": len(found), "samples": lost, "start": longest.start})


def staircase(channel: str, held: Held, lowest: float, highest: float) -> Finding | None:
    """A signal that stands still most of the time: a tacho, a switch, a slow value, but no vibration.

    Example:
        >>> held = Held()
        >>> held.add(np.repeat([0.0, 5.0, 0.0], 50))
        >>> staircase("tacho", held.finished(), 0, 5).severity
        'info'
    """
    if lowest == highest or held.n_held <= held.n_samples / 2:
        return None
    share = 100 * held.n_held / held.n_samples
    told = f"stands still for {share:.0f} % of its samples: a tacho, a switch or a slow value rather than vibration"
    return Finding("staircase", told, "info", channel, {"share_percent": share})
