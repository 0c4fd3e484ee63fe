"""Of several p-values as many are believed as Holm's steps and Bonferroni's shares let pass, and no more.

The signals have every fault that is asked for, beyond doubt; only what chance says of them is set by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from diagnosis.witness.asked import GEAR, ORDERS, line, signal
from diagnosis.witness.knocking import Floats, knocks, noise, tones

from pipeline.diagnosis.witness import bearing_faults, gear_faults, rotor_faults
from pipeline.diagnosis.witness.chance import Chance, chance_of
from pipeline.diagnosis.witness.examine import examine
from pipeline.diagnosis.witness.witness import FaultLine, OtherLine, Witness, agreement, unexplained

Said = Callable[[ModuleType, Mapping[Any, float]], None]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """Sets the p-values of a part, by the order and the first multiple that are asked for."""

    def said(part: ModuleType, p_values: Mapping[Any, float]) -> None:
        def told(spectra: Any, comb: Any, order: float, teeth: Any, *rest: Any) -> Chance:
            chance = chance_of(spectra, comb, order, teeth, *rest)
            return replace(chance, p_value=p_values.get((order, teeth.multiples[0]), 0.9))

        monkeypatch.setattr(part, "chance_of", told)

    return said


def both_races() -> Floats:
    both = knocks(ORDERS["outer_race"]) + knocks(ORDERS["inner_race"], seed=1, ring_hz=4400.0)
    return both + 0.3 * noise()


@pytest.mark.parametrize(
    ("outer", "inner", "found"),
    [
        (0.012, 0.016, ("outer_race", "inner_race")),  # 0.05 / 4, then 0.05 / 3
        (0.016, 0.012, ("outer_race", "inner_race")),
        (0.012, 0.017, ("outer_race",)),
        (0.013, 0.013, ()),
        (0.013, 0.016, ()),
        (0.9, 0.012, ("inner_race",)),
    ],
)
def test_a_bearings_labels_take_holms_steps(said: Said, outer: float, inner: float, found: tuple) -> None:
    said(bearing_faults, {(ORDERS["outer_race"], 1): outer, (ORDERS["inner_race"], 1): inner})
    assert examine(signal(both_races())).found == found


@pytest.mark.parametrize(("p_value", "found"), [(0.006, ("outer_race",)), (0.007, ())])
def test_beside_a_gear_a_bearing_has_half_of_the_level(said: Said, p_value: float, found: tuple) -> None:
    said(bearing_faults, {(ORDERS["outer_race"], 1): p_value})
    said(gear_faults, {})
    assert examine(signal(knocks(ORDERS["outer_race"]) + 0.5 * noise(), gear=GEAR)).found == found


@pytest.mark.parametrize(
    ("bearing", "p_value", "found"),
    [(False, 0.024, True), (False, 0.026, False), (True, 0.012, True), (True, 0.013, False)],
)
def test_each_of_two_wheels_has_half_of_the_gears_level(said: Said, bearing: bool, p_value: float, found: bool) -> None:
    said(bearing_faults, {})
    said(gear_faults, {(0.4, 3): p_value})
    known = {"gear": GEAR} if bearing else {"gear": GEAR, "bearing": None}
    told = line(examine(signal(knocks(0.4, slip=0.0) + 0.1 * noise(), **known)), "gear_tooth")
    assert told.p_value == pytest.approx(2 * p_value)
    assert told.found == found


@pytest.mark.parametrize(
    ("imbalance", "misalignment", "looseness", "hints"),
    [
        (0.9, 0.016, 0.9, ("misalignment",)),  # 0.05 / 3
        (0.9, 0.02, 0.9, ()),
        (0.01, 0.02, 0.9, ("misalignment",)),  # 0.05 / 2
        (0.01, 0.03, 0.9, ()),
        (0.01, 0.04, 0.02, ("misalignment",)),  # 0.05
        # The first step fails, and with it all others, though 0.02 would be enough for the second.
        (0.02, 0.02, 0.9, ()),
        (0.02, 0.03, 0.02, ()),
    ],
)
def test_hints_take_holms_steps_and_stop_at_the_first_that_fails(
    said: Said, imbalance: float, misalignment: float, looseness: float, hints: tuple
) -> None:
    said(rotor_faults, {(1.0, 1): imbalance, (1.0, 2): misalignment, (0.5, 1): looseness})
    samples = tones((1.0, 0.4), (2.0, 1.0), (3.0, 0.5)) + 0.3 * noise()
    assert examine(signal(samples)).hints == hints


def test_nothing_wrong_beside_lines_nobody_explains_is_neither_confirmed_nor_left_unsaid() -> None:
    asked = FaultLine("ball", 4.7, 141.0, 4.71, 0, 1.0, 0.6, band_hz=(1000.0, 2000.0))
    quiet, unexplained_lines = Witness((asked,)), Witness((asked,), others=(OtherLine(4.375, 131.0, 20.0),))
    assert (agreement(quiet, ["healthy"]), agreement(unexplained_lines, ["healthy"])) == ("yes", "not applicable")
    assert unexplained(quiet, ["healthy"]) == unexplained(unexplained_lines, ["ball"]) == ()
    assert "order 4.375" in unexplained(unexplained_lines, ["healthy"])[0]
