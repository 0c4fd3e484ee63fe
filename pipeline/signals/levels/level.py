"""Level: how strong a signal is, in numbers that a trend follows, from one walk through it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from pipeline.signals.levels.envelope_lines import EnvelopeLines
from pipeline.signals.levels.octave_bands import OctaveBands
from pipeline.signals.quality.moments import Moments
from pipeline.signals.signal import Signal


class Level(NamedTuple):
    """How strong a signal is, in its unit; None where a figure cannot be told.

    Attributes:
        rms, peak: of the samples, their mean removed.
        kurtosis: fourth moment over the squared second; 3 for Gaussian noise.
        crest: peak over rms.
        bands: RMS by octave, named by its middle in hertz (`octave_bands.NAMES`); together they are `rms`.
        envelope_lines: of the bearing: `amplitude`, in the unit squared, and `over_db` (`envelope_lines.LINES`).
    """

    rms: float | None = None
    peak: float | None = None
    kurtosis: float | None = None
    crest: float | None = None
    bands: Mapping[str, float] | None = None
    envelope_lines: Mapping[str, Mapping[str, float]] | None = None


def level_of(signal: Signal) -> Level:
    """The level of a signal, walked through piece by piece, however short or long it is.

    Samples that are no numbers are left out; a signal with such has neither bands nor lines. Bands need a rate, lines
    speed and bearing, too.

    Raises:
        ReadError: when its file turns out damaged on the way.

    Example:
        >>> level_of(Signal(np.array([[3.0, 1.0, 3.0, 1.0]])))
        Level(rms=1.0, peak=1.0, kurtosis=1.0, crest=1.0, bands=None, envelope_lines=None)
    """
    rate_hz, lines = signal.rate_hz, _lines_of(signal)
    moments, bands, whole = Moments(), OctaveBands(), True
    for block in signal.blocks():
        samples = block[0]
        finite = np.isfinite(samples)
        whole = whole and bool(finite.all())
        moments = moments.joined(Moments.of(samples if whole else samples[finite]))
        if rate_hz is not None and whole:
            bands = bands.joined(OctaveBands.of(samples, rate_hz))
            if lines is not None:
                lines.add(samples)
    told = moments._replace(
        mean=0.0, lowest=moments.lowest - moments.mean, highest=moments.highest - moments.mean
    ).statistics()
    return Level(
        told["rms"],
        told["peak"],
        told["kurtosis"],
        told["crest"],
        bands=(bands.rms(rate_hz) or None) if rate_hz is not None and whole else None,
        envelope_lines=(lines.levels() or None) if lines is not None and whole else None,
    )


def _lines_of(signal: Signal) -> EnvelopeLines | None:
    """None where the lines of the bearing are not known."""
    if signal.rate_hz is None or signal.speed_rpm is None or signal.bearing is None:
        return None
    return EnvelopeLines(signal.n_samples, signal.rate_hz, signal.speed_hz, signal.orders)
