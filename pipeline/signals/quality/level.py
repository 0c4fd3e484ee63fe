"""Level: an offset that dwarfs the vibration, samples that are no numbers, and columns that only count."""

from pipeline.signals.fitness import told_bad
from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.moments import Moments

LARGE_OFFSET = 1.0
"""Standard deviations; beyond it more than half of the signal's power is the offset."""


def not_finite(channel: str, count: int, first: int, n_samples: int) -> Finding | None:
    """Samples that are NaN or infinite: a gap in a table, an overflow, a division by zero.

    Example:
        >>> not_finite("DE", 2, 17, 1000).message
        '2 of 1000 samples are not a number (NaN or infinite), the first at index 17'
    """
    if not count:
        return None
    told = told_bad(count, n_samples, first)
    return Finding("not_finite", told, "unusable", channel, {"samples": count, "first": first})


def flat(channel: str, moments: Moments) -> Finding | None:
    """No movement at all: a sensor that is not connected, or a column that is no signal.

    Example:
        >>> import numpy as np
        >>> flat("hour", Moments.of(np.full(9, 7.0))).message
        'constant: the samples never change from 7; is the sensor connected?'
    """
    if not moments.n or moments.lowest != moments.highest:
        return None
    told = f"constant: the samples never change from {moments.lowest:.6g}; is the sensor connected?"
    return Finding("flat", told, "unusable", channel, {"value": moments.lowest})


def dc_offset(channel: str, moments: Moments) -> Finding | None:
    """A mean larger than the vibration around it.

    Acceleration has no mean but gravity's, and a piezoelectric sensor passes none at all: an offset is the
    amplifier's or the converter's. It is harmless once removed, and says that samples are raw, that part of the
    range is lost, and that averages in dB or rms are of the offset.

    Example:
        >>> import numpy as np
        >>> dc_offset("a1", Moments.of(2.0 + np.array([0.1, -0.1]))).message
        'DC offset: the mean 2 is 20 standard deviations'
    """
    if not moments.std > 0 or abs(moments.mean) < LARGE_OFFSET * moments.std:
        return None
    share = abs(moments.mean) / moments.std
    told = f"DC offset: the mean {moments.mean:.4g} is {share:.2g} standard deviations"
    return Finding("dc_offset", told, "info", channel, {"mean": moments.mean, "in_std": share})


def clock(channel: str, rises: bool, moments: Moments) -> Finding | None:
    """A column that only rises: time, an index or a counter.

    Example:
        >>> import numpy as np
        >>> clock("t", True, Moments.of(np.arange(100.0))).message
        'rises from 0 to 99 without a step back: a time or counter, no vibration'
    """
    if not rises or moments.n < 3:
        return None
    told = f"rises from {moments.lowest:.6g} to {moments.highest:.6g} without a step back"
    return Finding("clock", f"{told}: a time or counter, no vibration", "info", channel)
