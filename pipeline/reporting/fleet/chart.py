"""Chart: a trend as a line in a picture of fixed size, of few enough points to draw at once, none of its peaks lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CELLS = 240
"""Of each the lowest and the highest value is drawn."""

DOTS_BELOW = 40
"""A line through fewer recordings shows each as a dot, too."""


@dataclass(frozen=True)
class Frame:
    """Where a picture's values lie.

    Attributes:
        width, height: of the picture, in its own units.
        start, end: of time; the same moment where there is one alone.
        low, high: of the values at the lower and the upper edge.
    """

    width: float
    height: float
    start: datetime
    end: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        """Where a moment lies, from the left.

        Example:
            >>> first, second, last = datetime(2026, 5, 4), datetime(2026, 5, 5), datetime(2026, 5, 8)
            >>> Frame(100, 50, first, last, 0, 1).x(second)
            25.0
        """
        span_s = (self.end - self.start).total_seconds()
        return self.width * ((at - self.start).total_seconds() / span_s if span_s else 0.5)

    def y(self, value: float) -> float:
        """Where a value lies, from the top; beyond the edges it is drawn on them."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.height * (1.0 - min(max(share, 0.0), 1.0))

    def ticks(self) -> list[tuple[float, str]]:
        """Dates at equal steps; one where all is of one day."""
        moments = [self.start + (self.end - self.start) * k / 3 for k in range(4)]
        named = {f"{moment:%Y-%m-%d}": self.x(moment) for moment in reversed(moments)}
        return [(place, name) for name, place in reversed(named.items())]


def points(frame: Frame, at: Sequence[datetime], values: Floats) -> list[tuple[float, float]]:
    """Where the known values of a trend lie in a picture.

    Args:
        frame: of the picture.
        at: times, ascending.
        values: shape (recording,), NaN where unknown.
    """
    known = np.flatnonzero(np.isfinite(values))
    return [(round(frame.x(at[k]), 1), round(frame.y(float(values[k])), 1)) for k in thinned(values, known)]


def thinned(values: Floats, known: npt.NDArray[np.intp], cells: int = CELLS) -> list[int]:
    """Places of a trend that are drawn: of each of some cells of equal length the lowest and the highest.

    Example:
        >>> thinned(np.array([1.0, 9.0, 0.0, 2.0, -5.0, 3.0]), np.arange(6), cells=2)
        [0, 1, 2, 4, 5]
    """
    if len(known) <= 2 * cells:
        return list(map(int, known))
    kept = {int(known[0]), int(known[-1])}
    for part in np.array_split(known, cells):
        kept |= {int(part[np.argmin(values[part])]), int(part[np.argmax(values[part])])}
    return sorted(kept)


def line(places: Sequence[tuple[float, float]]) -> str:
    """A line as SVG's `points`.

    Example:
        >>> line([(0.0, 1.0), (2.5, 3.0)])
        '0,1 2.5,3'
    """
    return " ".join(f"{x:g},{y:g}" for x, y in places)
