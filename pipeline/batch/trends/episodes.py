"""Episodes: the spans of time in which a trend is high, by persistence and hysteresis."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Episode(NamedTuple):
    """A span of recordings.

    Attributes:
        first: the first high recording of those that opened it.
        opened: the recording with which it opened.
        closed: the one with which it closed; None where it is open still.
    """

    first: int
    opened: int
    closed: int | None


def episodes(values: npt.NDArray[np.float64], on: float, off: float, needed: int, of: int) -> list[Episode]:
    """When a trend is high.

    Args:
        values: in time, shape (recording,); NaN is a recording that says nothing, and is passed over.
        on: high from here on.
        off: low below.
        needed, of: it opens with `needed` of the last `of` recordings high, and closes with `of` in a row low.

    Example:
        >>> episodes(np.array([0.9, 0.1, 0.9, 0.9, 0.6, 0.6, 0.1, 0.1, 0.1]), on=0.8, off=0.5, needed=2, of=3)
        [Episode(first=0, opened=2, closed=8)]
    """
    found: list[Episode] = []
    high: list[int] = []
    seen: list[int] = []
    low = 0
    for place in np.flatnonzero(np.isfinite(values)).tolist():
        seen = [*seen, place][-of:]
        high = [one for one in [*high, *([place] if values[place] >= on else [])] if one >= seen[0]]
        low = low + 1 if values[place] < off else 0
        if found and found[-1].closed is None:
            if low >= of:
                found[-1] = found[-1]._replace(closed=place)
                high, seen = [], []
        elif len(high) >= needed:
            found.append(Episode(high[0], place, None))
    return found
