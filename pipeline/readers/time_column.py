"""Time columns: which column is a clock, and what sampling rate its steps state."""

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

JITTER = 1e-3
"""Steps that differ from their mean by more than this share are no steady clock."""

DAY_S = 86400.0

SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3}
SECONDS |= dict.fromkeys(("us", "usec", "\u00b5s", "\u03bcs"), 1e-6) | {"ns": 1e-9, "min": 60.0}
TIME_NAME = re.compile(
    r"(?:time[ _]?stamps?|(?:elapsed[ _]|relative[ _])?time|t|zeit|x_value)"
    r"(?:\s*[\[(]\s*(?P<bracketed>[^\])]*?)\s*[\])]|(?:[ _]|\s*[/,]\s*)(?P<joined>\w+))?"
)
TIME_OF_DAY = r"(?P<h>\d{1,2}):(?P<m>\d{2}):(?P<s>\d{2}(?:[.,]\d+)?)(?:\s*(?P<half>[AaPp])[Mm])?"


def time_unit(name: str) -> str | None:
    """The unit of a time column, empty where its name is bare; None for a column that is no clock.

    Example:
        >>> time_unit("Time (ms)"), time_unit("t"), time_unit("time_s"), time_unit("Zeit/s"), time_unit("time lag")
        ('ms', '', 's', 's', None)
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
        if not self._is_steady(step):
            return None
        rate_hz = 1.0 / (step * scale)
        doubt = (self.longest - self.shortest) / span + 1e-9
        return float(round(rate_hz)) if abs(round(rate_hz) - rate_hz) <= doubt * rate_hz else rate_hz

    def _is_steady(self, step: float) -> bool:
        # NaN among the times makes the comparison false.
        return max(self.longest - step, step - self.shortest) < JITTER * step

    @property
    def silence(self) -> str | None:
        """Why the times state no rate, in words; None where they do, or where there are too few to say.

        Example:
            >>> clock = Clock("s")
            >>> clock.feed(np.round(np.arange(1200) / 12000, 6))
            >>> clock.silence
            'the steps of its times go from 8.3e-05 to 8.4e-05 s, no steady clock: too few decimals, ...'
        """
        if self.rate_hz is not None or self.n_times < 2:
            return None
        if (self.unit or "s") not in SECONDS:
            return f"its times are in '{self.unit}', and s, ms, us, ns or min are known"
        if self.whole and not self.unit:
            return "its times are whole numbers without a unit, which may count samples or milliseconds"
        if not math.isfinite(self.longest - self.shortest):
            return "some of its times are missing"
        steps = f"the steps of its times go from {self.shortest:.4g} to {self.longest:.4g} {self.unit or 's'}"
        said = f"{steps}, no steady clock: too few decimals, or samples lost"
        scale, span = SECONDS[self.unit or "s"], self.last - self.first
        return f"{said} (their mean is that of {(self.n_times - 1) / span / scale:.6g} Hz)" if span > 0 else said


class DayClock(Clock):
    """A clock of times of day, in seconds; a step back by more than half a day is midnight.

    Example:
        >>> clock = DayClock()
        >>> clock.feed(np.array([86399.0, 86399.5, 0.0, 0.5]))
        >>> clock.rate_hz
        2.0
    """

    def __init__(self) -> None:
        super().__init__("s")
        self.n_midnights = 0
        self.before = math.nan

    def feed(self, times: npt.NDArray[np.floating[Any]]) -> None:
        """The next piece of the column."""
        if not times.size:
            return
        steps = np.diff(times, prepend=self.before if self.n_times else times[0])
        days = np.cumsum(steps < -DAY_S / 2) + self.n_midnights
        self.before, self.n_midnights = float(times[-1]), int(days[-1])
        super().feed(times + DAY_S * days)


def seconds_of_day(moments: Any) -> npt.NDArray[np.float64]:
    """Times of day, with or without a date before them, in seconds since midnight.

    Args:
        moments: a pyarrow array of texts.

    Returns:
        Shape (time,); NaN for what is no time of day.

    Example:
        >>> import pyarrow
        >>> seconds_of_day(pyarrow.array(["2024-01-31 12:00:00.25", "1:00:00 PM", "late"]))
        array([43200.25, 46800.  ,      nan])
    """
    import pyarrow
    from pyarrow import compute

    # A text that does not fit gives nulls, whose parts are empty texts.
    parts = compute.extract_regex(moments, TIME_OF_DAY)
    fields = {name: parts.field(name) for name in ("h", "m", "s")}
    fields["s"] = compute.replace_substring(fields["s"], ",", ".")
    hours, minutes, seconds = (
        compute.if_else(parts.is_valid(), field, None).cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
        for field in fields.values()
    )
    halves = parts.field("half").to_numpy(zero_copy_only=False)
    if (halves != "").any():
        is_half = halves != ""
        hours = np.where(is_half, hours % 12 + 12 * np.isin(halves, ["P", "p"]), hours)
    return np.asarray(hours * 3600.0 + minutes * 60.0 + seconds, dtype=np.float64)
