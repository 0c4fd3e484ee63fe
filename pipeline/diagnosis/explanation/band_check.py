"""Band check: whether the band that relevance points at carries the fault's line in its envelope."""

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pipeline.diagnosis.explanation.beat import LEVEL, Beat, beat_at
from pipeline.diagnosis.explanation.explanation import LineCheck
from pipeline.preprocessing.base import Axis, Batch
from pipeline.preprocessing.samples.envelope import squared_envelope_spectrum

Floats = npt.NDArray[np.float64]
Band = tuple[float, float]

HALF = 0.5
NARROWEST = 6.0
"""Fault rates that a band is wide at least: the line and its neighbours to either side must fit."""

BANDS = 40
"""Bands of as many rows, side by side and overlapping, that the band is compared with."""


def band_check(relevance: Tensor, rows: Axis, window: Batch, fault_hz: float) -> LineCheck:
    """The fewest neighbouring rows with half of the relevance, demodulated: does it beat at the fault's rate?

    Args:
        relevance: (plane, row, column).
        rows: frequencies in Hz.
        window: samples (1, channel, time); the first channel is looked at.
        fault_hz: where the line is expected.
    """
    weights = relevance.clamp(min=0).sum(dim=(0, 2)).double().numpy()
    hertz = np.asarray(rows.values, dtype=np.float64)
    if not weights.any():
        return LineCheck("no", "no cell speaks for the label", "band", fault_hz=fault_hz)
    first, count = narrowest(weights)
    band = _band(hertz, first, count, fault_hz)
    own = _beat_in(window, band, fault_hz)
    if own is None:
        return LineCheck("not applicable", "the window is too short to show the fault's line", fault_hz=fault_hz)
    starts = np.linspace(0, len(hertz) - count, BANDS).astype(int)
    others = [_beat_in(window, _band(hertz, start, count, fault_hz), fault_hz) for start in starts]
    chance = float(np.mean([other is not None and other.p_value <= LEVEL for other in others]))
    stands = own.p_value <= LEVEL
    told = (
        f"half of the relevance lies in {band[0]:.0f}-{band[1]:.0f} Hz, whose envelope "
        f"{'has' if stands else 'does not have'} the fault's line at {fault_hz:.4g} Hz ({own.snr_db:+.0f} dB over "
        f"other rates, p = {own.p_value:.2f}); of bands as tall in this image {100 * chance:.0f} % have it"
    )
    return LineCheck(
        agrees="yes" if stands else "no",
        told=told,
        looked_at="band",
        chance=round(chance, 4),
        fault_hz=fault_hz,
        p_value=own.p_value,
        snr_db=round(own.snr_db, 2),
        band_hz=(round(band[0], 1), round(band[1], 1)),
    )


def narrowest(weights: Floats) -> tuple[int, int]:
    """The fewest neighbouring rows that hold half of some weights: the first of them, and how many.

    Example:
        >>> narrowest(np.array([1.0, 6.0, 3.0, 1.0]))
        (1, 1)
    """
    held = np.concatenate([[0.0], np.cumsum(weights)])
    best = (0, len(weights))
    for first in range(len(weights)):
        end = int(np.searchsorted(held, held[first] + HALF * held[-1] * (1 - 1e-9)))
        if end < len(held) and end - first < best[1]:
            best = (first, end - first)
    return best


def _band(hertz: Floats, first: int, count: int, fault_hz: float) -> Band:
    """The frequencies of some rows, with room for the line and its neighbours."""
    within = hertz[first : first + count]
    limits = float(hertz.min()), float(hertz.max())
    return widened((float(within.min()), float(within.max())), NARROWEST * fault_hz, limits)


def widened(band: Band, width: float, limits: Band) -> Band:
    """A band of at least some width, within limits.

    Example:
        >>> widened((300.0, 300.0), 200.0, (250.0, 5000.0))
        (250.0, 450.0)
    """
    missing = max(0.0, width - (band[1] - band[0]))
    low = max(limits[0], band[0] - missing / 2)
    high = min(limits[1], max(low + width, band[1]))
    return max(limits[0], min(low, high - width)) if high - low < width else low, high


def _beat_in(window: Batch, band: Band, fault_hz: float) -> Beat | None:
    samples = window.values[0, 0] - window.values[0, 0].mean()
    frequencies, magnitude = squared_envelope_spectrum(samples, float(window.rate_hz[0]), band)
    steps = np.arange(len(frequencies), dtype=np.float64) * float(frequencies[1])
    return beat_at(steps, np.asarray(magnitude.numpy(), dtype=np.float64), fault_hz)
