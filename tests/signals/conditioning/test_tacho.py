"""Tacho channels of shafts whose angle is known at every moment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.shaft_angle import ShaftAngle
from pipeline.signals.conditioning.tacho import TachoSpeed, crossings, levels, shaft_angle
from pipeline.signals.conditioning.tacho_facts import Tacho
from pipeline.signals.signal import Signal
from pipeline.signals.tacho_trace import TachoTrace

RATE_HZ = 12000.0


def run_up(duration_s=10.0, from_hz=10.0, to_hz=30.0):
    """Turns of a shaft at every sample: 600 to 1800 rpm at constant acceleration."""
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return from_hz * time_s + (to_hz - from_hz) / duration_s * time_s**2 / 2


def pulses(turns, share=0.05, per_turn=1):
    """High for a share of every pulse's interval, 0 to 5 V; the rising edge falls on whole numbers of pulses."""
    return 5.0 * ((turns * per_turn + 1e-9) % 1 < share)


def test_a_sine_tacho_gives_the_angle_of_the_shaft_to_a_ten_thousandth_of_a_turn():
    turns = run_up()
    angle = shaft_angle(np.sin(2 * np.pi * turns), RATE_HZ)
    true = np.interp(angle.times_s, np.arange(turns.size) / RATE_HZ, turns)
    assert angle.turns + round(true[0]) == pytest.approx(true, abs=1e-4)
    assert (angle.n_missed, angle.n_double) == (0, 0)


def test_speeds_of_a_run_up_are_those_of_its_turns():
    angle = shaft_angle(np.sin(2 * np.pi * run_up()), RATE_HZ)
    times_s, rpm = angle.profile_rpm()
    assert rpm == pytest.approx(600 + 120 * times_s, rel=2e-3)
    whole_s = (-10 + np.sqrt(100 + 4 * np.arange(1, 200))) / 2  # the first turn has no pulse at its start
    assert angle.lowest_rpm == pytest.approx(60 / (whole_s[1] - whole_s[0]), rel=1e-3)
    assert angle.highest_rpm == pytest.approx(60 / (whole_s[-1] - whole_s[-2]), rel=1e-3)
    assert angle.speed_rpm == pytest.approx(60 * 198 / (whole_s[-1] - whole_s[0]), rel=1e-4)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.95, 0.99])
@pytest.mark.parametrize("upside_down", [False, True])
def test_any_duty_cycle_and_polarity_gives_the_speed(share, upside_down):
    channel = pulses(29.7 * np.arange(60000) / RATE_HZ, share)
    angle = shaft_angle(-channel if upside_down else channel, RATE_HZ)
    assert angle.speed_rpm == pytest.approx(29.7 * 60, rel=1e-4)


def test_the_crossing_is_found_between_samples():
    time_s = np.arange(12000) / RATE_HZ
    times_s = shaft_angle(np.sin(2 * np.pi * 17 * time_s - 0.3), RATE_HZ).times_s
    expected = (np.arange(times_s.size) + 0.3 / (2 * np.pi)) / 17
    assert np.abs(times_s - expected).max() < 1e-3 / RATE_HZ


@pytest.mark.parametrize("per_turn", [1, 2, 60, 0.25, 1.6])
def test_pulses_per_turn_divide_the_speed(per_turn):
    channel = pulses(90 * np.arange(36000) / RATE_HZ, 0.3)
    assert shaft_angle(channel, RATE_HZ, per_turn).speed_rpm == pytest.approx(90 * 60 / per_turn, rel=1e-3)


@given(st.sets(st.integers(5, 90), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_missed_pulses_are_counted_and_bridged(missing, random):
    if any(place + 1 in missing for place in missing):
        return
    turns = run_up(5.0)
    channel = pulses(turns)
    channel[np.isin(np.floor(turns + 1e-9), list(missing))] = 0.0
    angle = shaft_angle(channel, RATE_HZ)
    assert (angle.n_missed, angle.n_double) == (len(missing), 0)
    assert angle.turns[-1] == shaft_angle(pulses(turns), RATE_HZ).turns[-1]


@pytest.mark.parametrize("after", [0.2, 0.35, 0.6])
def test_double_pulses_are_left_out_and_counted(after):
    turns = run_up(5.0)
    channel = pulses(turns)
    for place in (11, 40, 43, 70):
        channel[(turns > place + after) & (turns < place + after + 0.02)] = 5.0
    clean, angle = shaft_angle(pulses(turns), RATE_HZ), shaft_angle(channel, RATE_HZ)
    assert angle.n_double == 4
    assert angle.times_s == pytest.approx(clean.times_s)
    assert angle.turns == pytest.approx(clean.turns)


def test_a_toothed_wheel_with_a_gap_of_two_teeth_counts_its_full_number():
    turns = 20 * np.arange(36000) / RATE_HZ
    channel = np.where(np.floor(turns * 36) % 36 >= 34, 0.0, pulses(turns, 0.5, per_turn=36))
    angle = shaft_angle(channel, RATE_HZ, pulses_per_turn=36)
    assert angle.speed_rpm == pytest.approx(1200, rel=1e-3)
    assert angle.n_missed == pytest.approx(2 * 60, abs=2)


def test_noise_on_the_channel_makes_no_pulses():
    turns = run_up()
    rough = pulses(turns) + 0.12 * np.random.default_rng(0).standard_normal(turns.size)
    angle = shaft_angle(rough, RATE_HZ)
    assert (angle.n_missed, angle.n_double) == (0, 0)
    assert angle.turns[-1] == shaft_angle(pulses(turns), RATE_HZ).turns[-1]


def test_one_spike_sets_no_threshold():
    channel = pulses(run_up())
    channel[40000] = 400.0
    assert levels(channel) == (0.0, 5.0)
    assert shaft_angle(channel, RATE_HZ).turns[-1] >= 198


def test_a_stated_threshold_is_kept_to():
    wave = np.sin(2 * np.pi * 20 * np.arange(12000) / RATE_HZ)
    crossed = shaft_angle(wave, RATE_HZ, threshold=0.5).times_s
    assert crossed[0] == pytest.approx(np.arcsin(0.5) / (2 * np.pi * 20), abs=1e-6)


def test_ripple_within_the_hysteresis_is_one_crossing():
    assert crossings(np.array([0.0, 2.4, 2.6, 2.4, 2.6, 5.0]), 2.0, 3.0).size == 1


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (np.zeros(1000), "nothing pulses"),
        (np.empty(0), "nothing pulses"),
        (np.arange(1000.0), "needed and the channel shows"),
        (np.where(np.arange(1000) == 500, 5.0, 0.0), "needed and the channel shows"),
        (np.tile([0.0, 5.0, 0.0], 400), "every 3 samples and may be an alias"),
        (np.array([0.0, np.nan, 1.0]), "not numbers"),
    ],
)
def test_a_channel_that_is_no_tacho_is_refused(channel, told):
    with pytest.raises(UnusableError, match=told):
        shaft_angle(channel, RATE_HZ)


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_tacho(seed):
    with pytest.raises(UnusableError, match="too many to"):
        shaft_angle(np.random.default_rng(seed).standard_normal(20000), RATE_HZ)


