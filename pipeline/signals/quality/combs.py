"""Combs: lines at 1x, 2x, ... 10x of one frequency, searched for in channels that were recorded together.

Everything is in cycles per sample, so that no rate is needed; `pipeline.signals.conditioning.speed` looks for a speed
nobody states, and says how sure it is, where here a comb stated beforehand is looked for close by.
"""

from collections.abc import Sequence
from functools import cache
from math import floor, log2
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.spectral_lines import over_floor_db, vertex

Floats = npt.NDArray[np.float64]

N_LINES = 10
PRESENT_DB = 9.0
"""Above the median around it; the highest of a few bins of noise stays below, averaged or not."""

CLIPPED_DB = 15.0
"""One strong line counts no more than this, so that mains hum or a tooth mesh makes no comb."""

TURNS = 120
FEWEST_TURNS = 40
"""Lines of fewer turns are as wide as the gaps that tell combs apart."""

GRID = 0.0002
"""Combs tried lie this share of their first line apart."""

WIDEST = 1.04
"""Combs are looked for up to so many times the top of their octave."""

FEWEST_BINS = 11
"""The floor is the median of at least so many bins."""


class Comb(NamedTuple):
    """A comb of lines as found.

    Attributes:
        base: its first line, in cycles per sample.
        levels_db: of its lines above the floor around each, cut at 15 dB, averaged over channels.
    """

    base: float
    levels_db: tuple[float, ...]

    @property
    def score_db(self) -> float:
        """How well it stands out."""
        return float(np.mean(self.levels_db))

    @property
    def n_present(self) -> int:
        """How many of its ten lines are there."""
        return sum(level >= PRESENT_DB for level in self.levels_db)

    def share_but_every(self, multiple: int) -> float:
        """Share of its lines that are there, leaving out every so-many-th."""
        rest = [level for k, level in enumerate(self.levels_db, 1) if k % multiple]
        return sum(level >= PRESENT_DB for level in rest) / len(rest)


class CombSearch:
    """Combs of lines in some channels of one recording.

    Args:
        channels: samples of one rate, each (time,).
    """

    def __init__(self, channels: Sequence[Floats]) -> None:
        self._channels = channels
        self._n_samples = min(len(samples) for samples in channels)
        self._levels = cache(self._measured)

    def comb(self, base: float, width: float) -> Comb | None:
        """The comb that stands out most with its first line within `width` (relative) of `base`.

        Args:
            base: in cycles per sample.
            width: share of base on either side.

        Returns:
            None where the recording is too short, or the lines would lie above Nyquist.
        """
        if base * self._n_samples < FEWEST_TURNS or base * (1 + width) * N_LINES >= 0.5:
            return None
        # Combs within an octave share a spectrum: that is what keeps forty candidates cheap.
        frequencies, levels = self._levels(floor(log2(base)))
        tried = base * np.arange(1 - width, 1 + width + 1e-9, GRID)
        found = np.mean([_lines(frequencies, level, tried) for level in levels], axis=0)
        best = int(np.argmax(found.mean(axis=0)))
        return Comb(float(tried[best]), tuple(found[:, best].tolist()))

    def sharpened(self, comb: Comb) -> float:
        """The first line of a comb from the tops of all its lines, each counted by its number: the tenth says most.

        Returns:
            Cycles per sample.
        """
        bases, weights = [], []
        frequencies, measured = self._levels(floor(log2(comb.base)))
        for levels in measured:
            for k, level in enumerate(comb.levels_db, 1):
                top = _top(frequencies, levels, k * comb.base)
                if level >= PRESENT_DB and top is not None:
                    bases.append(top / k)
                    weights.append(k * k)
        return float(np.average(bases, weights=weights)) if bases else comb.base

    def _measured(self, octave: int) -> tuple[Floats, list[Floats]]:
        lowest = 2.0**octave
        segment = min(self._n_samples, int(TURNS / lowest))
        measured = [_levels_db(samples, segment, 2 * lowest) for samples in self._channels]
        return measured[0][0], [levels for _, levels in measured]


def _levels_db(samples: Floats, segment: int, base: float) -> tuple[Floats, Floats]:
    """Spectrum over its own floor, in dB, up to the last line of a comb."""
    from scipy.signal import welch

    frequencies, power = welch(samples, 1.0, "hann", segment, segment // 2)
    kept = frequencies <= base * WIDEST * (N_LINES + 1)
    return frequencies[kept], over_floor_db(power[kept], max(FEWEST_BINS, int(base / 4 * segment) | 1))


def _lines(frequencies: Floats, levels: Floats, bases: Floats) -> Floats:
    """Levels of the lines of each base, shape (line, base)."""
    multiples = np.arange(1, N_LINES + 1)[:, None]
    return np.clip(np.interp(multiples * bases, frequencies, levels), 0.0, CLIPPED_DB)


def _top(frequencies: Floats, levels: Floats, line: float) -> float | None:
    """Where the highest level near a line stands, between bins; None where it is weak or at the edge."""
    step = frequencies[1] - frequencies[0]
    middle = round(line / step)
    around = np.arange(max(1, middle - 2), min(len(levels) - 1, middle + 3))
    if around.size == 0:
        return None
    top = int(around[np.argmax(levels[around])])
    before, at, after = levels[top - 1 : top + 2]
    if at < PRESENT_DB or at < max(before, after):
        return None
    return float(frequencies[top] + step * vertex(before, at, after))
