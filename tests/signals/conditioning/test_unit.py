"""A signal in another unit is the same motion in other numbers."""

import numpy as np
import pytest

from pipeline.errors import ConfigError, FactError, UnusableError
from pipeline.signals.conditioning.unit import Unit, in_unit
from pipeline.signals.signal import Signal


def heard(unit, *values):
    return Signal(np.array(values), unit=unit)


def test_g_and_metres_per_second_squared_differ_by_standard_gravity():
    changed = in_unit(heard("g", 1.0, -2.0), "m/s^2")
    assert changed.samples[0] == pytest.approx([9.80665, -19.6133])
    assert changed.unit == "m/s2"
    assert changed.history == ("converted g -> m/s2 (x 9.80665)",)


@pytest.mark.parametrize(
    ("unit", "sensitivity", "wanted", "expected"),
    [
        ("V", "100 mV/g", "g", 10.0),
        ("V", "100 mV/g", "m/s2", 98.0665),
        ("mV", "100 mV/g", "g", 0.01),
        ("V", "10.2 mV/(m/s2)", "g", 1 / 0.0102 / 9.80665),
        ("V", "-8 V/mm", "um", -125.0),
        ("V", "10 g/V", "g", 10.0),
    ],
)
def test_volts_become_what_the_sensor_felt(unit, sensitivity, wanted, expected):
    changed = in_unit(heard(unit, 1.0), wanted, sensitivity)
    assert changed.samples[0, 0] == pytest.approx(expected)
    assert changed.history == (f"converted {unit} -> {wanted} ({sensitivity})",)


def test_a_signal_already_in_that_unit_stays_as_it_is_whatever_its_spelling_and_sensor():
    signal = heard("m/s²", 1.0)
    same = in_unit(signal, "m/s2", "100 mV/g")
    assert same.samples is signal.samples
    assert (same.unit, same.history) == ("m/s2", ())


def test_single_precision_and_whole_numbers_lose_nothing():
    counts = Signal(np.array([32767], dtype=np.int16), unit="mg")
    assert in_unit(counts, "g").samples[0, 0] == pytest.approx(32.767)


@pytest.mark.parametrize(
    ("unit", "wanted", "told"),
    [(None, "g", "--unit"), ("g", "mm/s", "integrate"), ("counts", "g", "'counts' is not known"), ("V", "g", "mV/g")],
)
def test_nothing_is_converted_on_a_guess(unit, wanted, told):
    with pytest.raises(FactError, match=told):
        in_unit(heard(unit, 1.0), wanted)
    with pytest.raises(UnusableError, match=told):
        Unit(to=wanted).apply(heard(unit, 1.0))


def test_a_slip_of_the_pen_in_a_config_is_answered_before_any_signal():
    with pytest.raises(ConfigError, match="unit 'gg' is not known"):
        Unit.parse({"to": "gg"}, "conditioning.unit")
    with pytest.raises(ConfigError, match="sensitivity '100' needs"):
        Unit.parse({"to": "g", "sensitivity": "100"}, "conditioning.unit")
