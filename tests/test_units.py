"""Units against their definitions, as standards write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FactError
from pipeline.signals.sensitivity import parse_sensitivity
from pipeline.units import DIMENSIONS, MEASURED, canonical, dimension_of, factor

# Source: NIST SP 811 (2008), appendix B.8, and the 3rd CGPM for standard gravity.
NIST = [
    ("g", "m/s2", 9.80665),
    ("mil", "um", 25.4),
    ("in", "mm", 25.4),
    ("in/s", "mm/s", 25.4),
    ("psi", "Pa", 6894.757),
    ("bar", "kPa", 100.0),
    ("m/s2", "mm/s2", 1000.0),
    ("mg", "g", 1e-3),
    ("mV", "V", 1e-3),
    ("um", "mm", 1e-3),
    ("A", "mA", 1000.0),
]


@pytest.mark.parametrize(("old", "new", "expected"), NIST)
def test_factors_are_those_of_the_standards(old, new, expected):
    assert factor(old, new) == pytest.approx(expected, rel=1e-7)
    assert factor(new, old) == pytest.approx(1 / expected, rel=1e-7)


@given(st.sampled_from(MEASURED), st.sampled_from(MEASURED), st.sampled_from(MEASURED))
def test_a_detour_within_a_dimension_changes_nothing(first, second, third):
    if len({dimension_of(unit) for unit in (first, second, third)}) == 1:
        assert factor(first, second) * factor(second, third) == pytest.approx(factor(first, third), rel=1e-12)


@pytest.mark.parametrize("unit", MEASURED)
def test_every_unit_is_itself_and_in_one_dimension(unit):
    assert canonical(unit) == unit
    assert factor(unit, unit) == 1.0
    assert sum(unit in units for units in DIMENSIONS.values()) == 1


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("m/s²", "m/s2"),
        ("m/s^2", "m/s2"),
        ("m/s**2", "m/s2"),
        ("(m/s2)", "m/s2"),
        ("m/sec^2", "m/s2"),
        ("m s^-2 ", None),
        ("m·s⁻²", "m/s2"),
        ("m/s/s", "m/s2"),
        ("µm", "um"),
        ("μm", "um"),
        ("Microns", "um"),
        ("mils", "mil"),
        ("ips", "in/s"),
        ("mm/sec", "mm/s"),
        ("gn", "g"),
        ("VOLTS", "V"),
        ("[g]", "g"),
        ("G", None),
        ("kg", None),
        ("mv", None),
        ("MV", None),
        ("counts", None),
        ("", None),
    ],
)
def test_usual_spellings_are_known_and_doubtful_ones_are_not_guessed(spelling, unit):
    assert canonical(spelling) == unit


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("g", "mm/s", "integrate the signal first, or ask for an acceleration unit"),
        ("um", "mm/s", "differentiate the signal first, or ask for a displacement unit"),
        ("V", "g", "give the sensor's sensitivity, such as '100 mV/g'"),
        ("g", "mV", "give the sensor's sensitivity"),
        ("Pa", "g", "ask for a pressure unit"),
    ],
)
def test_what_no_factor_can_do_is_refused_with_what_can(old, new, advice):
    with pytest.raises(FactError, match=advice):
        factor(old, new)


@pytest.mark.parametrize(
    ("unit", "told"),
    [("gram", "unit 'gram' is not known"), ("G", "write g for standard gravity"), ("mm/s1", "did you mean 'mm/s")],
)
def test_an_unknown_unit_is_never_converted(unit, told):
    with pytest.raises(FactError, match=told) as caught:
        factor(unit, "g")
    assert "acceleration g, mg, m/s2" in str(caught.value)
    with pytest.raises(FactError, match=told):
        factor("g", unit)


@pytest.mark.parametrize(
    ("text", "volts", "unit"),
    [
        ("100 mV/g", 0.1, "g"),
        ("100mV/g", 0.1, "g"),
        ("1.0e2 mV per g", 0.1, "g"),
        ("10.2 mV/(m/s2)", 0.0102, "m/s2"),
        ("10.2 mV/m/s²", 0.0102, "m/s2"),
        ("4 mV/um", 0.004, "um"),
        ("-7.87 V/mm", -7.87, "mm"),
        ("0.2 V/mil", 0.2, "mil"),
        ("10 g/V", 0.1, "g"),
        ("0.01 g/mV", 0.1, "g"),
        ("50 m/s2/V", 0.02, "m/s2"),
        ("20 mV/(mm/s)", 0.02, "mm/s"),
        ("50 mV/Pa", 0.05, "Pa"),
        ("66 mV/A", 0.066, "A"),
    ],
)
def test_a_sensitivity_is_understood_in_every_usual_spelling(text, volts, unit):
    parsed = parse_sensitivity(text)
    assert parsed.unit == unit
    assert parsed.volts == pytest.approx(volts, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "mV/g", "100 mV", "100", "50 pC/g", "0 mV/g", "1e999 mV/g", "100 mV/V", "10,2 mV/g", "100 g", "100 mV/G"],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(FactError, match="100 mV/g"):
        parse_sensitivity(text)


@given(st.floats(1e-6, 1e6), st.sampled_from(["g", "m/s2", "um", "mm/s", "Pa"]))
def test_a_scale_per_volt_is_the_inverse_of_a_voltage_per_unit(number, unit):
    there, back = parse_sensitivity(f"{number!r} V/({unit})"), parse_sensitivity(f"{number!r} {unit}/V")
    assert math.isclose(there.volts * back.volts, 1.0, rel_tol=1e-9)
