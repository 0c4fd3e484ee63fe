"""Envelopes: averaged squared-envelope spectra of carrier bands, in orders, as decibels over their background."""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pipeline.preprocessing.engine.background import Background
from pipeline.preprocessing.engine.envelope_bank import Carriers, EnvelopeBank
from pipeline.preprocessing.engine.fourier import power_of_two, rfft
from pipeline.preprocessing.samples.whiten import whitened
from pipeline.signals.signal import Signal

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.float32]

TURNS = 60.0
"""Of the shaft, in a segment: fine enough to tell a line from the shaft's, coarse enough for lines that slip smears."""
FEWEST_TURNS, SHORT_TURNS = 20.0, 30.0
"""Fewer in all, and lines run into one another; a short signal is halved down to segments of so many."""
MOST_SEGMENTS, OVERLAP = 40, 0.5
"""A longer signal is heard in so many segments, evenly spread."""
LONGEST = 1 << 20
"""Samples of a segment; slower shafts at higher rates get fewer turns."""

BANDS_PER_NYQUIST = 6
"""Bands are a sixth of what is recorded wide and half overlap: at 12 kHz those of the fault_order image."""

ONE_IN, INDEPENDENT = 1e-4, 0.75
"""A bin is loud that noise fills so once in so many; half overlapping segments under a Hann window count for less.
Source: Welch (1967), IEEE Trans. Audio Electroacoust. 15, 70-73."""

BLOCK, BLOCK_STEP = 45, 15
"""The background is the median of so many bins, every so many of them."""

BESIDE_BINS, BESIDE_SHARE = 2.5, 0.003
"""A line reaches so many bins to either side, and such a share of its order: speeds are stated no better."""


@dataclass(frozen=True)
class Envelopes:
    """Squared-envelope spectra of one signal.

    Attributes:
        levels_db: power over background, shape (band, place); 0 is the background, and what was blanked.
        step: orders from one place to the next.
        resolution: orders that the segment's length can tell apart.
        bands_hz: lowest and highest frequency of each carrier.
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
        return (self.levels_db.shape[1] - 2) * self.step

    @property
    def loud_db(self) -> float:
        """What noise stands above its background once in ten thousand bins; the more segments, the less."""
        from scipy.stats import chi2

        freedom = 2 * max(1.0, INDEPENDENT * self.segments)
        return float(10 * np.log10(chi2.ppf(1 - ONE_IN, freedom) / chi2.ppf(0.5, freedom)))

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
        """The same with lines at some orders blanked where they are loud; what may be noise stays, or it would be missed
        where noise is compared with noise."""
        loud = self.near(orders, share) & (self.levels_db > self.loud_db)
        return replace(self, levels_db=np.where(loud, np.float32(0), self.levels_db))

    def without_shaft(self) -> Self:
        """The same without 0 Hz and the shaft's own harmonics, which sound machines have too."""
        shaft = self.near(np.arange(0.0, math.ceil(self.top) + 1))
        return replace(self, levels_db=np.where(shaft, np.float32(0), self.levels_db))


def segment_samples(signal: Signal, turns: float = TURNS) -> int:
    """Samples in a segment of so many turns; of a short signal half, so that two can be averaged, or all."""
    assert signal.rate_hz is not None
    of_turn = signal.rate_hz / signal.speed_hz
    wanted = min(turns, max(turns * SHORT_TURNS / TURNS, signal.n_samples / of_turn / 2))
    return min(signal.n_samples, LONGEST, round(wanted * of_turn))


@torch.inference_mode()
def envelopes_of(signal: Signal, highest_order: float, exponent: float = 1.0, turns: float = TURNS) -> Envelopes:
    """Squared-envelope spectra of a signal's first channel.

    Args:
        signal: with rate and speed.
        highest_order: that must be read; fewer, where bands are too narrow for it.
        exponent: of the whitening; 1 flattens what repeats exactly, shaft lines and meshes, and leaves what slips.
        turns: of the shaft in a segment.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, 485-520; whitening:
        Borghesani et al. (2013), MSSP 36, 370-384; averaging over segments: Welch (1967).

    Example:
        >>> time_s = np.arange(60000) / 12000
        >>> knocks = np.exp(-1000 * (time_s % (1 / 107.5))) * np.sin(2 * np.pi * 3000 * time_s)
        >>> noisy = knocks + 0.1 * np.random.default_rng(0).standard_normal(60000)
        >>> heard = envelopes_of(Signal(noisy, rate_hz=12000.0, speed_rpm=1800.0), highest_order=12.0)
        >>> round(heard.levels_db[:, 150:].max(axis=0).argmax() * heard.step + 150 * heard.step, 2) % 3.58 < 0.02
        True
    """
    assert signal.rate_hz is not None
    n_samples = segment_samples(signal, turns)
    length = power_of_two(n_samples)
    shaft = signal.speed_hz / signal.rate_hz
    banks, bands = _banks(highest_order * shaft, n_samples, length)
    power = torch.zeros(())
    starts = _starts(signal.n_samples, n_samples)
    for start in starts:
        spectrum = whitened(rfft(_levelled(signal, start, n_samples), length), exponent)
        each = torch.cat([bank(spectrum) for bank in banks], dim=1)[0]
        power = power + each.square()
    over = power / _background(power, length / n_samples)
    return Envelopes(
        levels_db=(10 * torch.log10(over.clamp(min=1e-3))).numpy(),
        step=1 / (length * shaft),
        resolution=1 / (n_samples * shaft),
        bands_hz=tuple((low * signal.rate_hz, high * signal.rate_hz) for low, high in bands),
        turns=n_samples * shaft,
        segments=len(starts),
    )


def _starts(n_samples: int, segment: int) -> list[int]:
    room = n_samples - segment
    count = min(MOST_SEGMENTS, 1 + int(room / (segment * (1 - OVERLAP))))
    return [round(start) for start in np.linspace(0, room, count)]


def _levelled(signal: Signal, start: int, n_samples: int) -> Tensor:
    part = signal.part(start, start + n_samples)[:1].astype(np.float64)
    part = part - part.mean()
    return torch.from_numpy((part / max(float(np.abs(part).max()), 1e-300)).astype(np.float32))


def _banks(highest: float, n_samples: int, length: int) -> tuple[list[EnvelopeBank], list[tuple[float, float]]]:
    """Narrow carriers, half overlapping, and one over all but the lower half of the first; in cycles per sample."""
    width = 0.5 / BANDS_PER_NYQUIST
    if highest > width:  # a fast shaft: fewer, wider bands
        width = min(highest, 0.25)
    highest = min(highest, width)
    count = int((0.5 - width) / (width / 2) + 1e-9) + 1
    lows = tuple(number * width / 2 for number in range(count))
    carriers = [Carriers(lows, width, highest), Carriers((width / 2,), 0.5 - width / 2, highest)]
    bands = [(low, low + width) for low in lows] + [(width / 2, 0.5)]
    return [EnvelopeBank(each, n_samples, length) for each in carriers], bands


def _background(power: Tensor, padded: float) -> Tensor:
    places = power.shape[-1]
    own = Background(places, round(BLOCK * padded), round(BLOCK_STEP * padded), stride=2)(power[None])[0]
    return own.clamp(min=float(own.mean()) * 1e-6 + 1e-30)
