"""Kept drift: the one alarm of a model that says that recordings have become less like what it was trained on.

It opens as any alarm does, closes when somebody has seen it (what comes after is judged anew, from nothing) or when a
newer model of its name is in use, and is gone where recordings that came in late take its reason away.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from pipeline.batch.store.damaged import NOT_UNDERSTOOD, as_kept, figure, moment
from pipeline.batch.store.histories import CHANNEL
from pipeline.batch.store.schema import alarms, diagnoses, models, tasks
from pipeline.batch.store.utc import now
from pipeline.batch.trends.drift import Drift, drift_in
from pipeline.batch.trends.history import Where
from pipeline.batch.trends.judged import DRIFT, Grade
from pipeline.batch.trends.nights import Heard


def models_of(connection: Connection, run_ids: Select[int]) -> Sequence[int]:
    """The models by which some runs have diagnosed anything."""
    asked = select(tasks.c.model_id).join(diagnoses, diagnoses.c.task_id == tasks.c.id)
    return sorted(connection.execute(asked.where(diagnoses.c.run_id.in_(run_ids)).distinct()).scalars())


def everywhere(model_id: int) -> Where:
    """Where a model's drift is kept: at no point of any machine."""
    return Where(model_id, "", "", "", "")


def judge_drift(connection: Connection, model_id: int) -> int | None:
    """Bring a model's drift up to date.

    Returns:
        The number of an alarm whose reason is gone, for whoever knows what becomes of such.
    """
    mine = (alarms.c.model_id == model_id) & (alarms.c.kind == DRIFT)
    _close_those_of_earlier_models(connection, model_id)
    seen_at = _seen(connection, mine)
    heard = heard_of(connection, model_id, seen_at)
    found = drift_in(heard, before=now().date())
    unseen = select(alarms.c.id).where(mine, alarms.c.acknowledged_at.is_(None)).order_by(alarms.c.id.desc()).limit(1)
    number = connection.execute(unseen).scalar()
    if found is None:
        return number
    values = _values(found)
    if number is None:
        connection.execute(insert(alarms).values(everywhere(model_id)._asdict() | {"kind": DRIFT} | values))
    else:
        connection.execute(update(alarms).where(alarms.c.id == number).values(values))
    return None


def heard_of(connection: Connection, model_id: int, after: datetime | None = None) -> list[Heard]:
    """A model's diagnoses that say how strange their signal was, in the order of their recordings.

    Those of no named machine have no past to be compared with, and are left out; so are damaged ones.

    Args:
        connection: to the store.
        model_id: whose.
        after: only what was recorded later.
    """
    own = (diagnoses.c.site, diagnoses.c.machine, diagnoses.c.point, CHANNEL.label("channel"))
    kept = [as_kept(diagnoses.c[name]) for name in ("measured_at", "outside_p")]
    asked = select(diagnoses.c.id, diagnoses.c.digest, *own, *kept).join(tasks)
    asked = asked.where(
        tasks.c.model_id == model_id,
        ~diagnoses.c.replaced,
        diagnoses.c.machine != "",
        diagnoses.c.outside_p.is_not(None),
        diagnoses.c.measured_at.is_not(None),
        *([] if after is None else [diagnoses.c.measured_at > after]),
    )
    rows = connection.execute(asked.order_by(diagnoses.c.measured_at, diagnoses.c.id))
    return [one for row in rows if (one := _heard(row)) is not None]


def _heard(row: Row[Any]) -> Heard | None:
    point = (row.site, row.machine, row.point, row.channel)
    try:
        p = figure(row.outside_p)
        return None if p is None else Heard(row.id, moment(row.measured_at), point, f"{row.digest} {row.channel}", p)
    except NOT_UNDERSTOOD:
        return None


def _values(found: Drift) -> dict[str, Any]:
    return {
        "grade": str(Grade.WARNING), "opened_at": found.since.at, "closed_at": None,
        "opened_by": found.told_by.diagnosis_id, "worst": found.odds, "worst_at": found.highest.at,
    }  # fmt: skip


def _seen(connection: Connection, mine: Any) -> datetime | None:
    """When somebody has last seen a drift of this model; such a one is over."""
    over = alarms.c.acknowledged_at.is_not(None) & alarms.c.closed_at.is_(None)
    connection.execute(update(alarms).where(mine, over).values(closed_at=alarms.c.acknowledged_at))
    asked = select(alarms.c.acknowledged_at).where(mine, alarms.c.acknowledged_at.is_not(None))
    return connection.execute(asked.order_by(alarms.c.acknowledged_at.desc()).limit(1)).scalar()


def _close_those_of_earlier_models(connection: Connection, model_id: int) -> None:
    name = select(models.c.name).where(models.c.id == model_id).scalar_subquery()
    earlier = select(models.c.id).where(models.c.name == name, models.c.id != model_id)
    theirs = (alarms.c.kind == DRIFT) & alarms.c.closed_at.is_(None) & alarms.c.model_id.in_(earlier)
    connection.execute(update(alarms).where(theirs).values(closed_at=now()))
