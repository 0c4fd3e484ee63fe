"""Histories: what a store knows of a point over time, as trends take it."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from pipeline.batch.store.damaged import NOT_UNDERSTOOD, as_kept, figure, figures, moment
from pipeline.batch.store.schema import alarms, diagnoses, tasks
from pipeline.batch.store.tasks import UNREAD
from pipeline.batch.trends.history import Snapshot, Where, faults_of
from pipeline.batch.trends.judged import DRIFT

CHANNEL = func.coalesce(diagnoses.c.channel, "")


def points_of(connection: Connection, run_ids: Select[int]) -> list[Where]:
    """The points that some runs have diagnosed; files of which nobody says the machine have none.

    Among them are those with an open alarm whose recording these runs have diagnosed anew, or that is replaced: it may
    be another point's by now.
    """
    theirs = diagnoses.c.run_id.in_(run_ids)
    diagnosed = (
        select(tasks.c.model_id, diagnoses.c.site, diagnoses.c.machine, diagnoses.c.point, CHANNEL)
        .join(tasks)
        .where(theirs, diagnoses.c.machine != "")
    )
    alarmed = (
        select(alarms.c.model_id, alarms.c.site, alarms.c.machine, alarms.c.point, alarms.c.channel)
        .join(diagnoses, diagnoses.c.id == alarms.c.opened_by)
        .where(alarms.c.closed_at.is_(None), alarms.c.kind != DRIFT, theirs | diagnoses.c.replaced)
    )
    found = {Where(*row) for asked in (diagnosed, alarmed) for row in connection.execute(asked.distinct())}
    return sorted(found)


def history_of(connection: Connection, where: Where) -> list[Snapshot]:
    """The diagnoses of a point, in the order of their recordings; those of older contents of a file are left out.

    A recording counts once, as it was diagnosed last: an inbox that was moved brings all of them in a second time.
    """
    here = (
        (tasks.c.model_id == where.model_id)
        & (diagnoses.c.site == where.site)
        & (diagnoses.c.machine == where.machine)
        & (diagnoses.c.point == where.point)
        & (where.channel == CHANNEL)
    )
    recording = (diagnoses.c.run_id, diagnoses.c.digest, diagnoses.c.position)
    columns = (
        diagnoses.c.id,
        *recording,
        *(as_kept(diagnoses.c[name]) for name in ("measured_at", "probabilities", "rms")),
    )
    asked = select(*columns).join(tasks).where(here, ~diagnoses.c.replaced, diagnoses.c.measured_at.is_not(None))
    rows = connection.execute(asked.order_by(diagnoses.c.measured_at, diagnoses.c.id)).all()
    latest = {_recording(row): row.id for row in sorted(rows, key=lambda row: (row.run_id, row.id))}
    once = [row for row in rows if latest[_recording(row)] == row.id]
    return [snapshot for row in once if (snapshot := _snapshot(row)) is not None]


def _recording(row: Any) -> tuple[str, int]:
    """What is the same for the same samples, wherever they lie; of a file that nobody could read nothing is."""
    return (row.digest, row.position) if row.digest != UNREAD else (UNREAD, row.id)


def _snapshot(row: Any) -> Snapshot | None:
    """A row of a trend; None where it is damaged, as lists and reports tell."""
    try:
        return Snapshot(row.id, moment(row.measured_at), faults_of(figures(row.probabilities)), figure(row.rms))
    except NOT_UNDERSTOOD:
        return None
