"""Steps: the height of one count of the converter, found in samples that were scaled since."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.quality.finding import Finding

FEWEST_LEVELS = 8
"""A switch or a tacho of a few levels has no step worth telling."""

OFF = 0.02
"""Samples stand this near to whole numbers of steps, as shares of a step, or there is no step."""

GAPS = 4000
"""So many differences between neighbouring levels are looked at; ten would find a common step."""

COARSE = 10.0
"""Below so many steps per standard deviation the rounding of each sample (a step / sqrt(12)) is above -30 dB."""


class Step(NamedTuple):
    """The step between levels.

    Attributes:
        size: in the samples' unit.
        whole: whether the samples are whole numbers of steps from zero, so that they can be told in counts.
    """

    size: float
    whole: bool = False


def find_step(samples: npt.NDArray[np.floating]) -> Step | None:
    """The greatest step of which all differences of samples are multiples.

    Euclid's algorithm on the differences between neighbouring levels, in floating point: a remainder smaller than
    rounding is zero. The step is then refined on the longest distances, and every sample is checked against it.

    Args:
        samples: shape (time,), finite; numbers as stored, so that rounding is that of their type.

    Returns:
        None for samples without a common step, as a filter or a resampler leaves them.

    Example:
        >>> counts = np.random.default_rng(0).integers(-900, 900, 5000)
        >>> find_step(counts * 0.000305 / 0.1).size
        0.00305
        >>> find_step(np.random.default_rng(0).standard_normal(5000)) is None
        True
    """
    levels = np.unique(samples)
    if len(levels) < FEWEST_LEVELS or not np.isfinite(levels[[0, -1]]).all():
        return None
    rounding = _rounding(samples, float(max(-levels[0], levels[-1])))
    levels = levels.astype(np.float64)
    size = _common(np.diff(levels)[:: max(1, len(levels) // GAPS)], rounding)
    if size is None:
        return None
    size = _refined(levels - levels[0], size)
    if size <= 0 or rounding > OFF * size or _off(levels - levels[0], size) > OFF:
        return None
    # Told to nine digits: the rest is rounding.
    return Step(float(f"{size:.9g}"), whole=_off(levels, size) <= OFF)


def _rounding(samples: npt.NDArray[np.floating], largest: float) -> float:
    """By how much two samples of the same count may differ: a few units of the last place of the largest."""
    kind = samples.dtype if samples.dtype.kind == "f" else np.dtype(np.float64)
    return 4.0 * float(np.finfo(kind).eps) * largest


def _common(gaps: npt.NDArray[np.float64], rounding: float) -> float | None:
    """Greatest common divisor of differences, None where it would drown in rounding."""
    found = 0.0
    for gap in np.unique(gaps[gaps > 2 * rounding]).tolist():
        left = _remainder(gap, found) if found else gap
        while left > max(OFF * found, 2 * rounding):
            found, left = left, _remainder(found, left) if found else 0.0
        if found < 20 * rounding:
            return None
    return found or None


def _remainder(longer: float, shorter: float) -> float:
    """What is left when the nearest multiple is taken away."""
    return float(abs(longer - shorter * np.rint(longer / shorter)))


def _refined(heights: npt.NDArray[np.float64], size: float) -> float:
    """The step from ever longer distances, each counted with the step known so far."""
    reach = 8.0
    while True:
        near = heights[(heights > 0) & (heights <= reach * size)]
        if near.size:
            counts = np.rint(near / size)
            size = float((near * counts).sum() / (counts * counts).sum())
        if reach * size >= heights[-1]:
            return size
        reach *= 4


def _off(heights: npt.NDArray[np.float64], size: float) -> float:
    counts = heights / size
    return float(np.abs(counts - np.rint(counts)).max())


def coarse_steps(channel: str, step: Step | None, std: float) -> Finding | None:
    """A signal of only a few counts: small faults drown in rounding.

    Rounding to steps adds noise of a step / sqrt(12); where the signal's standard deviation is `COARSE` steps, that
    noise is 31 dB below it. Source: Bennett (1948), Spectra of quantized signals, Bell System Technical Journal 27.

    Example:
        >>> coarse_steps("DE", Step(0.01), std=0.02).message
        'coarse: one step is 0.01, the standard deviation only 2 of them; record with more gain'
    """
    if step is None or not std > 0 or std >= COARSE * step.size:
        return None
    told = f"coarse: one step is {step.size:.4g}, the standard deviation only {std / step.size:.2g} of them"
    return Finding("coarse_steps", f"{told}; record with more gain", "info", channel, {"step": step.size, "std": std})
