"""Facts: what a user states of files, by flags; what cannot be true is refused before anything is read."""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.catalog.opening import checked_flags
from pipeline.readers.choose import reader_named
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of
from pipeline.signals.signal import checked_rate, checked_speed


def checked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Flags that can be true; bearing and gear as parts.

    Raises:
        RequestError: for an unknown flag or reader.
        FactError: for an impossible rate or speed, or a bearing nobody knows.

    Example:
        >>> checked_facts({"speed_rpm": 1797, "unit": None, "bearing": "6205"})["bearing"].name
        '6205-2RS JEM'
    """
    checks: dict[str, Callable[[Any], Any]] = {
        "rate_hz": lambda rate_hz: checked_rate(rate_hz, "--rate-hz"),
        "speed_rpm": lambda speed_rpm: checked_speed(speed_rpm, "--speed-rpm"),
        "bearing": bearing_of,
        "reader": _known_reader,
        "gear": gear_of,
    }
    return {key: checks[key](value) if key in checks else value for key, value in checked_flags(facts).items()}


def _known_reader(name: str) -> str:
    reader_named(name)  # raises for a name nobody registered
    return name
