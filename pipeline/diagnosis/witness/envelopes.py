"""Envelopes: averaged squared-envelope spectra of carrier bands, in orders, as decibels over their background."""

import numpy as np
import torch
from torch import Tensor

from pipeline.diagnosis.witness.order_spectra import OrderSpectra, over_background
from pipeline.diagnosis.witness.segments import TURNS, segment_samples, segment_starts
from pipeline.preprocessing.engine.envelope_bank import Carriers, EnvelopeBank
from pipeline.preprocessing.engine.fourier import power_of_two, rfft
from pipeline.preprocessing.samples.whiten import whitened
from pipeline.signals.signal import Signal

BANDS_PER_NYQUIST = 6
"""Bands are a sixth of what is recorded wide and half overlap: at 12 kHz those of the fault_order image."""


@torch.inference_mode()
def envelopes_of(signal: Signal, highest_order: float, exponent: float = 1.0, turns: float = TURNS) -> OrderSpectra:
    """Squared-envelope spectra of a signal's first channel.

    Args:
        signal: with rate and speed.
        highest_order: that must be read; fewer, where bands are too narrow for it.
        exponent: of the whitening; 1 flattens what repeats exactly, shaft lines and meshes, and leaves what slips.
        turns: of the shaft in a segment.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, 485-520; whitening:
        Borghesani et al. (2013), MSSP 36, 370-384; averaging over segments: Welch (1967).

    Example:
        >>> swing = 1 + 0.5 * np.cos(2 * np.pi * 107.5 * np.arange(60000) / 12000)
        >>> noise = np.random.default_rng(0).standard_normal(60000)
        >>> heard = envelopes_of(Signal(swing * noise, rate_hz=12000.0, speed_rpm=1800.0), highest_order=12.0)
        >>> round(float(heard.levels_db[-1].argmax() * heard.step), 1)
        3.6
    """
    assert signal.rate_hz is not None
    n_samples = segment_samples(signal, turns)
    length = power_of_two(n_samples)
    shaft = signal.speed_hz / signal.rate_hz
    banks, bands = _banks(highest_order * shaft, n_samples, length)
    power = torch.zeros(())
    starts = segment_starts(signal.n_samples, n_samples)
    for start in starts:
        spectrum = whitened(rfft(levelled(signal, start, n_samples), length), exponent)
        each = torch.cat([bank(spectrum) for bank in banks], dim=1)[0]
        power = power + each.square()
    return OrderSpectra(
        levels_db=over_background(power, length / n_samples).numpy(),
        step=1 / (length * shaft),
        resolution=1 / (n_samples * shaft),
        bands_hz=tuple((low * signal.rate_hz, high * signal.rate_hz) for low, high in bands),
        turns=n_samples * shaft,
        segments=len(starts),
    )


def levelled(signal: Signal, start: int, n_samples: int) -> Tensor:
    """A segment of the first channel without its mean, its largest sample 1."""
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
