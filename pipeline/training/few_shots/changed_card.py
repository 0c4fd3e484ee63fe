"""Changed card: what a bundle tells of itself once it has learned another label."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.models.bundle import ModelCard
from pipeline.training.trained_on import conditions_of
from pipeline.training.window_set import WindowSet


def changed_card(card: ModelCard, labels: Sequence[str], windows: WindowSet) -> ModelCard:
    """The card of a model that has seen more recordings; what was exported or calibrated is of the old one."""
    seen = merged(card.trained_on, conditions_of(windows))
    update = {"labels": tuple(labels), "trained_on": seen, "exports": {}, "calibration": None}
    return card.model_copy(update=update)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What training saw, earlier and now.

    Example:
        >>> merged({"windows": 3, "recordings": ["a"]}, {"windows": 2, "recordings": ["b"], "speeds_rpm": [900, 1000]})
        {'windows': 5, 'recordings': ['a', 'b'], 'speeds_rpm': [900, 1000]}
        >>> merged({"specimens": 2, "specimen_names": ["a", "b"]}, {"specimens": 1, "specimen_names": ["b"]})
        {'specimens': 2, 'specimen_names': ['a', 'b']}
    """
    known = {*old.get("specimen_names", ())} & {*new.get("specimen_names", ())}
    both: dict[str, Any] = {**old}
    for key, value in new.items():
        before = old.get(key)
        if not before or not value:
            both[key] = before or value
        elif key in ("speeds_rpm", "rates_hz"):
            both[key] = _wider(before, value)
        elif key == "operating":
            both[key] = before | {name: _wider(before.get(name, span), span) for name, span in value.items()}
        elif isinstance(value, list):
            both[key] = sorted({*before, *value})
        else:
            both[key] = before + value - (len(known) if key == "specimens" else 0)
    return both


def _wider(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """The span of two spans."""
    return [min(one[0], other[0]), max(one[1], other[1])]
