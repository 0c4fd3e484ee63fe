"""The witness against signals made by hand: it finds what was put in, and nothing that was not."""

from dataclasses import replace

import numpy as np
import pytest
from diagnosis.witness.asked import BEARING_LABELS, GEAR, ORDERS, line, signal
from diagnosis.witness.knocking import N_SAMPLES, SPEED_HZ, TIME_S, Floats, knocks, noise, tones

from pipeline.catalog.corpora.loading import load_corpus
from pipeline.catalog.opening import open_row
from pipeline.diagnosis.witness.chance import FLOOR, N_RANDOM
from pipeline.diagnosis.witness.examine import LABELS, examine
from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear
from pipeline.signals.long_samples import LongSamples, pieces_of


@pytest.mark.parametrize("label", ["outer_race", "inner_race", "ball"])
def test_knocks_at_a_faults_order_are_that_fault_and_no_other(label: str) -> None:
    told = examine(signal(knocks(ORDERS[label]) + 0.5 * noise()))
    assert told.found == (label,)
    found = line(told, label)
    assert found.p_value == FLOOR == 1 / (1 + N_RANDOM)
    assert found.order == pytest.approx(ORDERS[label], rel=0.004)
    assert found.hz == pytest.approx(found.order * SPEED_HZ)
    assert found.harmonics == 3
    assert found.snr_db > 6
    assert found.band_hz is not None
    assert found.band_hz[0] < 3200 < found.band_hz[1]


def test_an_inner_race_carried_through_the_load_zone_is_the_inner_race_alone() -> None:
    told = examine(signal(knocks(ORDERS["inner_race"], swing=0.9) + 0.3 * noise()))
    assert told.found == ("inner_race",)


@pytest.mark.parametrize("off", [-0.015, -0.008, 0.011])
def test_a_line_that_slip_has_moved_is_found_where_it_stands(off: float) -> None:
    told = examine(signal(knocks(ORDERS["outer_race"] * (1 + off), slip=0.002) + 0.3 * noise()))
    assert told.found == ("outer_race",)
    assert line(told, "outer_race").order == pytest.approx(ORDERS["outer_race"] * (1 + off), rel=0.003)


def test_two_strong_faults_of_one_bearing_are_both_found() -> None:
    both = knocks(ORDERS["outer_race"]) + knocks(ORDERS["inner_race"], seed=1, ring_hz=4400.0)
    assert set(examine(signal(both + 0.3 * noise())).found) == {"outer_race", "inner_race"}


def test_a_faint_fault_is_not_claimed() -> None:
    assert examine(signal(0.01 * knocks(ORDERS["ball"]) + noise())).found == ()


def test_noise_gives_small_p_values_as_seldom_as_they_say() -> None:
    told = [examine(signal(noise(seed))) for seed in range(20)]
    p_values = np.array([line(each, label).p_value for each in told for label in BEARING_LABELS])
    # 80 of them, nearly independent: 8 at most 0.1 are expected, more than 17 once in a thousand times.
    assert (p_values <= 0.1).sum() <= 17
    assert np.median(p_values) > 0.3
    assert sum(bool(each.found) for each in told) <= 3


def test_what_a_sound_shaft_does_is_no_fault_of_its_bearing() -> None:
    breathing = noise() * (
        1 + 0.6 * np.cos(2 * np.pi * SPEED_HZ * TIME_S) + 0.3 * np.cos(4 * np.pi * SPEED_HZ * TIME_S)
    )
    shaft = tones(*((float(order), 1.0 / order) for order in range(1, 13)))
    assert examine(signal(breathing + shaft)).found == ()


def test_another_bearings_knocks_are_named_as_anothers() -> None:
    # Its second harmonic stands where the inner race's line would.
    told = examine(signal(knocks(ORDERS["inner_race"] / 2) + 0.3 * noise()))
    assert told.found == ()
    assert told.others[0].order == pytest.approx(ORDERS["inner_race"] / 2, rel=0.004)


def test_a_side_band_of_another_bearings_inner_race_is_no_fault_of_this_one() -> None:
    # One turn of the shaft below its line is where this outer race's would be.
    other = knocks(ORDERS["outer_race"] + 1, swing=0.9, slip=0.002)
    assert examine(signal(other + 0.5 * noise())).found == ()


def test_gain_and_offset_change_nothing_and_the_same_signal_gets_the_same_answer() -> None:
    samples = knocks(ORDERS["ball"]) + 0.5 * noise()
    first, again = examine(signal(samples)), examine(signal(samples))
    assert first == again
    scaled = examine(signal(1000 * samples - 70))
    assert scaled.found == first.found
    assert line(scaled, "ball").snr_db == pytest.approx(line(first, "ball").snr_db, abs=0.05)


