"""Stated: which stored numbers and texts say something Faultprint has a word for. Only plain names count."""

import math
import re
from collections.abc import Mapping, Set
from typing import Any

from pipeline.units import rpm_from_hz

RATE_NAME = re.compile(r"(?i:rate_hz|sr|sampl(?:e|ing)_?(?:rate|freq|frequency)(?:_hz)?)|[Ff]_?s(?:_[Hh]z)?")
"""`fs`, `sr`, `sampling_rate`, ...; not a bare `rate` (MFPT's is the shaft's), nor `FS` (full scale)."""

RPM_NAME = re.compile(r"(x\d+_?)?(shaft_?speed_?|shaft_?|speed_?)?rpm")
"""`RPM`, `speed_rpm`, and CWRU's `X105RPM`."""

FAULT_LINES = ("BPFO", "BPFI", "FTF", "BSF")
"""Fault frequencies in hertz, by the names the field gives them; kept as `bpfo_hz` and so on, to be checked."""

FACTS = ("speed_rpm", "load", *(f"{name.lower()}_hz" for name in FAULT_LINES))
"""What a file may state of a machine; rate and unit belong to a channel."""

MFPT_FIELDS = frozenset({"gs", "sr", "rate", "load"})
"""Beside these, `rate` is shaft turns per second (MFPT fault data sets, E. Bechhoefer)."""


STEP_NAMES = frozenset({"dt", "dt_s", "increment", "wf_increment"})
"""Attributes that state the time between two samples in seconds (LabVIEW's waveforms, and people's habit)."""


def stated_facts(values: Mapping[str, Any], beside: Set[str] = frozenset()) -> dict[str, Any]:
    """What the numbers and texts of one place (a file, a struct) say.

    Args:
        values: name -> number or text.
        beside: every name of that place, arrays included.

    Returns:
        Some of rate_hz, unit and FACTS. What two names say differently is left out.

    Example:
        >>> stated_facts({"X105RPM": 1797.0})
        {'speed_rpm': 1797.0}
        >>> stated_facts({"sr": 48828.0, "rate": 25.0, "load": "50"}, beside={"gs", "sr", "rate", "load"})
        {'rate_hz': 48828.0, 'speed_rpm': 1500.0, 'load': '50'}
        >>> stated_facts({"rate": 25.0})
        {}
    """
    numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
    found: dict[str, list[Any]] = {
        "rate_hz": [value for name, value in numbers.items() if RATE_NAME.fullmatch(name)],
        "speed_rpm": [value for name, value in numbers.items() if RPM_NAME.fullmatch(name.lower())],
        "load": [values["load"]] if "load" in values else [],
        "unit": [values[name] for name in ("unit", "units") if isinstance(values.get(name), str)],
    }
    found |= {f"{name.lower()}_hz": [numbers[name]] for name in FAULT_LINES if name in numbers}
    if beside >= MFPT_FIELDS and "rate" in numbers:
        found["speed_rpm"].append(rpm_from_hz(numbers["rate"]))
    return {word: said[0] for word, said in found.items() if agreed(said)}


def agreed(said: list[Any]) -> bool:
    """Whether something is said, with one voice, and is not NaN or infinite.

    Example:
        >>> agreed([1797.0]), agreed([1797.0, 1772.0]), agreed([math.nan])
        (True, False, False)
    """
    return len(set(said)) == 1 and (isinstance(said[0], str) or math.isfinite(said[0]))
