"""Judged: a point's history as the alarms it gives; the same history always gives the same ones."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from pipeline.batch.trends.episodes import episodes
from pipeline.batch.trends.history import Floats, Snapshot, over_baseline_db
from pipeline.batch.trends.rules import Rules


class Grade(StrEnum):
    """How urgent an alarm is."""

    WARNING = "warning"
    ALARM = "alarm"


LEVEL = "level"
"""The kind of an alarm for loudness; all others are named after their fault."""

DRIFT = "drift"
"""The kind of an alarm for a model, not a machine: recordings have become less like what it was trained on."""


class Alarm(NamedTuple):
    """A span of time in which somebody should look.

    Attributes:
        kind: a fault's label, or LEVEL.
        grade: the worst it was.
        opened_at, closed_at: times of recordings; None where it is open still.
        opened_by: the diagnosis with which it opened.
        worst: the highest value: a probability, or decibels over the baseline.
        worst_at: when that was.
    """

    kind: str
    grade: Grade
    opened_at: datetime
    closed_at: datetime | None
    opened_by: int
    worst: float
    worst_at: datetime


def alarms_of(history: Sequence[Snapshot], rules: Rules) -> list[Alarm]:
    """Every alarm of a point, closed ones too, in the order of their opening.

    Args:
        history: in the order of time.
        rules: when a trend becomes an alarm.
    """
    found = [alarm for label, values in faults_in(history) for alarm in _of_fault(history, label, values, rules)]
    levels_db = over_baseline_db(levels_in(history), rules.baseline)
    return sorted([*found, *_of_level(history, levels_db, rules)], key=lambda alarm: (alarm.opened_at, alarm.kind))


def faults_in(history: Sequence[Snapshot]) -> Iterator[tuple[str, Floats]]:
    """Each fault's probabilities in time, NaN where a recording says nothing of it."""
    for label in dict.fromkeys(label for one in history for label in one.faults):
        yield label, np.array([one.faults.get(label, np.nan) for one in history])


def levels_in(history: Sequence[Snapshot]) -> Floats:
    """Levels in time, NaN where unknown."""
    return np.array([np.nan if one.rms is None else one.rms for one in history], dtype=np.float64)


def _of_fault(history: Sequence[Snapshot], label: str, values: Floats, rules: Rules) -> Iterator[Alarm]:
    for first, opened, closed in episodes(values, rules.open_at, rules.close_below, rules.needed, rules.of):
        yield _alarm(history, label, Grade.ALARM, values, (first, opened, closed))


def _of_level(history: Sequence[Snapshot], levels_db: Floats, rules: Rules) -> Iterator[Alarm]:
    """One alarm per span above the warning; its grade is the alarm's where that was reached by the same persistence."""
    persistence = (rules.needed, rules.of)
    loud = episodes(levels_db, rules.alarm_db, rules.alarm_db - rules.hysteresis_db, *persistence)
    for first, opened, closed in episodes(
        levels_db, rules.warning_db, rules.warning_db - rules.hysteresis_db, *persistence
    ):
        within = [one for one in loud if one.opened >= first and (closed is None or one.opened <= closed)]
        yield _alarm(history, LEVEL, Grade.ALARM if within else Grade.WARNING, levels_db, (first, opened, closed))


def _alarm(
    history: Sequence[Snapshot], kind: str, grade: Grade, values: Floats, span: tuple[int, int, int | None]
) -> Alarm:
    first, opened, closed = span
    end = len(history) if closed is None else closed + 1
    worst = first + int(np.nanargmax(values[first:end]))
    return Alarm(
        kind,
        grade,
        history[opened].at,
        None if closed is None else history[closed].at,
        history[opened].diagnosis_id,
        float(values[worst]),
        history[worst].at,
    )
