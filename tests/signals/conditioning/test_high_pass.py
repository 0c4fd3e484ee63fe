"""The high-pass against the closed form of a Butterworth filter run both ways."""

import numpy as np
import pytest

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.high_pass import HighPass, high_pass
from pipeline.signals.signal import Signal

RATE_HZ = 12000.0
TIME_S = np.arange(36000) / RATE_HZ
MIDDLE = slice(9000, 27000)


def tone(frequency_hz):
    return np.sin(2 * np.pi * frequency_hz * TIME_S)


@pytest.mark.parametrize("order", [1, 2, 4, 8])
@pytest.mark.parametrize("frequency_hz", [5.0, 10.0, 20.0, 40.0, 200.0, 3000.0])
def test_a_tone_is_scaled_by_the_squared_butterworth_gain_and_not_shifted(order, frequency_hz):
    passed = high_pass(tone(frequency_hz), RATE_HZ, cutoff_hz=20.0, order=order)
    gain = 1 / (1 + (np.tan(np.pi * 20 / RATE_HZ) / np.tan(np.pi * frequency_hz / RATE_HZ)) ** (2 * order))
    assert passed[MIDDLE] == pytest.approx(gain * tone(frequency_hz)[MIDDLE], abs=1e-3)


def test_a_straight_line_is_removed_up_to_its_ends():
    passed = high_pass(3.0 + 0.5 * TIME_S, RATE_HZ, cutoff_hz=20.0)
    assert np.abs(passed).max() < 1e-6


def test_a_slow_swell_leaves_little_even_at_the_ends():
    passed = high_pass(tone(1.0), RATE_HZ, cutoff_hz=20.0)
    assert np.abs(passed).max() < 0.1
    assert np.abs(passed[1200:-1200]).max() < 1e-3


def test_channels_are_filtered_alike_and_separately():
    both = np.stack([tone(7.0), tone(700.0)])
    apart = np.stack([high_pass(channel, RATE_HZ, 20.0) for channel in both])
    assert high_pass(both, RATE_HZ, 20.0) == pytest.approx(apart, abs=1e-12)


def test_whole_numbers_pass_as_numbers():
    counts = (1000 * tone(300.0)).astype(np.int16)
    assert high_pass(counts, RATE_HZ, 20.0) == pytest.approx(high_pass(counts.astype(float), RATE_HZ, 20.0))


@pytest.mark.parametrize("n_samples", [2, 3, 50])
def test_a_signal_shorter_than_a_period_of_the_cut_off_is_still_filtered(n_samples):
    assert np.isfinite(high_pass(np.arange(float(n_samples)), RATE_HZ, 1.0)).all()


def test_what_cannot_be_filtered_is_refused_with_numbers():
    with pytest.raises(UnusableError, match="a high-pass at 50 Hz needs a rate above 100 Hz, the signal has 100 Hz"):
        high_pass(TIME_S, 100.0, 50.0)
    with pytest.raises(UnusableError, match="at least two samples, got 1"):
        high_pass(np.ones(1), 100.0, 5.0)
    with pytest.raises(UnusableError, match="--rate-hz"):
        HighPass(cutoff_hz=10).apply(Signal(np.ones(10)))
