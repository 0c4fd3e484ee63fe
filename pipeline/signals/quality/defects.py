"""Defects: what a verdict has to say of the samples that it rests on; the checks that need one look and no spectrum."""

import numpy as np

from pipeline.signals.quality.ends import End, clipping
from pipeline.signals.quality.held import Held, dropouts
from pipeline.signals.signal import Signal

PIECE = 2**18
"""Samples looked at together."""

LOOKED_AT = 2**22
"""Samples; a longer signal is looked at from its start."""


def defects(signal: Signal) -> tuple[str, ...]:
    """Samples cut off or standing still, each kind in one line; `inspect` tells more.

    Args:
        signal: as recorded; a group of channels is looked at one by one.

    Raises:
        ReadError: for a file that turns out damaged where it is read.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=5000)
        >>> defects(Signal(np.clip(noise, -1, 9)))
        ('clipped: 805 samples at the lowest value -1',)
        >>> defects(Signal(noise))
        ()
    """
    n_samples = min(signal.n_samples, LOOKED_AT)
    ends = [(End(), End(), Held()) for _ in range(signal.n_channels)]
    for start in range(0, n_samples, PIECE):
        piece = signal.part(start, min(start + PIECE, n_samples))
        ends = [_joined(*found, samples[np.isfinite(samples)]) for found, samples in zip(ends, piece, strict=True)]
    told = []
    for lower, upper, held in ends:
        if len(lower.values):
            extremes = float(lower.values[0]), float(upper.values[0])
            told += [clipping("", lower, upper, None), dropouts("", held.finished(), *extremes, signal.rate_hz)]
    return tuple(dict.fromkeys(one.message for one in told if one is not None and one.severity == "warning"))


def _joined(lower: End, upper: End, held: Held, samples: np.ndarray) -> tuple[End, End, Held]:
    held.add(samples)
    return lower.joined(samples, -1), upper.joined(samples, 1), held
