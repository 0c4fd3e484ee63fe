"""Facts: what flag, side file, catalog and file say of one signal, merged by authority."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear

TOLERANCE = 0.005
"""Numbers closer than this, relative to the larger one, do not contradict each other (1797 and 1800 rpm)."""


class MergedFacts(NamedTuple):
    """What holds, who said it, and who else said something different.

    Attributes:
        values: fact -> the value of the first speaker that knows it.
        origins: fact -> that speaker.
        warnings: one line per later speaker that says something different.
    """

    values: dict[str, Any]
    origins: dict[str, str]
    warnings: tuple[str, ...]


def merge_facts(speakers: Sequence[tuple[str, Mapping[str, Any]]]) -> MergedFacts:
    """Take every fact from the first speaker that knows it; a later difference is a warning, never an error.

    Args:
        speakers: (who, what they say) in order of authority: flag, side file, catalog, file. None is silence.
            Bearings and gears are compared by their orders, so resolve names first (`bearing_of`, `gear_of`).

    Example:
        >>> merged = merge_facts([("flag", {"speed_rpm": 1797}), ("side file", {"speed_rpm": 1772, "load": "2 HP"})])
        >>> merged.values, merged.origins
        ({'speed_rpm': 1797, 'load': '2 HP'}, {'speed_rpm': 'flag', 'load': 'side file'})
        >>> merged.warnings
        ('speed_rpm: using 1797 (flag), but side file says 1772',)
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    warnings: list[str] = []
    for speaker, said in speakers:
        for name, value in said.items():
            if value is None:
                continue
            if name not in values:
                values[name], origins[name] = value, speaker
            elif _differ(values[name], value):
                used = f"{_told(values[name])} ({origins[name]})"
                warnings.append(f"{name}: using {used}, but {speaker} says {_told(value)}")
    return MergedFacts(values, origins, tuple(warnings))


def _differ(used: Any, other: Any) -> bool:
    used, other = _comparable(used), _comparable(other)
    if isinstance(used, tuple) and isinstance(other, tuple) and len(used) == len(other):
        return any(_differ(*pair) for pair in zip(used, other, strict=True))
    if isinstance(used, Real) and isinstance(other, Real):
        return not math.isclose(used, other, rel_tol=TOLERANCE)
    return bool(used != other)


def _comparable(value: Any) -> Any:
    """Parts are equal when they turn alike, whatever they are called."""
    if isinstance(value, Bearing):
        return tuple(value.orders)
    if isinstance(value, Gear):
        return (value.mesh_order, *value.wheel_orders)
    return tuple(value) if isinstance(value, list) else value


def _told(value: Any) -> str:
    if isinstance(value, Bearing | Gear):
        return value.name or str(value)
    return f"{value:.10g}" if isinstance(value, Real) else str(value)
