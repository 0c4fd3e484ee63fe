"""Pulses: how the runs over each inbox are doing, as a monitor asks."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from pipeline.batch.store.known import State
from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import inboxes, models, runs, tasks

NEWEST = 10
"""So many files put aside in a row are no accident."""

OVER = (State.DONE, State.COPY, State.QUARANTINED)


class Pulse(NamedTuple):
    """How an inbox is doing under a model.

    Attributes:
        inbox, model: which.
        began_at: when its latest run began.
        done_at: when the latest that came to its end did; None where none has.
        outcome: of the latest run; None where it goes on, or died.
        files: how many there are in each state.
        newest: the same of those NEWEST that were met last, whichever run came to an end with them.
        reason: why the last of them that was put aside was; None where none was.
        listed: how many files the latest run that could count them found; None where none has.
        untold: of how many alarms the same run could not tell everybody who is to be told.
    """

    inbox: str
    model: str
    began_at: datetime
    done_at: datetime | None
    outcome: str | None
    files: Mapping[str, int]
    newest: Mapping[str, int]
    reason: str | None
    listed: int | None
    untold: int

    def to_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON."""
        times = {"began_at": self.began_at.isoformat(), "done_at": self.done_at and self.done_at.isoformat()}
        return self._asdict() | times | {"files": dict(self.files), "newest": dict(self.newest)}


def pulses_of(store: Store) -> list[Pulse]:
    """One per inbox and model, in the order of their first runs; of models of one name the one that ran last counts."""
    pair = (runs.c.inbox_id, runs.c.model_id)
    asked = (
        select(*pair, inboxes.c.place, models.c.name, func.max(runs.c.id).label("latest"))
        .select_from(runs.join(inboxes).join(models))
        .group_by(*pair, inboxes.c.place, models.c.name)
        .order_by(func.min(runs.c.id))
    )
    with store.reading() as connection:
        rows = connection.execute(asked).all()
        in_use: dict[tuple[str, str], int] = {}
        for row in rows:
            in_use[row.place, row.name] = max(row.latest, in_use.get((row.place, row.name), 0))
        return [_pulse(connection, row) for row in rows if row.latest == in_use[row.place, row.name]]


def _pulse(connection: Connection, row: Any) -> Pulse:
    same = (runs.c.inbox_id == row.inbox_id) & (runs.c.model_id == row.model_id)
    latest = connection.execute(select(runs.c.started_at, runs.c.outcome).where(runs.c.id == row.latest)).one()
    done_at = connection.execute(select(func.max(runs.c.ended_at)).where(same, runs.c.outcome == "done")).scalar()
    counted = select(runs.c.counts).where(same, runs.c.counts.is_not(None)).order_by(runs.c.id.desc()).limit(1)
    counts = connection.execute(counted).scalar() or {}
    here = (tasks.c.inbox_id == row.inbox_id) & (tasks.c.model_id == row.model_id)
    states = connection.execute(select(tasks.c.state, func.count()).where(here).group_by(tasks.c.state))
    # By number, which is given when a file is first met: one that is only read again is no news.
    over = select(tasks.c.state, tasks.c.reason).where(here, tasks.c.state.in_(OVER)).order_by(tasks.c.id.desc())
    newest = connection.execute(over.limit(NEWEST)).all()
    return Pulse(
        row.place,
        row.name,
        latest.started_at,
        done_at,
        latest.outcome,
        files={str(state): int(count) for state, count in states},
        newest=Counter(one.state for one in newest),
        reason=next((one.reason for one in newest if one.reason), None),
        listed=counts.get("listed"),
        untold=counts.get("untold", 0),
    )
