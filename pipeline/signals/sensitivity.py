"""Sensitivity: how many volts a sensor gives for a unit of what it measures, as people write it."""

import math
import re
from typing import NamedTuple

from pipeline.errors import FactError
from pipeline.units import DIMENSIONS, canonical, dimension_of

SENSITIVITY_ADVICE = "write it as '100 mV/g', '10.2 mV/(m/s2)', '4 mV/um' or '10 g/V'"


class Sensitivity(NamedTuple):
    """What a sensor gives: `volts` per one `unit`; negative for one that answers upside down."""

    volts: float
    unit: str


def parse_sensitivity(text: str) -> Sensitivity:
    """A sensor's sensitivity as people write it.

    Args:
        text: a number, a voltage per unit ("100 mV/g", "10.2 mV/(m/s2)", "4 mV/um", "100 mV per g"), or a unit per
            voltage, as loggers state scales ("10 g/V").

    Raises:
        FactError: when it is none of these, or zero.

    Example:
        >>> parse_sensitivity("100 mV/g"), parse_sensitivity("4 mV/µm").unit, parse_sensitivity("10 g/V")
        (Sensitivity(volts=0.1, unit='g'), 'um', Sensitivity(volts=0.1, unit='g'))
    """
    number, rest = _number_first(text)
    for stroke in re.finditer(r"/|\bper\b", rest):
        above, below = rest[: stroke.start()], rest[stroke.end() :]
        for voltage, unit, volts in ((above, below, number), (below, above, 1 / number)):
            if dimension_of(voltage) == "voltage" and dimension_of(unit) not in (None, "voltage"):
                scale = DIMENSIONS["voltage"][str(canonical(voltage))]
                return Sensitivity(float(f"{volts * scale:.15g}"), str(canonical(unit)))
    raise FactError(f"sensitivity '{text}' is not understood; {SENSITIVITY_ADVICE}")


def _number_first(text: str) -> tuple[float, str]:
    found = re.fullmatch(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\D.*)", text)
    if found is None or float(found[1]) == 0 or not math.isfinite(float(found[1])):
        raise FactError(f"sensitivity '{text}' needs a number other than zero and a unit; {SENSITIVITY_ADVICE}")
    return float(found[1]), found[2]
