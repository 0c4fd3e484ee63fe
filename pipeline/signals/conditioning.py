"""Conditioning: a signal as recorded to the samples a model expects: centred, at the model's rate, float32."""

from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.errors import UnusableError
from pipeline.signals.signal import Signal

RATE_TOLERANCE = 1e-6
"""The rate reached may miss the one asked for by this share: a thousandth of a sample in a window of 1000."""

LARGEST_FACTOR = 10_000
"""Ratios are kept exact while their terms stay below this; filters grow with them."""

NYQUIST_TOLERANCE = 1e-3
"""A logger that runs a hair slower than the model (11995 Hz for 12000) loses nothing a model could see."""

STOP_DB = 80.0
"""How far frequencies past the transition are pushed down before they can fold back."""

TRANSITION = 0.16
"""Width of the filter's slope, centred on the lower Nyquist: flat to 0.92 of it, and folds only above 0.92."""


def rate_ratio(old_hz: float, new_hz: float) -> Fraction:
    """Samples out per sample in, as a ratio of small whole numbers.

    Returns:
        The exact ratio if its terms are below 10000, otherwise the simplest one within 1e-6 of it.

    Example:
        >>> rate_ratio(51200, 12000), rate_ratio(48828, 12000)
        (Fraction(15, 64), Fraction(1000, 4069))
    """
    exact = Fraction(new_hz) / Fraction(old_hz)
    # Rates such as 4266.67 are decimal numbers that binary floats only come near to.
    decimal = Fraction(repr(float(new_hz))) / Fraction(repr(float(old_hz)))
    if max(decimal.numerator, decimal.denominator) <= LARGEST_FACTOR:
        return decimal
    return _simplest_within(exact, exact * Fraction(RATE_TOLERANCE))


def _simplest_within(ratio: Fraction, slack: Fraction) -> Fraction:
    limit = 1
    while abs(near := ratio.limit_denominator(limit) - ratio) > slack:
        limit *= 2
    return near + ratio


@lru_cache(maxsize=16)
def _low_pass(up: int, down: int) -> npt.NDArray[np.float64]:
    """Kaiser-windowed sinc at the rate `up` times the input's, -6 dB at the lower of the two Nyquist rates."""
    from scipy.signal import firwin, kaiser_beta, kaiserord

    slowest = max(up, down)
    n_taps, _ = kaiserord(STOP_DB, TRANSITION / slowest)
    taps: npt.NDArray[np.float64] = firwin(n_taps | 1, 1.0 / slowest, window=("kaiser", kaiser_beta(STOP_DB)))
    return taps


def resample(samples: npt.NDArray[np.float64], ratio: Fraction) -> npt.NDArray[np.float64]:
    """Change the sampling rate by a rational factor, without aliases.

    Args:
        samples: shape (..., time); mean removed, as zeros are assumed before and after.
        ratio: new rate over old rate.

    Returns:
        Shape (..., ceil(time * ratio)). Flat to 0.92 of the lower Nyquist rate; above 1.08 of it less than -80 dB.

    Example:
        >>> resample(np.ones((1, 48000)), Fraction(1, 4)).shape
        (1, 12000)
    """
    from scipy.signal import resample_poly

    up, down = ratio.numerator, ratio.denominator
    taps = _low_pass(up, down)  # documented by scipy, unknown to its stubs
    changed: npt.NDArray[np.float64] = resample_poly(samples, up, down, axis=-1, window=taps)  # type: ignore[call-overload]
    return changed


def condition(signal: Signal, rate_hz: float | None, band_hz: tuple[float, float] | None = None) -> Signal:
    """Bring a signal to what a model expects: each channel's mean removed, the model's rate, float32.

    Args:
        signal: as recorded.
        rate_hz: the model's rate; None for a model that knows no rate, and then nothing is resampled.
        band_hz: what the model reads; None means everything up to half its rate.

    Raises:
        UnusableError: when the rate is unknown, or too low to hold the model's band.

    Source: Vieira et al. (2026), MSSP 258, 114640: the mean is that of the whole signal, not of a window.

    Example:
        >>> conditioned = condition(Signal(np.arange(48000.0), rate_hz=48000.0), rate_hz=12000.0)
        >>> conditioned.samples.shape, conditioned.history
        ((1, 12000), ('resampled 48000 -> 12000 Hz',))
    """
    centred = signal.samples - signal.samples.mean(axis=-1, keepdims=True, dtype=np.float64)
    ratio = Fraction(1) if rate_hz is None else _ratio_for(signal, rate_hz, band_hz)
    if ratio == 1:
        return signal.changed(samples=single(centred))
    return signal.changed(
        f"resampled {signal.rate_hz:.10g} -> {rate_hz:.10g} Hz",
        samples=single(resample(centred, ratio)),
        rate_hz=rate_hz,
    )


def single(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Samples in single precision; what is too large becomes infinite without a word, for the caller to refuse.

    Example:
        >>> single(np.array([1.0, 1e300]))
        array([ 1., inf], dtype=float32)
    """
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)


def _ratio_for(signal: Signal, rate_hz: float, band_hz: tuple[float, float] | None) -> Fraction:
    if signal.rate_hz is None:
        raise UnusableError("the sampling rate is unknown; give --rate-hz (or rate_hz in a side file)")
    nyquist_hz = signal.rate_hz / 2
    highest_hz = band_hz[1] if band_hz else rate_hz / 2
    if nyquist_hz < highest_hz * (1 - NYQUIST_TOLERANCE):
        raise UnusableError(
            f"sampled at {signal.rate_hz:g} Hz, so nothing above {nyquist_hz:g} Hz; "
            f"the model reads up to {highest_hz:g} Hz"
        )
    return rate_ratio(signal.rate_hz, rate_hz)
