"""Familiar: whether a signal was taken under conditions that training saw: rate, speed, load, temperature."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.signals.signal import Signal

MARGIN = 0.02
"""Beyond the span that training saw, as a share: what a motor's slip or a rounded name plate makes."""


class Familiarity(NamedTuple):
    """How a signal's conditions compare with those of the training side.

    Attributes:
        seen: whether all that can be compared lie within what training saw; None where nothing can be compared.
        warnings: one line for each that does not.
    """

    seen: bool | None
    warnings: tuple[str, ...]


def familiarity(signal: Signal, trained_on: Mapping[str, Any]) -> Familiarity:
    """Compare a signal, as recorded, with what a model's card says of its training side.

    Example:
        >>> import numpy as np
        >>> signal = Signal(np.zeros(8), rate_hz=12000.0, speed_rpm=2400.0)
        >>> familiarity(signal, {"speeds_rpm": [1730, 1797]}).warnings[0]
        'speed 2400 rpm lies outside what training saw (1730 to 1797 rpm): nothing is promised there'
    """
    compared = list(_compared(signal, trained_on))
    if not compared:
        return Familiarity(None, ())
    told = [
        f"{name} {value:g}{unit} lies outside what training saw ({_span(low, high)}{unit}): nothing is promised there"
        for name, unit, value, (low, high) in compared
        if not low - MARGIN * abs(low) <= value <= high + MARGIN * abs(high)
    ]
    return Familiarity(not told, tuple(told))


def _compared(signal: Signal, trained_on: Mapping[str, Any]) -> Iterator[tuple[str, str, float, tuple[float, float]]]:
    """Name, unit, value, and the span that training saw, of every condition that both know."""
    own = {"speeds_rpm": ("speed", " rpm", signal.speed_rpm), "rates_hz": ("sampling rate", " Hz", signal.rate_hz)}
    for key, (name, unit, value) in own.items():
        if value is not None and trained_on.get(key):
            yield name, unit, value, trained_on[key]
    for name, span in (trained_on.get("operating") or {}).items():
        stated = signal.condition.get(name)
        if isinstance(stated, int | float):
            yield name, "", float(stated), span


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
