"""Condition in words: rate and speed of a signal, and who stated them."""

from collections.abc import Mapping
from typing import Any

from pipeline.reporting.wording import plain

TOLD_WITH_ITS_VALUE = ("rate_from", "speed_from", "seen_in_training")


def speed_words(condition: Mapping[str, Any]) -> str:
    """The speed, and who stated it.

    Example:
        >>> speed_words({"speed_rpm": 1772.0, "speed_from": "side file"}), speed_words({})
        ('1772 rpm (side file)', 'not known')
    """
    return _stated(condition, "speed", "rpm", decimals=1)


def condition_words(condition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """All that is known of a condition, as (name, words).

    Example:
        >>> condition_words({"rate_hz": 12000.0, "speed_rpm": 1772.0, "seen_in_training": False, "load": "2 HP"})
        [('sampling rate', '12000 Hz'), ('speed', '1772 rpm; not within what training saw'), ('load', '2 HP')]
    """
    rows = []
    for name, value in condition.items():
        if name == "rate_hz":
            rows.append(("sampling rate", _stated(condition, "rate", "Hz", decimals=2)))
        elif name == "speed_rpm":
            rows.append(("speed", speed_words(condition) + _familiar(condition.get("seen_in_training"))))
        elif name not in TOLD_WITH_ITS_VALUE and value is not None:
            rows.append((plain(name), f"{value:.6g}" if isinstance(value, float) else str(value)))
    return rows


def _familiar(seen_in_training: bool | None) -> str:
    if seen_in_training is None:
        return ""
    return f"; {'within' if seen_in_training else 'not within'} what training saw"


def _stated(condition: Mapping[str, Any], fact: str, unit: str, decimals: int) -> str:
    value, speaker = condition.get(f"{fact}_{unit.lower()}"), condition.get(f"{fact}_from")
    if value is None:
        return "not known"
    # No exponents, however high the rate.
    number = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return f"{number} {unit}" + (f" ({speaker})" if speaker else "")
