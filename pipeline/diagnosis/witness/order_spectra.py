"""Order spectra: how far the lines of one or more spectra stand over their background, in orders of the shaft."""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pipeline.preprocessing.engine.background import Background

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.float32]

ONE_IN, INDEPENDENT = 1e-4, 0.75
"""A bin is loud that noise fills so once in so many; half overlapping segments under a Hann window count for less.
Source: Welch (1967), IEEE Trans. Audio Electroacoust. 15, 70-73."""

BLOCK, BLOCK_STEP = 45, 15
"""The background is the median of so many bins, every so many of them."""

BESIDE_BINS, BESIDE_SHARE = 2.5, 0.003
"""A line reaches so many bins to either side, and such a share of its order: speeds are stated no better."""


@dataclass(frozen=True)
class OrderSpectra:
    """Spectra of one signal, one per band.

    Attributes:
        levels_db: power over background, shape (band, place); 0 is the background, and what was blanked.
        step: orders from one place to the next.
        resolution: orders that the segment's length can tell apart.
        bands_hz: lowest and highest frequency of each.
        turns: of the shaft in a segment.
        segments: so many were averaged.
    """

    levels_db: Levels
    step: float
    resolution: float
    bands_hz: tuple[tuple[float, float], ...]
    turns: float
    segments: int

    @property
    def top(self) -> float:
        """The highest order that can be read."""
        return float((self.levels_db.shape[1] - 2) * self.step)

    @property
    def loud_db(self) -> float:
        """What noise stands above its background once in ten thousand bins; the more segments, the less."""
        from scipy.special import gammaincinv

        # Quantiles of a chi-squared of twice as many degrees of freedom; scipy.stats would take half a second to load.
        shape = max(1.0, INDEPENDENT * self.segments)
        return float(10 * np.log10(gammaincinv(shape, 1 - ONE_IN) / gammaincinv(shape, 0.5)))

    @property
    def blank(self) -> npt.NDArray[np.bool_]:
        """Places where no band says anything."""
        return np.asarray((self.levels_db == 0).all(axis=0))

    def near(self, orders: Floats, share: float = BESIDE_SHARE) -> npt.NDArray[np.bool_]:
        """Places of lines at some orders, as wide as `share` of their order and the resolution make them.

        Args:
            orders: of lines, any shape; below zero they fold back.
            share: of its order by which a line may be off.
        """
        centres = np.unique(np.abs(orders))
        reach = BESIDE_BINS * self.resolution + share * centres
        first = np.ceil((centres - reach) / self.step).astype(int).clip(0)
        last = np.floor((centres + reach) / self.step).astype(int) + 1
        n_places = self.levels_db.shape[1]
        # +1 where a blank begins and -1 past its end: places whose running sum is above 0 are inside one.
        marks = np.zeros(n_places + 1, dtype=int)
        np.add.at(marks, np.minimum(first, n_places), 1)
        np.add.at(marks, np.minimum(last, n_places), -1)
        return np.asarray(np.cumsum(marks[:-1]) > 0)

    def without(self, orders: Floats, share: float = BESIDE_SHARE) -> Self:
        """The same with lines at some orders blanked where they are loud.

        What may be noise stays, or it would be missing where noise is compared with noise.

        Args:
            orders, share: see `near`.
        """
        loud = self.near(orders, share) & (self.levels_db > self.loud_db)
        return replace(self, levels_db=np.where(loud, np.float32(0), self.levels_db))

    def without_shaft(self) -> Self:
        """The same without 0 Hz and the shaft's own harmonics, which sound machines have too."""
        shaft = self.near(np.arange(0.0, math.ceil(self.top) + 1))
        return replace(self, levels_db=np.where(shaft, np.float32(0), self.levels_db))


def over_background(power: Tensor, padded: float) -> Tensor:
    """Power over its background, in decibels.

    Args:
        power: shape (band, place), averaged over segments.
        padded: places per bin.
    """
    background = Background(power.shape[-1], round(BLOCK * padded), round(BLOCK_STEP * padded), stride=2)
    own: Tensor = background(power[None])[0]
    over: Tensor = power / own.clamp(min=float(own.mean()) * 1e-6 + 1e-30)
    return 10 * over.clamp(min=1e-3).log10()
