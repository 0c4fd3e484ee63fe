"""Roll-off towards Nyquist, with and without an anti-alias filter of scipy's."""

import numpy as np
from scipy import signal

from pipeline.signals.quality.nyquist import aliasing
from pipeline.signals.spectra import power_density


def found(samples: np.ndarray, rate_hz: float | None = None):
    return aliasing("DE", *power_density([samples], 1.0, 1024), rate_hz)


def test_samples_dropped_without_a_filter_are_told_and_with_one_are_not() -> None:
    wide = np.random.default_rng(0).standard_normal(400000)
    told = found(wide[::4], rate_hz=12000.0)
    assert told.message.startswith("no roll-off towards 6000 Hz")
    assert found(signal.decimate(wide, 4, ftype="iir")) is None


def test_a_spectrum_that_falls_by_itself_needs_no_filter() -> None:
    noise = np.random.default_rng(0).standard_normal(100000)
    assert found(signal.lfilter([1.0], [1, -0.97], noise)) is None


def test_silence_says_nothing() -> None:
    assert aliasing("DE", np.linspace(0, 0.5, 129), np.zeros(129)) is None
