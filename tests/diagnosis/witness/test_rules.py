"""What a finding needs beside a small p-value: signals made so that one rule alone decides."""

import numpy as np
import pytest
from diagnosis.witness.asked import GEAR, ORDERS, line, signal
from diagnosis.witness.knocking import SPEED_HZ, TIME_S, Floats, knocks, noise, tones

from pipeline.diagnosis.witness.chance import chance_of
from pipeline.diagnosis.witness.combs import Teeth, comb_at
from pipeline.diagnosis.witness.examine import examine
from pipeline.diagnosis.witness.order_spectra import OrderSpectra
from pipeline.signals.bearing import Bearing


def swings(order: float, *depths: float) -> Floats:
    """1, and a swing at each of the first multiples of an order."""
    return 1 + tones(*(((number + 1) * order, depth) for number, depth in enumerate(depths)))


def alike(*orders: float) -> list[tuple[float, float]]:
    """Lines of one height."""
    return [(order, 0.4) for order in orders]


def test_a_second_fault_far_weaker_than_the_strongest_is_its_companion() -> None:
    strong = knocks(ORDERS["outer_race"]) + 0.05 * noise()
    for height, found in ((0.08, ("outer_race",)), (0.2, ("outer_race", "inner_race"))):
        told = examine(signal(strong + height * knocks(ORDERS["inner_race"], seed=1, ring_hz=4400.0)))
        assert told.found == found
        weak = line(told, "inner_race")
        assert (weak.p_value, weak.harmonics) == (0.001, 2)
        assert ("companion" in weak.note) == (not weak.found)


def test_one_line_at_the_cages_order_is_a_slow_swell_and_two_are_a_cage() -> None:
    for depths, found in (((0.2,), ()), ((0.2, 0.1), ("cage",))):
        told = examine(signal(noise() * swings(ORDERS["cage"], *depths)))
        assert line(told, "cage").p_value == 0.001
        assert line(told, "cage").harmonics == len(depths)
        assert told.found == found


def test_a_cage_beside_another_fault_is_taken_with_it() -> None:
    swell = 0.5 * noise() * swings(ORDERS["cage"], 0.2, 0.1)
    assert examine(signal(swell)).found == ("cage",)
    told = examine(signal(swell + 2 * knocks(ORDERS["inner_race"])))
    assert told.found == ("inner_race",)
    cage = line(told, "cage")
    assert (cage.p_value, cage.harmonics) == (0.001, 2)
    assert cage.note == "the cage modulates every fault; taken with inner_race"


def test_what_is_taken_for_a_cages_companion_takes_no_cage_with_it() -> None:
    swell = 0.5 * noise() * swings(ORDERS["cage"], 0.3, 0.15, 0.1)
    told = examine(signal(swell + 0.5 * knocks(ORDERS["outer_race"])))
    assert "companion" in line(told, "outer_race").note
    assert told.found == ("cage",)


def test_side_bands_of_the_cage_beside_a_balls_lines_are_no_other_fault() -> None:
    # Of this bearing the outer race's three lines stand where the first, second and third side bands are.
    beside = ORDERS["ball"] - ORDERS["cage"]
    bearing = Bearing(stated_orders=(beside, ORDERS["inner_race"], ORDERS["ball"], ORDERS["cage"]))
    samples = knocks(ORDERS["ball"], slip=0.002, swing=0.9, swing_order=ORDERS["cage"]) + 0.3 * noise()
    told = examine(signal(samples, bearing=bearing))
    assert told.found == ("ball",)
    assert line(told, "outer_race").harmonics == 0
    assert line(told, "outer_race").p_value > 0.05


def test_a_sound_shafts_lines_which_beat_with_each_other_are_no_tooth() -> None:
    shaft = tones(*((float(order), 1.0) for order in range(1, 15)))
    assert examine(signal(shaft + 0.1 * noise(), gear=GEAR)).found == ()


def test_one_line_at_a_wheels_harmonic_is_no_tooth() -> None:
    told = examine(signal(noise() * swings(5.0, 0.3), gear=GEAR))
    tooth = line(told, "gear_tooth")
    assert (tooth.p_value, tooth.harmonics, tooth.found) == (0.002, 1, False)


def test_the_shafts_harmonics_beside_a_bearing_fault_are_no_tooths() -> None:
    # An inner race passes a narrow load zone once a turn.
    zone = np.exp(8 * (np.cos(2 * np.pi * SPEED_HZ * TIME_S) - 1))
    told = examine(signal(knocks(ORDERS["inner_race"], slip=0.002) * zone + 0.02 * noise(), gear=GEAR))
    assert told.found == ("inner_race",)
    tooth = line(told, "gear_tooth")
    assert (tooth.p_value, tooth.harmonics) == (0.002, 6)
    assert "which a bearing fault makes too" in tooth.note


@pytest.mark.parametrize(
    ("label", "fits", "does_not"),
    [
        # As velocity, 2x is below half of 1x, and above.
        ("imbalance", [(1.0, 1.0), (2.0, 0.9)], [(1.0, 1.0), (2.0, 1.1)]),
        # 2x above half of 1x and below; below 3x.
        ("misalignment", [(1.0, 1.0), (2.0, 1.1)], [(1.0, 1.0), (2.0, 0.9)]),
        ("misalignment", [(2.0, 1.0), (3.0, 1.4)], [(2.0, 1.0), (3.0, 1.6)]),
        # Six harmonics and five; two half orders and one.
        ("looseness", alike(0.5, 1, 1.5, 2, 3, 4, 5, 6), alike(0.5, 1, 1.5, 2, 3, 4, 5)),
        ("looseness", alike(0.5, 1, 1.5, 2, 3, 4, 5, 6), alike(0.5, 1, 2, 3, 4, 5, 6)),
        # Half of the velocity's power is in its lines, and less.
        ("imbalance", [(1.0, 1.0), (5.3, 4.5)], [(1.0, 1.0), (5.3, 6.0)]),
    ],
)
def test_a_hint_needs_the_proportions_of_its_fault(label: str, fits: list, does_not: list) -> None:
    for lines, hinted in ((fits, True), (does_not, False)):
        told = examine(signal(tones(*lines) + 0.02 * noise()))
        assert line(told, label).p_value < 0.0167
        assert (label in told.hints) == hinted


def test_random_orders_have_as_much_of_the_spectrum_to_search_as_the_true_one() -> None:
    # Half of all orders are blank, in stripes; the true tooth has all of its surroundings.
    order, teeth = 25.0, Teeth((1,), 0.005)
    places = 0.01 * np.arange(6000)
    blank = np.mod(places - order + 0.2, 0.8) > 0.4
    p_values = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        levels = np.where(blank, 0.0, rng.standard_normal((1, 6000))).astype(np.float32)
        spectra = OrderSpectra(levels, 0.01, 0.02, ((0.0, 1.0),), 50.0, 5)
        comb = comb_at(spectra, order, teeth)
        p_values.append(chance_of(spectra, comb, order, teeth, np.array([order]), rng).p_value)
    # Uniform p-values: the mean of 200 lies within 0.5 +- 0.07 but for one time in a thousand.
    assert 0.43 < np.mean(p_values) < 0.57
