"""Times: when a command runs, every so many minutes or by a cron expression."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.batch.scheduling.zone import local_zone
from pipeline.errors import RequestError

MINUTES = {"m": 1, "h": 60, "d": 1440}
LONGEST_MINUTES = 60 * 24 * 28
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""As cron counts them, from 0."""


@dataclass(frozen=True)
class Times:
    """When a command runs: exactly one of two.

    Attributes:
        every_minutes: at once, and then as often.
        cron: five fields, in this machine's time zone.
    """

    every_minutes: int | None = None
    cron: str | None = None

    def __str__(self) -> str:
        return self.cron if self.cron is not None else f"every {self.every_minutes} minutes"

    @property
    def at_once(self) -> bool:
        """Whether the first run is now; the trigger tells those after it."""
        return self.cron is None

    def trigger(self) -> Any:
        """As APScheduler takes it."""
        from apscheduler.triggers.cron import CronTrigger
        from apscheduler.triggers.interval import IntervalTrigger

        if self.cron is None:
            return IntervalTrigger(minutes=self.every_minutes)
        minute, hour, day, month, weekday = self.cron.split()
        return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekdays(weekday))

    def first(self, at: datetime) -> datetime | None:
        """The first run from a moment on; None where it never comes, such as on the 31st of February."""
        found: datetime | None = at if self.at_once else self.trigger().get_next_fire_time(None, at)
        return found

    def as_cron(self) -> str:
        """The same as a cron expression.

        Raises:
            RequestError: for minutes that no cron expression says.

        Example:
            >>> [Times(every_minutes=minutes).as_cron() for minutes in (15, 120, 1440)]
            ['*/15 * * * *', '0 */2 * * *', '0 0 * * *']
        """
        if self.cron is not None:
            return self.cron
        assert self.every_minutes is not None
        hours, minutes = divmod(self.every_minutes, 60)
        if not hours and 60 % minutes == 0:
            return f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
        if not minutes and 24 % hours == 0:
            return "0 0 * * *" if hours == 24 else f"0 */{hours} * * *" if hours > 1 else "0 * * * *"
        raise RequestError(
            f"cron cannot say every {self.every_minutes} minutes; give --cron, or minutes that divide an hour"
        )


def times_of(every: str | None, cron: str | None) -> Times:
    """What `--every` and `--cron` mean.

    Raises:
        RequestError: for both, neither, or what cannot be followed.

    Example:
        >>> times_of("2h", None), times_of(None, "30 2 * * mon-fri")
        (Times(every_minutes=120, cron=None), Times(every_minutes=None, cron='30 2 * * mon-fri'))
    """
    if (every is None) == (cron is None):
        raise RequestError("schedule: needs one of --every 15m and --cron '0 2 * * *'")
    local_zone()  # one that is none is no fault of the times
    if cron is not None:
        return Times(cron=_checked(" ".join(cron.split())))
    found = re.fullmatch(r"(\d{1,6})([mhd]?)", every or "")
    minutes = int(found[1]) * MINUTES[found[2] or "m"] if found else 0
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise RequestError(f"--every {every}: needs minutes, hours or days up to 28 days, such as 15m, 2h or 1d")
    return Times(every_minutes=minutes)


def _checked(cron: str) -> str:
    fields = cron.split()
    if len(fields) != 5:
        raise RequestError(f"--cron '{cron}': needs five fields (minute hour day month weekday), got {len(fields)}")
    if fields[2] != "*" and fields[4] != "*":
        raise RequestError(
            f"--cron '{cron}': a day of the month and a weekday together mean different things to different "
            "schedulers; give one of them"
        )
    try:
        first = Times(cron=cron).first(datetime.now().astimezone())
    except ModuleNotFoundError:
        raise RequestError("schedule: needs APScheduler; pip install 'faultprint[batch]'") from None
    except (ValueError, KeyError) as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise RequestError(f"--cron '{cron}': {said}; such as '30 2 * * mon-fri'") from None
    if first is None:
        raise RequestError(f"--cron '{cron}': there is no such day; such as '30 2 1 * *', the first of every month")
    return cron


def weekdays(field: str) -> str:
    """A cron expression's weekdays by their names, because schedulers count them from different days.

    Raises:
        ValueError: for what is no weekday.

    Example:
        >>> weekdays("1-5"), weekdays("0,6"), weekdays("fri-7"), weekdays("*")
        ('mon,tue,wed,thu,fri', 'sun,sat', 'sun,fri,sat', '*')
    """
    if field == "*":
        return field
    days = {day % 7 for part in field.split(",") for day in _days(part)}
    return ",".join(WEEKDAYS[day] for day in sorted(days))


def _days(part: str) -> range:
    span, _, step = part.partition("/")
    first, dash, last = ("0", "-", "6") if span == "*" else span.partition("-")
    low = _day(first)
    high = _day(last) if dash else (6 if step else low)
    if high < low:
        raise ValueError(f"'{part}' ends before it begins")
    return range(low, high + 1, int(step or 1))


def _day(word: str) -> int:
    if word.isdecimal() and int(word) <= 7:
        return int(word)
    if word.lower() in WEEKDAYS:
        return WEEKDAYS.index(word.lower())
    raise ValueError(f"'{word}' is no weekday")
