"""Alarm scores: how late and how often wrong a way of raising alarms is, over machines whose faults are known."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from alarm_lives import FIRST_DB, WEEKS, Life
from scipy.stats import chi2

from pipeline.batch.trends.judged import LEVEL, Alarm, alarms_of
from pipeline.batch.trends.rules import Rules

LOUD_DB = 0.0
"""A fault as loud as its machine: by then somebody should have been told."""
STEPS_DB = tuple(range(-24, 13, 3))


class Way(NamedTuple):
    """A way of raising alarms.

    Attributes:
        told: what it is called.
        rules: when a trend becomes an alarm.
        by_level: whether loudness raises its alarms; otherwise the model's probabilities do.
    """

    told: str
    rules: Rules
    by_level: bool = False


class Judged(NamedTuple):
    """A machine's alarms in the order of their opening.

    Attributes:
        life: the machine's.
        right: of what it has.
        misnamed: of another fault than that which it has.
        needless: while nothing was wrong that such an alarm is about.
        quiet_years: how long that was.
    """

    life: Life
    right: list[Alarm]
    misnamed: list[Alarm]
    needless: list[Alarm]
    quiet_years: float


def plain(open_at: float) -> Rules:
    """A threshold and nothing else: one recording above it raises an alarm, one below it ends it."""
    return Rules(needed=1, of=1, open_at=open_at, close_below=open_at, hysteresis_db=1e-9)


def judged(found: Sequence[Life], way: Way) -> list[Judged]:
    """Every machine's alarms."""
    return [_judged(life, way) for life in found]


def _judged(life: Life, way: Way) -> Judged:
    """Loudness tells of any fault, the model of the bearing's alone."""
    begins = life.onset if (life.fault if way.by_level else life.bearing_fault) else WEEKS
    mine = [alarm for alarm in alarms_of(life.history, way.rules) if (alarm.kind == LEVEL) == way.by_level]
    needless = [alarm for alarm in mine if alarm.opened_by < begins]
    meant = [alarm for alarm in mine if alarm.opened_by >= begins]
    right = [alarm for alarm in meant if alarm.kind in (life.fault, LEVEL)]
    misnamed = [alarm for alarm in meant if alarm not in right]
    return Judged(life, right, misnamed, needless, begins / WEEKS)


def scores(found: Sequence[Life], way: Way) -> dict[str, Any]:
    """A way's row. A fault without an alarm counts as one that comes never, so quantiles are of all faults."""
    made = judged(found, way)
    sick = [one for one in made if one.life.bearing_fault]
    opened = [one.right[0].opened_by if one.right else None for one in sick]
    severities = [
        np.inf if week is None else one.life.severity_db(week) for week, one in zip(opened, sick, strict=True)
    ]
    delays = [np.inf if week is None else week - one.life.onset for week, one in zip(opened, sick, strict=True)]
    late = [delay - weeks_to_loud(one.life) for one, delay in zip(sick, delays, strict=True)]
    return {
        "faults": len(sick),
        "alarmed": sum(week is not None for week in opened),
        "severity_db": quantile(severities, 0.5),
        "severity_90_db": quantile(severities, 0.9),
        "weeks": quantile(delays, 0.5),
        "weeks_90": quantile(delays, 0.9),
        "weeks_before_loud": quantile(late, 0.5, sign=-1),
        "alarms_per_fault": rate(sum(len(one.right) for one in sick), sum(bool(one.right) for one in sick)),
        **false_alarms(made),
        "alarmed_by": alarmed_by([one.life for one in sick], severities),
    }


def weeks_to_loud(life: Life) -> float:
    """From a fault's first week to that in which it has grown to LOUD_DB.

    Example:
        >>> weeks_to_loud(Life("ball", 10, 2.0))
        12.0
    """
    return (LOUD_DB - FIRST_DB) / life.growth_db


def quantile(values: Sequence[float], share: float, sign: int = 1) -> float | None:
    """Of all faults; None where it falls among those without an alarm.

    Example:
        >>> quantile([1.0, 2.0, np.inf], 0.5), quantile([1.0, 2.0, np.inf], 0.9)
        (2.0, None)
    """
    found = float(np.quantile(values, share, method="higher")) if len(values) else np.inf
    return sign * round(found, 1) if np.isfinite(found) else None


def false_alarms(made: Sequence[Judged]) -> dict[str, Any]:
    """Needless alarms per year of machines without such a fault, with the upper end of their 95 % interval.

    A second name for a fault that is there sends nobody in vain, and is counted by itself.
    """
    needless, years = sum(len(one.needless) for one in made), sum(one.quiet_years for one in made)
    rotor = [one for one in made if one.life.fault and not one.life.bearing_fault]
    sick = [one for one in made if one.life.bearing_fault]
    return {
        "needless": needless,
        "quiet_years": round(years, 1),
        "needless_per_year": rate(needless, years),
        "at_most": rate(at_most(needless), years),
        "of_rotor_faults": rate(sum(len(one.needless) for one in rotor), sum(one.quiet_years for one in rotor)),
        "misnamed_per_fault": rate(sum(len(one.misnamed) for one in sick), len(sick)),
    }


def rate(count: float, years: float) -> float | None:
    """Of so many years, or faults; None of none.

    Example:
        >>> rate(3, 500), rate(0, 0)
        (0.006, None)
    """
    return round(count / years, 3) if years else None


def at_most(count: int) -> float:
    """The upper end of a count's 95 % interval (Poisson, both sides); none seen is not none.

    Source: Garwood (1936), Fiducial limits for the Poisson distribution.

    Example:
        >>> round(at_most(0), 2), round(at_most(10), 2)
        (3.69, 18.39)
    """
    return float(chi2.ppf(0.975, 2 * (count + 1)) / 2)


def alarmed_by(sick: Sequence[Life], severities: Sequence[float]) -> list[float | None]:
    """Percent of faults with an alarm by each of STEPS_DB, of those that grew so far within the year."""
    shares = []
    for step_db in STEPS_DB:
        seen = [when <= step_db for life, when in zip(sick, severities, strict=True) if life.highest_db >= step_db]
        shares.append(round(100.0 * sum(seen) / len(seen), 1) if seen else None)
    return shares
