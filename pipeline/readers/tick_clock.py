"""Ticks: the rate of a clock that counts whole units, such as timestamps in microseconds."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.readers.time_column import SECONDS, Clock

ROUNDED_TICKS = 1
"""Two steps of a steady clock differ by no more than this when every time is rounded to a tick."""


class TickClock(Clock):
    """A clock whose times are whole ticks: steps of 83 and 84 microseconds in turn are a steady 12 kHz.

    Args:
        unit: of a tick: `s`, `ms`, `us` or `ns`.

    Example:
        >>> clock = TickClock("us")
        >>> clock.feed_ticks(1_700_000_000_000_000 + np.round(np.arange(12001) / 0.012).astype(np.int64))
        >>> clock.rate_hz
        12000.0
    """

    def __init__(self, unit: str) -> None:
        super().__init__(unit)
        self.origin: int | None = None

    def feed_ticks(self, ticks: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_] | None = None) -> None:
        """The next piece of the column; counted from the first tick, because a double cannot hold today in ns."""
        if not ticks.size:
            return
        self.origin = int(ticks[0]) if self.origin is None else self.origin
        times: npt.NDArray[Any] = (ticks - self.origin).astype(np.float64)
        if missing is not None:
            times[missing] = math.nan
        self.feed(times)

    @property
    def rate_hz(self) -> float | None:
        """The rate of times that are steady before they were rounded to a tick; the whole rate where both fit."""
        rate_hz, span = super().rate_hz, self.last - self.first
        rounded = self.shortest >= 1 and self.longest - self.shortest <= ROUNDED_TICKS
        if rate_hz is not None or not rounded or not span > 0:
            return rate_hz
        rate_hz = (self.n_times - 1) / (span * SECONDS[self.unit])
        return float(round(rate_hz)) if abs(round(rate_hz) - rate_hz) * span <= rate_hz else rate_hz
