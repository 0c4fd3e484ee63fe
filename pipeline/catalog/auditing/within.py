"""Within: whether a label lies higher or lower than all others wherever point and operating condition are the same."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.catalog.auditing.neighbours import Bools, Floats


class Within(NamedTuple):
    """One label against the rest, compared only where point and condition are the same.

    Attributes:
        score: share of comparisons that go the same way, 0.5 to 1.
        n_compared: how many comparisons there were.
        point: where, "" for everywhere.
    """

    score: float
    n_compared: int
    point: str = ""


def within(values: Floats, has: Bools, places: Sequence[tuple[str, str]]) -> Within:
    """The clearest of: all points together, and each point alone.

    Args:
        values: shape (signal,).
        has: whether a signal has the label, shape (signal,).
        places: (point, condition) of each signal.

    Example:
        >>> values = np.array([1.0, 2.0, 11.0, 12.0])
        >>> within(values, np.array([True, False, True, False]), [("a", "idle")] * 2 + [("b", "idle")] * 2)
        Within(score=1.0, n_compared=2, point='')
    """
    found = [compared(values, has, places)]
    for point in sorted({point for point, _ in places}):
        here = np.array([place[0] == point for place in places])
        inside = [place for place in places if place[0] == point]
        found.append(compared(values[here], has[here], inside)._replace(point=point))
    return max(found, key=lambda one: one.score if one.n_compared >= FEWEST_COMPARED else 0.0)


FEWEST_COMPARED = 4
"""Fewer comparisons that agree are no remark."""


def compared(values: Floats, has: Bools, places: Sequence[tuple[str, str]]) -> Within:
    """Every signal with the label against every one without, place by place."""
    above, count = 0.0, 0
    for place in sorted(set(places)):
        here = np.array([other == place for other in places])
        apart = values[here & has][:, None] - values[here & ~has][None, :]
        above += float((apart > 0).sum() + 0.5 * (apart == 0).sum())
        count += apart.size
    return Within(max(above, count - above) / count, count) if count else Within(0.5, 0)
