"""Units of rotation and of measurement, in one place.

Speeds are written by people in revolutions per minute and used by formulae in hertz; both wear their unit in
their name (`speed_rpm`, `speed_hz`). A channel's unit is text; `canonical` knows its usual spellings, `factor` converts
within one dimension. `g` is standard gravity, never gram. A unit that is not known is kept as text, never converted.
"""

import re
from collections.abc import Mapping

from pipeline.errors import FactError, did_you_mean

STANDARD_GRAVITY = 9.80665
"""Metres per second squared, exactly. Source: 3rd CGPM (1901)."""

INCH = 0.0254
"""Metres, exactly. Source: the international yard and pound agreement (1959)."""

DIMENSIONS: Mapping[str, Mapping[str, float]] = {
    "acceleration": {
        "g": STANDARD_GRAVITY,
        "mg": STANDARD_GRAVITY / 1000,
        "m/s2": 1.0,
        "cm/s2": 1e-2,
        "mm/s2": 1e-3,
        "in/s2": INCH,
    },
    "velocity": {"m/s": 1.0, "cm/s": 1e-2, "mm/s": 1e-3, "um/s": 1e-6, "in/s": INCH},
    "displacement": {"m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "in": INCH, "mil": INCH / 1000},
    "voltage": {"V": 1.0, "mV": 1e-3, "uV": 1e-6},
    "pressure": {"Pa": 1.0, "hPa": 1e2, "kPa": 1e3, "MPa": 1e6, "bar": 1e5, "mbar": 1e2, "psi": 6894.757293168361},
    "current": {"A": 1.0, "mA": 1e-3, "uA": 1e-6, "kA": 1e3},
    "force": {"N": 1.0, "kN": 1e3},
}
"""Dimension -> unit -> how many of the dimension's SI unit one is."""

MEASURED = tuple(unit for units in DIMENSIONS.values() for unit in units)
"""Units a channel may carry and that can be converted, in the house's spelling."""

MOTION = ("displacement", "velocity", "acceleration")
"""Each is the derivative of the one before."""

ALIASES = {
    "gn": "g",
    "g_n": "g",
    "g's": "g",
    "m/s/s": "m/s2",
    "m*s-2": "m/s2",
    "m.s-2": "m/s2",
    "mm/s/s": "mm/s2",
    "m*s-1": "m/s",
    "mm*s-1": "mm/s",
    "ips": "in/s",
    "inch": "in",
    "inch/s": "in/s",
    "mils": "mil",
    "thou": "mil",
    "micron": "um",
    "microns": "um",
    "micrometer": "um",
    "micrometre": "um",
    "volt": "V",
    "volts": "V",
    "millivolt": "mV",
    "millivolts": "mV",
    "pascal": "Pa",
    "ampere": "A",
    "amperes": "A",
    "amp": "A",
    "amps": "A",
    "newton": "N",
}
"""Other ways people write a unit, once powers, dots and the micro sign are spelt plainly; words in small letters."""


SPELLINGS = str.maketrans({"²": "2", "⁻": "-", "¹": "1", "µ": "u", "μ": "u", "·": "*", "⋅": "*"})


def hz_from_rpm(speed_rpm: float) -> float:
    """Revolutions per second.

    Example:
        >>> hz_from_rpm(1800)
        30.0
    """
    return speed_rpm / 60.0


def rpm_from_hz(speed_hz: float) -> float:
    """Revolutions per minute.

    Example:
        >>> rpm_from_hz(30)
        1800.0
    """
    return speed_hz * 60.0


def canonical(unit: str) -> str | None:
    """The house's spelling of a unit, or None for one that is not known.

    Letters keep their case (mV is not MV, and G may be gauss); only whole words may be written in any case.

    Example:
        >>> canonical("m/s²"), canonical("µm"), canonical("m / sec^2"), canonical("Volts"), canonical("furlong")
        ('m/s2', 'um', 'm/s2', 'V', None)
    """
    plain = re.sub(r"\s+|\^|\*\*|[()\[\]]", "", unit.translate(SPELLINGS))
    plain = re.sub(r"/sec(?![a-z])", "/s", plain)
    if plain in MEASURED:
        return plain
    return ALIASES.get(plain) or (ALIASES.get(plain.lower()) if len(plain) > 2 else None)


def dimension_of(unit: str) -> str | None:
    """What a unit measures, or None for an unknown one.

    Example:
        >>> dimension_of("mil"), dimension_of("counts")
        ('displacement', None)
    """
    name = canonical(unit)
    return next((dimension for dimension, units in DIMENSIONS.items() if name in units), None)


def factor(from_unit: str, to_unit: str) -> float:
    """What samples in one unit are multiplied by to be in another.

    Args:
        from_unit, to_unit: in any spelling `canonical` knows.

    Raises:
        FactError: for an unknown unit, or two that measure different things (with what to do instead).

    Example:
        >>> factor("g", "m/s^2"), factor("mil", "µm"), factor("in/s", "mm/s")
        (9.80665, 25.4, 25.4)
        >>> factor("g", "mm/s")
        Traceback (most recent call last):
        ...
        pipeline.errors.FactError: g is acceleration and mm/s is velocity: no factor leads from one to the other;
            integrate the signal first, or ask for an acceleration unit (g, mg, m/s2, cm/s2, mm/s2, in/s2)
    """
    (old, old_kind), (new, new_kind) = _known(from_unit), _known(to_unit)
    if old_kind != new_kind:
        advice = _advice(old_kind, new_kind)
        told = f"{old} is {old_kind} and {new} is {new_kind}: no factor leads from one to the other"
        raise FactError(f"{told}; {advice}")
    if old == new:
        return 1.0
    # Rounded to what a double can tell apart, so that an inch is 25.4 mm and not a last bit more.
    return float(f"{DIMENSIONS[old_kind][old] / DIMENSIONS[new_kind][new]:.15g}")


def _known(unit: str) -> tuple[str, str]:
    name, dimension = canonical(unit), dimension_of(unit)
    if name is None or dimension is None:
        hint = "; write g for standard gravity" if unit.strip() == "G" else did_you_mean(unit, MEASURED)
        raise FactError(f"unit '{unit}' is not known, so nothing can be converted{hint or ';'} known: {known_units()}")
    return name, dimension


def known_units() -> str:
    """Every unit that can be converted, in one line by what it measures.

    Example:
        >>> known_units()[:32]
        'acceleration g, mg, m/s2, cm/s2,'
    """
    return "; ".join(f"{dimension} {', '.join(units)}" for dimension, units in DIMENSIONS.items())


def _advice(old: str, new: str) -> str:
    stay = f"ask for {'an' if old[0] in 'aeiou' else 'a'} {old} unit ({', '.join(DIMENSIONS[old])})"
    if "voltage" in (old, new):
        return "give the sensor's sensitivity, such as '100 mV/g'"
    if old in MOTION and new in MOTION:
        verb = "differentiate" if MOTION.index(old) < MOTION.index(new) else "integrate"
        return f"{verb} the signal first, or {stay}"
    return stay
