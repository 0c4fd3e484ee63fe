"""Impacts and ringing against closed forms."""

import numpy as np
import pytest
from scipy.signal import hilbert

from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.simulation.impacts import (
    IMPACT_LABELS,
    Manner,
    Resonance,
    impact_times,
    load_zone,
    random_manner,
    ringing,
    strikes,
)


def test_intervals_have_the_rate_and_the_slip_asked_for():
    times = impact_times(100.0, 0.02, 200.0, np.random.default_rng(0))
    intervals = np.diff(times)
    assert intervals.mean() == pytest.approx(0.01, rel=1e-3)
    assert intervals.std() / intervals.mean() == pytest.approx(0.02, rel=0.05)
    assert times[-1] < 200.0


def test_jitter_adds_up_so_that_phases_drift_as_a_random_walk():
    rng = np.random.default_rng(0)
    drift = np.array([impact_times(100.0, 0.01, 10.0, rng)[[0, 100, 400]] for _ in range(400)])
    early, late = (np.std(drift[:, place] - drift[:, 0]) for place in (1, 2))
    assert late / early == pytest.approx(2.0, rel=0.15)  # four times the steps, twice the spread


def test_impacts_cover_the_whole_time_even_with_much_slip():
    ends = [impact_times(100.0, 0.2, 5.0, np.random.default_rng(seed))[[0, -1]] for seed in range(200)]
    first, last = np.transpose(ends)
    assert first.min() >= 0
    assert first.mean() == pytest.approx(0.005, rel=0.15)  # anywhere within the first interval
    assert last.min() > 4.97


def test_the_unloaded_half_is_silent_and_the_heaviest_load_is_full():
    angle = np.linspace(0, 2 * np.pi, 361)
    zone = load_zone(angle, depth=1.0)
    assert zone[0] == 1.0
    assert np.all(zone[91:270] < 1e-20)
    assert zone[60] == pytest.approx(0.5**1.5)


def test_an_oscillator_rings_at_its_frequency_and_dies_with_its_damping():
    rate_hz, mode = 48000.0, Resonance(frequency_hz=3000.0, damping=0.02, gain=1.0)
    rung = ringing(np.array([0.001]), np.array([1.0]), [mode], 4800, rate_hz)
    envelope = np.abs(hilbert(rung))
    early, late = round(0.003 * rate_hz), round(0.008 * rate_hz)
    decay = np.log(envelope[early] / envelope[late]) / 0.005
    assert decay == pytest.approx(mode.damping * 2 * np.pi * mode.frequency_hz, rel=0.02)
    spectrum = np.abs(np.fft.rfft(rung))
    assert np.fft.rfftfreq(4800, 1 / rate_hz)[spectrum.argmax()] == pytest.approx(3000.0, abs=10)


def test_an_impact_between_two_samples_keeps_its_moment():
    mode, rate_hz = Resonance(2000.0, 0.05, 1.0), 12000.0
    on, between = (ringing(np.array([at / rate_hz]), np.array([1.0]), [mode], 1200, rate_hz) for at in (100.0, 100.5))
    frequency_hz = np.fft.rfftfreq(1200, 1 / rate_hz)
    band = (frequency_hz > 1000) & (frequency_hz < 5000)
    turned = np.fft.rfft(between)[band] / np.fft.rfft(on)[band]
    assert turned == pytest.approx(np.exp(-2j * np.pi * frequency_hz[band] * 0.5 / rate_hz), abs=1e-9)


def test_the_answer_is_linear_in_impacts_and_modes():
    modes = [Resonance(1000.0, 0.05, 0.5), Resonance(4000.0, 0.02, 1.0)]
    times, strengths = np.array([0.01, 0.033]), np.array([1.0, -2.0])
    whole = ringing(times, strengths, modes, 1200, 12000.0)
    parts = [ringing(times[[place]], strengths[[place]], [mode], 1200, 12000.0) for place in range(2) for mode in modes]
    assert whole == pytest.approx(sum(parts), abs=1e-12)


def test_two_impacts_in_one_place_add_up():
    mode = Resonance(1000.0, 0.05, 1.0)
    once, twice = (ringing(np.full(count, 0.01), np.ones(count), [mode], 600, 12000.0) for count in (1, 2))
    assert twice == pytest.approx(2 * once)


@pytest.mark.parametrize("label", IMPACT_LABELS)
def test_impacts_come_as_often_as_the_order_says(label):
    bearing = bearing_of("6205")
    times, strengths = strikes(label, bearing, 30.0, 100.0, Manner(), np.random.default_rng(0))
    order = 1.0 if label == "gear_tooth" else getattr(bearing.orders, label)
    assert times.size == pytest.approx(order * 3000, abs=1)
    assert np.all(strengths == 1.0)


def test_a_tooth_strikes_once_a_turn_of_its_wheel():
    times, _ = strikes("gear_tooth", bearing_of("6205"), 30.0, 100.0, Manner(), np.random.default_rng(0), 0.4)
    assert np.diff(times) == pytest.approx(1 / 12)


def test_a_share_of_the_strikes_is_missing_and_every_second_one_weaker():
    manner = Manner(present=0.6, alternate=0.5)
    _, strengths = strikes("ball", bearing_of("6205"), 30.0, 100.0, manner, np.random.default_rng(0))
    assert np.mean(strengths > 0) == pytest.approx(0.6, abs=0.02)
    assert set(strengths[::2]) == {0.0, 1.0}
    assert set(strengths[1::2]) == {0.0, 0.5}


@pytest.mark.parametrize("label", IMPACT_LABELS)
def test_drawn_manners_stay_within_what_bearings_do(label):
    for seed in range(50):
        manner = random_manner(label, np.random.default_rng(seed))
        assert 0 <= manner.slip <= 0.02
        assert abs(manner.order_error) <= 0.008
        assert 0 <= manner.load_depth <= 1
        assert 0 < manner.alternate <= 1
        assert 0.5 <= manner.present <= 1
        assert 0 <= manner.mesh <= (1 if label == "gear_tooth" else 0)
