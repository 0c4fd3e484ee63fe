"""Geometry to orders, against the formulae written by hand and against publishers' own figures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.signals.bearing import Bearing


@given(st.integers(3, 40), st.floats(0.05, 0.5), st.floats(0, 60))
def test_every_element_passes_each_race_once_a_cage_turn(n_elements, diameter_ratio, contact_angle_deg):
    orders = Bearing(n_elements=n_elements, diameter_ratio=diameter_ratio, contact_angle_deg=contact_angle_deg).orders
    assert orders.outer_race == pytest.approx(n_elements * orders.cage)
    assert orders.inner_race == pytest.approx(n_elements * (1 - orders.cage))


@given(st.floats(0.05, 0.5))
def test_a_ball_rolls_on_the_outer_race_without_slipping(diameter_ratio):
    # Seen from the cage, the outer race (diameter D + d) turns at the cage's speed, and the ball (d) rolls on it.
    orders = Bearing(n_elements=9, diameter_ratio=diameter_ratio).orders
    spin = orders.cage * (1 + diameter_ratio) / diameter_ratio
    assert orders.ball == pytest.approx(2 * spin)


def test_mfpt_geometry_gives_the_lines_its_publisher_wrote_into_the_files():
    orders = Bearing(n_elements=8, diameter_ratio=0.235 / 1.245).orders
    assert 25 * orders.outer_race == pytest.approx(81.125, rel=1e-4)
    assert 25 * orders.inner_race == pytest.approx(118.875, rel=1e-4)
    assert 25 * orders.ball / 2 == pytest.approx(63.91, rel=1e-3)


def test_sizes_in_mm_are_as_good_as_their_ratio():
    sized = Bearing(n_elements=8, element_mm=7.92, pitch_mm=34.55)
    assert sized.orders == Bearing(n_elements=8, diameter_ratio=7.92 / 34.55).orders


def test_stated_orders_win_over_geometry():
    stated = (3.0, 5.0, 4.0, 0.4)
    assert Bearing(n_elements=8, diameter_ratio=0.3, stated_orders=stated).orders == stated


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"n_elements": 9},
        {"diameter_ratio": 0.2},
        {"n_elements": 9, "diameter_ratio": 1.2},
        {"n_elements": 9, "diameter_ratio": math.nan},
        {"n_elements": 9, "element_mm": 8, "pitch_mm": 0},
        {"n_elements": 9, "element_mm": "eight", "pitch_mm": 40},
        {"n_elements": 9, "element_mm": 8},
        {"stated_orders": (3.5, 5.4, -4.7, 0.4)},
        {"stated_orders": (3.5, 5.4, math.nan, 0.4)},
        {"stated_orders": (3.5, 5.4, math.inf, 0.4)},
    ],
)
def test_an_impossible_bearing_is_refused(fields):
    with pytest.raises(ValidationError):
        Bearing(**fields)
