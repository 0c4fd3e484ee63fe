"""Order tracking of signals locked to a shaft: a chirp becomes a tone, and nothing folds."""

import numpy as np
import pytest

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.order_tracking import OrderTrack, interpolate, order_track
from pipeline.signals.conditioning.shaft_angle import ShaftAngle
from pipeline.signals.signal import Signal
from pipeline.signals.tacho_trace import TachoTrace

RATE_HZ = 12000.0
TIME_S = np.arange(120000) / RATE_HZ
TURNS = 10 * TIME_S + TIME_S**2
"""A run-up from 600 to 1800 rpm in 10 s, 200 turns."""
KNOWN = ShaftAngle((-10 + np.sqrt(100 + 4 * np.arange(200.0))) / 2, np.arange(200.0))
"""Its angle once a turn, exactly."""


def decibels(values):
    return 20 * np.log10(np.abs(values).max())


def chirp(order):
    return np.cos(2 * np.pi * order * TURNS + 0.4)[None]


def spectrum_db(tracked, per_turn):
    """Spectrum over orders, 0 dB for a tone of amplitude 1."""
    window = np.blackman(tracked.size)
    return 20 * np.log10(np.abs(np.fft.rfft(tracked * window)) * 2 / window.sum() + 1e-12), per_turn / tracked.size


@pytest.mark.parametrize("order", [1.0, 3.5848, 20.0, 58.0])
@pytest.mark.parametrize("per_turn", [128, 512])
def test_a_chirp_locked_to_the_shaft_becomes_a_tone_of_its_amplitude(order, per_turn):
    tracked = order_track(chirp(order), RATE_HZ, KNOWN, per_turn)[0]
    turns = np.arange(tracked.size) / per_turn
    assert tracked.size == 199 * per_turn + 1
    assert decibels((tracked - np.cos(2 * np.pi * order * turns + 0.4))[per_turn:-per_turn]) < -60


@pytest.mark.parametrize("order", [5.0, 40.0])
def test_all_of_the_tone_is_in_its_order_and_the_rest_of_the_spectrum_is_empty(order):
    level, step = spectrum_db(order_track(chirp(order), RATE_HZ, KNOWN, 256)[0, :-1], 256)
    orders = np.arange(level.size) * step
    assert level.max() == pytest.approx(0.0, abs=0.1)
    assert orders[level.argmax()] == pytest.approx(order, abs=step)
    assert level[np.abs(orders - order) > 1].max() < -60


def test_without_tracking_the_same_chirp_is_smeared():
    level, _ = spectrum_db(chirp(5.0)[0], 256)
    assert level.max() < -20


@pytest.mark.parametrize("order", [36.0, 60.0, 100.0, 190.0])
def test_orders_above_what_is_kept_do_not_fold_at_any_speed(order):
    tracked = order_track(chirp(order), RATE_HZ, KNOWN, 64)[0]
    assert decibels(tracked[64:-64]) < -60


def test_a_line_of_constant_frequency_does_not_fold_either():
    hum = np.cos(2 * np.pi * 5000 * TIME_S)[None]
    assert decibels(order_track(hum, RATE_HZ, KNOWN, 128)[0, 128:-128]) < -60


def test_an_order_that_the_slow_part_holds_is_kept_in_the_fast_part_too():
    """A low-pass at the Nyquist rate of the slowest turn, 64 orders x 10 Hz, would cut order 58 from 11 Hz on."""
    tracked = order_track(chirp(58.0), RATE_HZ, KNOWN, 128)[0]
    assert np.abs(tracked[-1280:]).max() > 0.99


def test_a_constant_and_a_steady_shaft_stay_as_they_are():
    steady = ShaftAngle(np.arange(0, 10, 0.05), np.arange(200.0))
    assert order_track(np.full((1, 120000), 7.0), RATE_HZ, steady, 100) == pytest.approx(7.0, abs=1e-9)
    wave = np.sin(2 * np.pi * 55 * TIME_S)[None]
    # 600 samples per turn at 20 turns a second: the samples themselves.
    assert order_track(wave, RATE_HZ, steady, 600)[0, 50:-50] == pytest.approx(wave[0, 50:119351], abs=1e-4)


