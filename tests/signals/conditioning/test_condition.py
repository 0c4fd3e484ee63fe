"""Conditioned samples against closed forms: a sine is a sine at any rate."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.condition import condition
from pipeline.signals.conditioning.resampling import rate_ratio, simplest_between
from pipeline.signals.signal import Signal

EDGE_S = 0.02


def sine(frequency_hz: float, rate_hz: float, duration_s: float = 1.0) -> Signal:
    return Signal(np.sin(2 * np.pi * frequency_hz * np.arange(round(duration_s * rate_hz)) / rate_hz), rate_hz=rate_hz)


def inside(signal: Signal) -> np.ndarray:
    edge = round(EDGE_S * signal.rate_hz)
    return signal.samples[0, edge:-edge]


@pytest.mark.parametrize("old_hz", [51200.0, 48000.0, 48828.0, 25600.0, 97656.0, 12800.0, 44100.0, 65536.0])
@pytest.mark.parametrize("frequency_hz", [50.0, 1000.0, 5400.0])
def test_a_sine_resampled_is_the_sine_sampled_anew(old_hz, frequency_hz):
    got, expected = (
        inside(condition(each, 12000.0)) for each in (sine(frequency_hz, old_hz), sine(frequency_hz, 12000.0))
    )
    assert got == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("frequency_hz", [6600.0, 9000.0, 12000.0, 20000.0])
def test_what_the_new_rate_cannot_hold_does_not_come_back_as_something_else(frequency_hz):
    left = inside(condition(sine(frequency_hz, 51200.0), 12000.0))
    assert 20 * np.log10(np.abs(left).max()) < -60


def test_a_tone_just_past_the_new_nyquist_does_not_fold_below_the_flat_band():
    samples = inside(condition(sine(6300.0, 51200.0), 12000.0))
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) / samples.size * 4
    frequency_hz = np.fft.rfftfreq(samples.size, 1 / 12000)
    assert 20 * np.log10(spectrum[frequency_hz < 5520].max()) < -60


@pytest.mark.parametrize(("old_hz", "n_old", "n_new"), [(48000.0, 48000, 12000), (51200.0, 51200, 12000)])
def test_length_follows_the_rate(old_hz, n_old, n_new):
    conditioned = condition(Signal(np.random.default_rng(0).standard_normal(n_old), rate_hz=old_hz), 12000.0)
    assert conditioned.samples.shape == (1, n_new)
    assert conditioned.rate_hz == 12000.0
    assert conditioned.history == (f"resampled {old_hz:g} -> 12000 Hz",)


def test_each_channel_loses_its_own_mean_and_keeps_the_rest():
    rng = np.random.default_rng(0)
    ripple = rng.standard_normal((2, 1000)).astype(np.float32)
    ripple -= ripple.mean(axis=1, keepdims=True)
    conditioned = condition(Signal(ripple + np.array([[1000.0], [-3.0]]), rate_hz=12000.0), 12000.0)
    assert conditioned.samples == pytest.approx(ripple, abs=1e-4)
    assert conditioned.samples.dtype == np.float32
    assert conditioned.history == ()


def test_whole_numbers_are_centred_without_wrapping():
    counts = np.array([[32767, 32766, -32768, 32767]], dtype=np.int16)
    assert condition(Signal(counts), None).samples == pytest.approx(counts - counts.mean(), abs=1e-2)


def test_channels_are_resampled_alike_and_separately():
    both = np.stack([sine(700.0, 48000.0).samples[0], sine(1500.0, 48000.0).samples[0]])
    together = condition(Signal(both, rate_hz=48000.0), 12000.0).samples
    apart = [condition(Signal(each, rate_hz=48000.0), 12000.0).samples[0] for each in both]
    assert np.array_equal(together, np.stack(apart))


def test_a_model_without_a_rate_takes_any_signal_as_it_is():
    signal = Signal(np.arange(10.0))
    assert condition(signal, None).samples == pytest.approx(signal.samples - 4.5)
    assert condition(Signal(np.arange(10.0), rate_hz=500.0), None).rate_hz == 500.0


def test_a_signal_too_slow_for_the_band_is_refused_with_numbers():
    reason = "sampled at 8000 Hz, so nothing above 4000 Hz; the model reads up to 5500 Hz"
    with pytest.raises(UnusableError, match=reason):
        condition(sine(100.0, 8000.0), 12000.0, band_hz=(20.0, 5500.0))


def test_without_a_stated_band_the_model_is_taken_to_read_all_it_can():
    with pytest.raises(UnusableError, match="the model reads up to 6000 Hz"):
        condition(sine(100.0, 8000.0), 12000.0)


def test_a_slower_signal_that_holds_the_band_is_brought_up():
    got = inside(condition(sine(1000.0, 8000.0), 12000.0, band_hz=(20.0, 3500.0)))
    assert got == pytest.approx(inside(sine(1000.0, 12000.0)), abs=1e-3)


def test_a_logger_that_runs_a_hair_slow_is_no_reason_to_refuse():
    got = inside(condition(sine(1000.0, 11995.0), 12000.0))
    assert got == pytest.approx(inside(sine(1000.0, 12000.0))[: got.size], abs=1e-3)


def test_a_signal_without_a_rate_is_asked_for_it():
    with pytest.raises(UnusableError, match="--rate-hz"):
        condition(Signal(np.arange(10.0)), 12000.0)


@pytest.mark.parametrize(
    ("old_hz", "new_hz"), [(51200, 12000), (48828, 12000), (97656, 12000), (44100, 48000), (4266.67, 4000)]
)
def test_usual_rates_are_met_closely_enough(old_hz, new_hz):
    assert float(rate_ratio(old_hz, new_hz)) * old_hz == pytest.approx(new_hz, rel=1e-6)


@given(st.floats(100.0, 1e6), st.floats(100.0, 1e6))
@example(6894.78125, 36443.78125)  # near 37/7, and the next fraction as near as 1e-6 is 50704/9593
@example(12000.0, 12000.024)
def test_any_two_rates_have_a_ratio_of_modest_terms_as_near_as_those_allow(old_hz, new_hz):
    ratio = rate_ratio(old_hz, new_hz)
    assert min(ratio.numerator, ratio.denominator) <= 10_000
    assert float(ratio) * old_hz == pytest.approx(new_hz, rel=1e-4)
    exact = Fraction(max(old_hz, new_hz)) / Fraction(min(old_hz, new_hz))
    best = abs(exact.limit_denominator(10_000) / exact - 1)
    error = abs(ratio * Fraction(old_hz) / Fraction(new_hz) - 1)
    assert error <= max(Fraction(101, 100) * best, Fraction("1.01e-6"))


@given(st.fractions(Fraction(1, 50), 50), st.fractions(Fraction(1, 1000), 1))
def test_the_simplest_fraction_is_found_as_by_trying_all(low, width):
    found = simplest_between(low, low + width)
    tried = next(q for q in range(1, 10_000) if math.ceil(low * q) <= math.floor((low + width) * q))
    assert low <= found <= low + width
    assert found.denominator == tried
