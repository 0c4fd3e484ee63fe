"""When a command runs: as cron means it, whatever the scheduler counts weekdays from."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.batch.scheduling.times import Times, times_of
from pipeline.errors import RequestError

pytest.importorskip("apscheduler", reason="needs the extra batch")
SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)


def weekdays_of(cron: str) -> set[str]:
    """On which days of a week a cron expression fires."""
    trigger, at, found = times_of(None, cron).trigger(), SUNDAY, set()
    while (fires := trigger.get_next_fire_time(None, at)) < SUNDAY + timedelta(days=7):
        found.add(f"{fires:%a}")
        at = fires + timedelta(hours=1)
    return found


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("0-2", "Sun Mon Tue"),
        ("5-7", "Fri Sat Sun"),
        ("*/2", "Sun Tue Thu Sat"),
        ("mon,3", "Mon Wed"),
        ("sat-7", "Sat Sun"),
        ("*", "Sun Mon Tue Wed Thu Fri Sat"),
    ],
)
def test_weekdays_are_those_of_crontab_5(field: str, days: str) -> None:
    assert weekdays_of(f"0 12 * * {field}") == set(days.split())


def test_every_so_often_begins_at_once() -> None:
    times = Times(every_minutes=15)
    assert times.at_once
    first = datetime.now(UTC)
    assert times.trigger().get_next_fire_time(first, first + timedelta(seconds=1)) - first == timedelta(minutes=15)


def test_a_leap_day_comes_though_not_every_year() -> None:
    first = times_of(None, "0 0 29 2 *").first(datetime(2097, 1, 1, tzinfo=UTC).astimezone())
    assert first is not None
    assert (first.year, first.month, first.day) == (2104, 2, 29)  # 2100 has none


@pytest.mark.parametrize(
    ("every", "cron", "told"),
    [
        (None, None, "needs one of --every 15m and --cron"),
        ("15m", "* * * * *", "needs one of --every 15m and --cron"),
        ("0m", None, "--every 0m: needs minutes, hours or days"),
        ("fortnight", None, "--every fortnight: needs minutes, hours or days"),
        ("99d", None, "up to 28 days"),
        (None, "0 2 * *", "needs five fields .minute hour day month weekday., got 4"),
        (None, "61 2 * * *", "--cron '61 2 . . .': .*61"),
        (None, "0 2 * * blursday", "'blursday' is no weekday"),
        (None, "0 2 * * 5-1", "'5-1' ends before it begins"),
        (None, "0 2 1 * 1", "a day of the month and a weekday together mean different things"),
        (None, "0 2 * * */0", "--cron '0 2 . . ./0'"),
        (None, "0 0 31 2 *", "--cron '0 0 31 2 .': there is no such day"),
        (None, "0 0 31 4,6,9,11 *", "there is no such day"),
    ],
)
def test_times_that_cannot_be_followed_are_told(every, cron, told) -> None:
    with pytest.raises(RequestError, match=told):
        times_of(every, cron)


def test_minutes_that_cron_cannot_say_are_told() -> None:
    with pytest.raises(RequestError, match="cron cannot say every 7 minutes"):
        Times(every_minutes=7).as_cron()