def test_channels_are_tracked_alike_and_separately():
    both = np.concatenate([chirp(2.0), chirp(9.0)])
    apart = [order_track(channel[None], RATE_HZ, KNOWN, 64)[0] for channel in both]
    assert np.allclose(order_track(both, RATE_HZ, KNOWN, 64), np.stack(apart), atol=1e-12)


@pytest.mark.parametrize("frequency", [0.0, 0.003, 0.1, 0.3, 0.46])
def test_values_between_samples_are_those_of_the_wave(frequency):
    places = np.random.default_rng(0).uniform(100, 1900, 3000)
    wave = np.cos(2 * np.pi * frequency * np.arange(2000) + 1.0)[None]
    assert decibels(interpolate(wave, places)[0] - np.cos(2 * np.pi * frequency * places + 1.0)) < -80


def test_a_place_on_a_sample_gives_the_sample():
    samples = np.random.default_rng(0).standard_normal((2, 500))
    assert interpolate(samples, np.arange(500.0)) == pytest.approx(samples, abs=1e-12)


def tracked_signal(per_turn=256, turns=TURNS, **facts):
    trace = TachoTrace(np.sin(2 * np.pi * turns))
    heard = Signal(np.cos(2 * np.pi * 5 * turns), rate_hz=RATE_HZ, tacho=trace, **facts)
    return OrderTrack(samples_per_turn=per_turn).apply(heard)


def test_what_comes_out_is_a_signal_at_constant_speed_whose_order_lines_stand_where_they_should():
    signal = tracked_signal()
    assert signal.rate_hz == pytest.approx(256 * signal.speed_hz)
    assert signal.speed_rpm == pytest.approx(1200, rel=0.01)
    assert signal.duration_s == pytest.approx(10.0, rel=0.02)
    assert signal.origins["speed_rpm"] == "tacho"
    level, step = spectrum_db(signal.samples[0], 256)
    assert level.argmax() * step * signal.speed_hz == pytest.approx(5 * signal.speed_hz, rel=1e-3)


def test_the_history_tells_samples_per_turn_and_the_range_of_speeds():
    (line,) = tracked_signal().history
    assert line == "order tracked: 256 samples per turn, 618-1794 rpm, 199 pulses"


def test_a_speed_that_somebody_states_is_overruled_and_told():
    signal = tracked_signal(speed_rpm=1500.0, origins={"speed_rpm": "flag"})
    assert signal.speed_rpm == pytest.approx(1200, rel=0.01)
    assert signal.warnings == (f"speed_rpm: using {signal.speed_rpm:.10g} (tacho), but flag says 1500",)


def test_more_samples_per_turn_than_the_recording_holds_are_told():
    (warning,) = tracked_signal(per_turn=512).warnings
    assert warning.startswith("order_track: at 1794 rpm the recording holds nothing above order 200.7; samples")
    assert tracked_signal(per_turn=256).warnings == ()


def test_tracking_twice_is_refused():
    with pytest.raises(UnusableError, match="track orders once"):
        OrderTrack(samples_per_turn=64).apply(tracked_signal(64))


def test_a_shaft_that_all_but_stops_is_refused():
    turns = np.arange(0, 99.995, 0.01)  # 1200 rpm at first, braked to a stop in 10 s and 100 turns
    braked = ShaftAngle(10 - np.sqrt(100 - turns), turns)
    with pytest.raises(UnusableError, match=r"slows to 1\d\.?\d* rpm at a mean of 606\.?\d* rpm; cut off"):
        order_track(np.zeros((1, 120000)), RATE_HZ, braked, 64)
    with pytest.raises(UnusableError, match=r"needs a full turn, the tacho shows 0\.5"):
        order_track(np.zeros((1, 100)), RATE_HZ, ShaftAngle(np.array([0.0, 1.0]), np.array([0.0, 0.5])), 64)