def test_a_signal_that_stays_in_its_file_says_the_same() -> None:
    samples = (knocks(ORDERS["outer_race"]) + 0.5 * noise())[None]
    long = LongSamples(samples.shape, lambda size, start, stop: pieces_of(samples, size, start, stop))
    assert examine(replace(signal(samples[0]), samples=long)) == examine(signal(samples[0]))


@pytest.mark.parametrize(
    ("known", "labels", "told"),
    [
        ({"speed_rpm": None}, LABELS, "give --speed-rpm"),
        ({"rate_hz": None}, LABELS, "give --rate-hz"),
        ({"bearing": None}, BEARING_LABELS, "give --bearing"),
        ({}, ("gear_tooth",), "give --gear"),
        ({"speed_rpm": 100.0}, LABELS, "needs 20 turns of the shaft, 12 s at 100 rpm; the recording holds 13.3"),
        ({"bearing": Bearing(stated_orders=(3.0, 5.42, 4.71, 0.4))}, ("outer_race",), "the shaft's own 3x, 6x"),
        ({"speed_rpm": 90000.0}, ("inner_race",), "past what the rate lets an envelope show"),
    ],
)
def test_what_cannot_be_asked_is_told_and_not_guessed(known: dict, labels: tuple[str, ...], told: str) -> None:
    heard = examine(signal(noise(), **known))
    assert all(told in heard.unasked[label] for label in labels)
    assert not {each.label for each in heard.lines} & set(labels)


@pytest.mark.parametrize(
    ("samples", "told"), [(np.ones(N_SAMPLES), "constant"), (np.full(N_SAMPLES, np.nan), "not a n")]
)
def test_samples_that_say_nothing_are_asked_nothing(samples: Floats, told: str) -> None:
    heard = examine(signal(samples))
    assert heard.lines == ()
    assert told in heard.unasked["ball"]


@pytest.mark.parametrize(
    ("name", "found"),
    [("105/DE", ("inner_race",)), ("130/DE", ("outer_race",)), ("3005/DE", ("ball",)), ("3001/DE", ()), ("97/DE", ())],
)
def test_real_bearings_that_show_their_fault_are_named_and_others_are_not(real_data, name, found) -> None:
    """CWRU: 3001 states an inner-race fault whose line nobody can see, 97 is healthy."""
    catalog = load_corpus("cwru", real_data)
    (row,) = [row for row in catalog.rows if row.signal == name]
    assert examine(open_row(row, catalog.root)).found == found


@pytest.mark.parametrize("speed_rpm", [150.0, 6000.0, 24000.0, 60000.0, 120000.0])
@pytest.mark.parametrize("gear", [GEAR, Gear(teeth=(90, 18))])
def test_at_any_speed_every_label_is_answered_or_told_why_not(speed_rpm: float, gear: Gear) -> None:
    for samples in (knocks(ORDERS["outer_race"] * speed_rpm / 60 / SPEED_HZ), knocks(1.0), noise()):
        told = examine(signal(samples + 0.1 * noise(2), speed_rpm=speed_rpm, gear=gear))
        assert sorted([*(each.label for each in told.lines), *told.unasked]) == sorted(LABELS)
        assert all(FLOOR <= each.p_value <= 1 for each in told.lines)
        assert all(np.isfinite([each.order, each.hz, each.snr_db]).all() for each in told.lines)


def test_a_tooth_that_knocks_once_a_turn_of_its_wheel_is_found_on_that_wheel() -> None:
    for wheel, order in enumerate(GEAR.wheel_orders):
        told = examine(signal(knocks(order, slip=0.0) + 0.1 * noise(), gear=GEAR))
        assert told.found == ("gear_tooth",)
        assert line(told, "gear_tooth").order == pytest.approx(order, rel=0.004)
        assert f"wheel {wheel + 1}" in line(told, "gear_tooth").note


def test_a_mesh_that_runout_modulates_is_no_damaged_tooth() -> None:
    turning = 1 + 0.5 * np.cos(2 * np.pi * SPEED_HZ * TIME_S)
    mesh = tones((20.0, 1.0), (40.0, 0.5), (60.0, 0.3)) * turning
    assert examine(signal(mesh + 0.5 * noise(), gear=GEAR)).found == ()


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("imbalance", [(1.0, 1.0), (2.0, 0.2), (3.0, 0.1)]),
        ("misalignment", [(1.0, 0.4), (2.0, 1.0), (3.0, 0.5)]),
        ("looseness", [(order / 2, 0.4) for order in range(1, 17)]),
    ],
)
def test_the_shafts_lines_hint_at_faults_of_the_rotor_and_prove_none(label: str, lines: list) -> None:
    told = examine(signal(tones(*lines) + 0.3 * noise()))
    assert told.hints == (label,)
    assert told.found == ()
    assert line(told, label).p_value <= 0.01
    assert "hint" in line(told, label).note