def test_a_standstill_is_refused_with_its_place():
    turns = np.concatenate([run_up(3.0), np.full(24000, run_up(3.0)[-1])])
    turns = np.concatenate([turns, turns[-1] + 30 * np.arange(1, 24000) / RATE_HZ])
    with pytest.raises(UnusableError, match=r"missing in a row at 2\.9\d s"):
        shaft_angle(pulses(turns), RATE_HZ)


def test_too_many_repairs_are_refused_with_their_count():
    turns = 20 * np.arange(120000) / RATE_HZ
    channel = np.where(np.floor(turns + 1e-9) % 5 == 3, 0.0, pulses(turns))
    with pytest.raises(UnusableError, match=r"of 1[56]\d tacho pulses 0 come twice and (39|40) are missing"):
        shaft_angle(channel, RATE_HZ)


def test_moments_between_pulses_follow_a_steady_acceleration():
    turns = run_up()
    time_s = np.arange(turns.size) / RATE_HZ
    known = ShaftAngle(np.interp(np.arange(0, 199.0), turns, time_s), np.arange(0, 199.0))
    asked = np.linspace(1, 190, 777)
    exact = (-10 + np.sqrt(100 + 4 * asked)) / 2
    assert known.times_at(asked) == pytest.approx(exact, abs=2e-6)


def test_pulses_too_uneven_for_a_shaft_are_refused():
    with pytest.raises(UnusableError, match="too uneven"):
        ShaftAngle(np.array([0.0, 1.0, 1.01, 1.02, 2.0, 2.01]), np.arange(6.0)).times_at(np.linspace(0, 5, 100))


def tacho_of(turns):
    return TachoTrace(np.sin(2 * np.pi * turns))


def test_the_tacho_speaks_before_the_file_and_after_a_flag_and_differences_are_told():
    trace = tacho_of(20 * np.arange(24000) / RATE_HZ)
    signal = Signal(np.zeros(24000), rate_hz=RATE_HZ, tacho=trace)
    fresh = TachoSpeed().apply(signal)
    assert fresh.speed_rpm == pytest.approx(1200)
    assert (fresh.origins["speed_rpm"], fresh.warnings) == ("tacho", ())
    by_file = TachoSpeed().apply(signal.changed(speed_rpm=1000.0, origins={"speed_rpm": "file"}))
    assert by_file.speed_rpm == pytest.approx(1200)
    assert by_file.warnings == ("speed_rpm: using 1200 (tacho), but file says 1000",)
    by_flag = TachoSpeed().apply(signal.changed(speed_rpm=1000.0, origins={"speed_rpm": "flag"}))
    assert (by_flag.speed_rpm, by_flag.origins["speed_rpm"]) == (1000.0, "flag")
    assert by_flag.warnings == ("speed_rpm: using 1000 (flag), but tacho says 1200",)


def test_a_signal_without_tacho_or_of_another_length_is_refused():
    signal = Signal(np.zeros(100), rate_hz=RATE_HZ)
    with pytest.raises(UnusableError, match="needs a tacho channel"):
        TachoSpeed().apply(signal)
    with pytest.raises(UnusableError, match="the tacho has 50 samples and the signal 100"):
        TachoSpeed().apply(signal.changed(tacho=TachoTrace(np.zeros(50))))


@pytest.mark.parametrize("per_turn", [0, -1, float("inf"), float("nan")])
def test_impossible_pulses_per_turn_are_refused(per_turn):
    with pytest.raises(ValueError, match="pulses_per_turn"):
        Tacho(channel="tacho", pulses_per_turn=per_turn)
