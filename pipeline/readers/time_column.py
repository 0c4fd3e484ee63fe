"""Time columns: which column is a clock, and what sampling rate its steps state."""

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

JITTER = 1e-3
"""Steps that differ from their mean by more than this share are no steady clock."""

SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
TIME_NAME = re.compile(r"(?:time|timestamp|t)(?:\s*[\[(]\s*(?P<bracketed>[^\])]*?)\s*[\])]|[ _](?P<joined>\w+))?")


def time_unit(name: str) -> str | None:
    """The unit of a time column, empty where its name is bare; None for a column that is no clock.

    Example:
        >>> time_unit("Time (ms)"), time_unit("t"), time_unit("time_s"), time_unit("a1"), time_unit("time lag")
        ('ms', '', 's', None, None)
    """
    found = TIME_NAME.fullmatch(name.strip().lower())
    if not found or (found["joined"] and found["joined"] not in SECONDS):
        return None
    return found["bracketed"] or found["joined"] or ""


class Clock:
    """A time column, fed piece by piece; it keeps the shortest and longest step, not the times.

    Args:
        unit: of the times, as `time_unit` tells it; a bare name means seconds.

    Example:
        >>> clock = Clock("ms")
        >>> clock.feed(np.arange(0, 500) / 12.0)
        >>> clock.feed(np.arange(500, 1000) / 12.0)
        >>> clock.rate_hz
        12000.0
    """

    def __init__(self, unit: str = "") -> None:
        self.unit = unit
        self.n_times = 0
        self.first = self.last = math.nan
        self.shortest, self.longest = math.inf, -math.inf
        self.whole = True

    def feed(self, times: npt.NDArray[np.floating[Any]]) -> None:
        """The next piece of the column."""
        if not times.size:
            return
        steps = np.diff(times, prepend=self.last if self.n_times else times[0])[0 if self.n_times else 1 :]
        self.first = self.first if self.n_times else float(times[0])
        self.last = float(times[-1])
        self.n_times += times.size
        self.whole = self.whole and bool(np.all(times == np.floor(times)))
        if steps.size:
            self.shortest = float(np.minimum(self.shortest, steps.min()))
            self.longest = float(np.maximum(self.longest, steps.max()))

    @property
    def rate_hz(self) -> float | None:
        """The rate the times state.

        None for times without steady steps forward, of an unknown unit, or whole numbers without a unit (they may
        count samples, or milliseconds). Where the printed digits cannot tell the mean step from that of a whole
        rate, it is the whole rate.
        """
        scale = SECONDS.get(self.unit or "s")
        span = self.last - self.first
        if scale is None or (self.whole and not self.unit) or not (self.n_times > 1 and span > 0):
            return None
        step = span / (self.n_times - 1)
        # NaN among the times makes the comparison false.
        if not max(self.longest - step, step - self.shortest) < JITTER * step:
            return None
        rate_hz = 1.0 / (step * scale)
        doubt = (self.longest - self.shortest) / span + 1e-9
        return float(round(rate_hz)) if abs(round(rate_hz) - rate_hz) <= doubt * rate_hz else rate_hz
