"""Condition: a signal as recorded to the samples a model expects: centred, at the model's rate, float32."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.known_rate import rate_of
from pipeline.signals.conditioning.resampling import rate_ratio, resample, resampled_blocks
from pipeline.signals.fitness import fitness_of
from pipeline.signals.long_samples import LongSamples, recut
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal

NYQUIST_TOLERANCE = 1e-3
"""A logger that runs a hair slower than the model (11995 Hz for 12000) loses nothing a model could see."""


def condition(
    signal: Signal,
    rate_hz: float | None,
    band_hz: tuple[float, float] | None = None,
    means: npt.NDArray[np.float64] | None = None,
) -> Signal:
    """Bring a signal to what a model expects: each channel's mean removed, the model's rate, float32.

    A long signal stays in its file: what comes back is computed while it is walked through.

    Args:
        signal: as recorded.
        rate_hz: the model's rate; None for a model that knows no rate, and then nothing is resampled.
        band_hz: what the model reads; None means everything up to half its rate.
        means: of each channel, where they are known already.

    Raises:
        UnusableError: when the rate is unknown, or too low to hold the model's band.

    Source: Vieira et al. (2026), MSSP 258, 114640: the mean is that of the whole signal, not of a window.

    Example:
        >>> conditioned = condition(Signal(np.arange(48000.0), rate_hz=48000.0), rate_hz=12000.0)
        >>> conditioned.samples.shape, conditioned.history
        ((1, 12000), ('resampled 48000 -> 12000 Hz',))
    """
    ratio = Fraction(1) if rate_hz is None else _ratio_for(signal, rate_hz, band_hz)
    offset = (fitness_of(signal.blocks()).means if means is None else means)[:, None]
    changed: Samples | LongSamples
    if isinstance(signal.samples, LongSamples):
        changed = _walked(signal, ratio, offset)
    else:
        centred = signal.samples - offset
        changed = single(centred if ratio == 1 else resample(centred, ratio))
    if ratio == 1:
        return signal.changed(samples=changed)
    return signal.changed(f"resampled {signal.rate_hz:.10g} -> {rate_hz:.10g} Hz", samples=changed, rate_hz=rate_hz)


def _walked(signal: Signal, ratio: Fraction, offset: npt.NDArray[np.float64]) -> LongSamples:
    """A long signal that is centred and resampled whenever it is walked through."""
    n_samples = -(-signal.n_samples * ratio.numerator // ratio.denominator)

    def pieces(size: int, start: int, stop: int) -> Iterator[Samples]:
        centred = (block - offset for block in signal.blocks())
        changed = (single(block) for block in (centred if ratio == 1 else resampled_blocks(centred, ratio)))
        return recut(changed, size, start, stop)

    return LongSamples((signal.n_channels, n_samples), pieces)


def single(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Samples in single precision; what is too large becomes infinite without a word, for the caller to refuse.

    Example:
        >>> single(np.array([1.0, 1e300]))
        array([ 1., inf], dtype=float32)
    """
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)


def _ratio_for(signal: Signal, rate_hz: float, band_hz: tuple[float, float] | None) -> Fraction:
    recorded_hz = rate_of(signal, "the model")
    nyquist_hz = recorded_hz / 2
    highest_hz = band_hz[1] if band_hz else rate_hz / 2
    if nyquist_hz < highest_hz * (1 - NYQUIST_TOLERANCE):
        raise UnusableError(
            f"sampled at {recorded_hz:g} Hz, so nothing above {nyquist_hz:g} Hz; "
            f"the model reads up to {highest_hz:g} Hz"
        )
    return rate_ratio(recorded_hz, rate_hz)
