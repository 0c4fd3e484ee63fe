"""In percent: figures as the plain, rounded values of JSON; None where a figure is not defined."""

import math
from typing import Any

from pipeline.evaluation.share import Share


def percent(value: float | None) -> float | None:
    """A share, 0 to 1, in percent.

    Example:
        >>> percent(0.12345), percent(float("nan"))
        (12.35, None)
    """
    return None if value is None or math.isnan(value) else round(100 * float(value), 2)


def rounded(value: float | None) -> float | None:
    """A figure that is no share, with four digits after the point."""
    return None if value is None or math.isnan(value) else round(float(value), 4)


def told(found: Share | None) -> dict[str, Any] | None:
    """A share with its interval and what was counted.

    Example:
        >>> told(Share(0.5, 0.0126, 0.9874, 0.5, 2, 2))
        {'value': 50.0, 'low': 1.26, 'high': 98.74, 'of_recordings': 50.0, 'n': 2, 'specimens': 2}
    """
    if found is None:
        return None
    edges = {name: percent(getattr(found, name)) for name in ("value", "low", "high", "of_recordings")}
    return edges | {"n": found.n_recordings, "specimens": found.n_specimens}
