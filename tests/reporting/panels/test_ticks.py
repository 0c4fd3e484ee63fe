"""Ticks of image axes lie where their values are."""

import numpy as np
import pytest

from pipeline.preprocessing.base import Axis
from pipeline.reporting.panels.ticks import axis_label, image_ticks


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 6000, 129),
        np.linspace(0.01, 0.24, 224),
        np.geomspace(20, 5400, 128),
        np.geomspace(20, 5400, 128)[::-1],
        np.linspace(6000, 0, 57),
        np.array([3.0, 9.0]),
    ],
)
def test_the_axis_has_at_each_tick_the_value_written_there(values: np.ndarray) -> None:
    places, names = image_ticks(Axis("frequency", "Hz", tuple(values)))
    assert 2 <= len(places) <= 9
    step = np.abs(np.diff(values)).max()
    for place, name in zip(places, names, strict=True):
        assert np.interp(place, np.arange(values.size), values) == pytest.approx(float(name), abs=step / 4)


def test_an_axis_that_grows_by_a_factor_has_ticks_in_every_decade() -> None:
    _, names = image_ticks(Axis("frequency", "Hz", tuple(np.geomspace(20, 5400, 128))))
    assert names == ["20", "50", "100", "200", "500", "1000", "2000", "5000"]


def test_between_rows_that_grow_by_a_factor_a_value_lies_by_its_logarithm() -> None:
    places, names = image_ticks(Axis("frequency", "Hz", (10.0, 100.0, 1000.0)))
    assert dict(zip(names, places, strict=True))["20"] == pytest.approx(np.log10(2))


def test_many_decades_have_one_tick_each() -> None:
    _, names = image_ticks(Axis("frequency", "Hz", tuple(np.geomspace(0.1, 1e5, 128))))
    assert names == ["0.1", "1", "10", "100", "1000", "10000", "100000"]


def test_values_in_no_order_are_shown_as_they_come() -> None:
    places, names = image_ticks(Axis("sensor", "", (3.0, 1.0, 2.0)))
    assert (places, names) == ([0.0, 1.0, 2.0], ["3", "1", "2"])


def test_an_axis_of_one_value_has_one_tick() -> None:
    assert image_ticks(Axis("start", "s", (0.5,))) == ([0.0], ["0.5"])


def test_units_are_on_the_axis_where_there_are_any() -> None:
    assert axis_label(Axis("time", "s", (0.0,))) == "time, s"
    assert axis_label(Axis("harmonic", "", (1.0,))) == "harmonic"


def test_labels_are_written_where_there_are_any_and_bring_their_own_unit() -> None:
    carriers = Axis("carrier", "Hz", (5000.0, 3000.0, 2500.0), ("4-6 kHz", "2-4 kHz", "full band"))
    assert image_ticks(carriers) == ([0.0, 1.0, 2.0], ["4-6 kHz", "2-4 kHz", "full band"])
    assert axis_label(carriers) == "carrier"


def test_a_label_stands_once_in_the_middle_of_the_rows_it_was_stretched_over() -> None:
    stretched = Axis("harmonic", "", tuple(np.linspace(1, 2, 7)), ("1",) * 3 + ("2",) * 4)
    assert image_ticks(stretched) == ([1.0, 4.5], ["1", "2"])


def test_where_there_is_little_room_labels_are_left_out_evenly() -> None:
    many = Axis("harmonic", "", tuple(np.arange(10.0)), tuple(str(number) for number in range(1, 11)))
    assert image_ticks(many, most_labels=4) == ([0.0, 3.0, 6.0, 9.0], ["1", "4", "7", "10"])
