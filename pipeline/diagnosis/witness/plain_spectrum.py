"""Plain spectrum: averaged power of the samples themselves, in orders, and how strong a line is as velocity."""

from typing import NamedTuple

import numpy as np
import torch

from pipeline.diagnosis.witness.order_spectra import Floats, OrderSpectra, over_background
from pipeline.diagnosis.witness.segments import segment_samples, segment_starts
from pipeline.signals.signal import Signal

NEAR_BINS = 1.5
"""A line under a Hann window holds its power within so many bins of its top."""


class PlainSpectrum(NamedTuple):
    """A power spectrum and its levels.

    Attributes:
        levels: one band, decibels over background.
        power: shape (place,), in the unit of the samples squared.
    """

    levels: OrderSpectra
    power: Floats

    def velocity(self, orders: Floats, share: float) -> Floats:
        """How strong lines are as velocity, if the samples are acceleration: the root of their power over their order.

        Args:
            orders: of the lines.
            share: of its order within which the top of a line is looked for.
        """
        step = self.levels.step
        reach = share * orders + NEAR_BINS * self.levels.resolution
        first = np.floor((orders - reach) / step).astype(int).clip(0)
        last = np.ceil((orders + reach) / step).astype(int) + 1
        tops = [self.power[low:high].max(initial=0.0) for low, high in zip(first, last, strict=True)]
        return np.asarray(np.sqrt(np.array(tops)) / orders)


def plain_spectrum(signal: Signal, highest_order: float) -> PlainSpectrum:
    """The power spectrum of a signal's first channel, from 0 to some order.

    Args:
        signal: with rate and speed.
        highest_order: that must be read.

    Source: Welch (1967), IEEE Trans. Audio Electroacoust. 15, 70-73.

    Example:
        >>> time_s = np.arange(40000) / 10000
        >>> turning = np.cos(2 * np.pi * 20 * time_s) + 0.1 * np.random.default_rng(0).standard_normal(40000)
        >>> heard = plain_spectrum(Signal(turning, rate_hz=10000.0, speed_rpm=1200.0), 12.0)
        >>> round(float(heard.power.argmax() * heard.levels.step), 1)
        1.0
    """
    from scipy.fft import rfft
    from scipy.signal.windows import hann

    assert signal.rate_hz is not None
    n_samples = segment_samples(signal)
    shaft = signal.speed_hz / signal.rate_hz
    kept = min(n_samples // 2, int(np.ceil(highest_order * shaft * n_samples))) + 1
    window = hann(n_samples, sym=False)
    starts = segment_starts(signal.n_samples, n_samples)
    power = np.zeros(kept)
    for start in starts:
        part = signal.part(start, start + n_samples)[0].astype(np.float64)
        power += np.abs(rfft((part - part.mean()) * window)[:kept]) ** 2 / len(starts)
    scaled = torch.from_numpy((power / max(float(power.max()), 1e-300)).astype(np.float32))
    resolution = 1 / (n_samples * shaft)
    levels = OrderSpectra(
        levels_db=over_background(scaled[None], 1.0).numpy(),
        step=resolution,
        resolution=resolution,
        bands_hz=((0.0, kept * resolution * signal.speed_hz),),
        turns=n_samples * shaft,
        segments=len(starts),
    )
    return PlainSpectrum(levels, power)
