"""Kept alarms: what histories give now, held against what is kept, so that an acknowledgement is never lost.

An alarm is known again by its point, its kind and its time: late recordings may move its beginning, not its identity.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from pipeline.batch.store.damaged import (
    NOT_UNDERSTOOD,
    LeftOut,
    as_kept,
    mapping,
    moment,
    moment_or_none,
    refuse,
    told_of,
)
from pipeline.batch.store.histories import history_of, points_of
from pipeline.batch.store.judged_runs import forget_other_rules, note_judged
from pipeline.batch.store.kept_drift import everywhere, judge_drift, models_of
from pipeline.batch.store.lease import Lease
from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import alarms, diagnoses, models, runs
from pipeline.batch.store.utc import now
from pipeline.batch.trends.history import Where
from pipeline.batch.trends.judged import DRIFT, LEVEL, Alarm, Grade, alarms_of
from pipeline.batch.trends.rules import Rules
from pipeline.errors import RequestError

NEVER = datetime.max.replace(tzinfo=UTC)

PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "opened_at": moment, "closed_at": moment_or_none, "worst": float, "worst_at": moment,
    "acknowledged_at": moment_or_none,
}  # fmt: skip
"""How times and figures are understood."""


class KeptAlarm(NamedTuple):
    """An alarm as the store keeps it.

    Attributes:
        id: by which it is acknowledged.
        model, machine, point, channel, site: whose it is.
        kind: a fault's label, "level", or "drift", which is a model's: it has no machine.
        grade: "warning" or "alarm".
        opened_at, closed_at: times of recordings; None where it is open still.
        worst, worst_at: the highest value, a probability, decibels over the baseline or odds to 1, and when.
        acknowledged_at, acknowledged_by, note: who has seen it, and said what.
        notified: the grade that was told to whoever is notified; None where nobody was yet.
        model_id, opened_by: numbers of the model and of the diagnosis with which it opened.
        source: the file with which it opened; empty where its diagnosis is gone.
    """

    id: int
    model: str
    machine: str
    point: str
    channel: str
    site: str
    kind: str
    grade: str
    opened_at: datetime
    closed_at: datetime | None
    worst: float
    worst_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
    notified: str | None
    model_id: int
    opened_by: int
    source: str

    @property
    def where(self) -> Where:
        """The point whose alarm it is."""
        return Where(self.model_id, self.site, self.machine, self.point, self.channel)

    @property
    def unit(self) -> str:
        """Of `worst`."""
        return {LEVEL: "dB", DRIFT: "odds"}.get(self.kind, "probability")

    def to_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON: what `alarms list --json` prints, and whoever is notified is told."""
        facts = {**self._asdict(), "unit": self.unit}
        del facts["model_id"]  # of this store alone
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def judge(lease: Lease, rules: Rules, mine: int) -> bool:
    """Bring the alarms of every point and model up to date that a run has diagnosed and none has judged, one by one.

    Where the rules are not those by which all runs of the model were judged, all are judged again.

    Args:
        lease: under which it is done.
        rules: when a trend becomes an alarm.
        mine: this run, which is judged though it has not ended; others of that kind still diagnose.

    Returns:
        Whether other rules than those of before are known to have judged them.

    Raises:
        LockedError, StoreError: as any writing.
    """
    changed = forget_other_rules(lease, rules, mine)
    over = select(runs.c.id).where(~runs.c.judged, runs.c.ended_at.is_not(None) | (runs.c.id == mine))
    with lease.store.reading() as connection:
        run_ids = list(connection.execute(over).scalars())
        points, heard_by = points_of(connection, over), models_of(connection, over)
    for where in points:
        with lease.writing() as connection:
            _alone(connection, where)
            _reconcile(connection, where, alarms_of(history_of(connection, where), rules))
    for model_id in heard_by:
        with lease.writing() as connection:
            _alone(connection, everywhere(model_id))
            gone = judge_drift(connection, model_id)
            for row in connection.execute(select(alarms).where(alarms.c.id == gone)).all():
                _no_more(connection, row)
    note_judged(lease, run_ids, rules)
    return changed


def alarms_in(store: Store, closed: bool = False, left_out: LeftOut = refuse) -> list[KeptAlarm]:
    """What is kept: open ones, or all; those that nobody has seen first, alarms before warnings, then the latest.

    One whose diagnosis somebody has deleted is among them, without a source.

    Args:
        store: where.
        closed: whether closed ones too.
        left_out: told of every damaged row.

    Raises:
        StoreError: when the store cannot be read, or a row is damaged and nobody is told of it.
    """
    named = [as_kept(alarms.c[name]) for name in KeptAlarm._fields if name not in ("model", "source")]
    source = as_kept(diagnoses.c.document).label("source")
    asked = select(models.c.name.label("model"), source, *named).select_from(
        alarms.join(models).outerjoin(diagnoses, diagnoses.c.id == alarms.c.opened_by)
    )
    if not closed:
        asked = asked.where(alarms.c.closed_at.is_(None))
    urgent = (alarms.c.acknowledged_at.is_not(None), alarms.c.grade != Grade.ALARM)
    asked = asked.order_by(*urgent, alarms.c.opened_at.desc(), alarms.c.id)
    with store.reading() as connection:
        rows = [row._asdict() for row in connection.execute(asked)]
    return [alarm for row in rows if (alarm := _understood(row, left_out)) is not None]


def acknowledge(store: Store, ids: Sequence[int], by: str, note: str | None = None) -> None:
    """Note that somebody has seen alarms; they stay open until the trend falls.

    Raises:
        RequestError: for a number that no alarm has; none is acknowledged then.
    """
    with store.writing() as connection:
        known = set(connection.execute(select(alarms.c.id).where(alarms.c.id.in_(ids))).scalars())
        unknown = [number for number in ids if number not in known]
        if unknown:
            raise RequestError(f"alarms: there is no alarm {unknown[0]}; faultprint alarms list tells which there are")
        told = {"acknowledged_at": now(), "acknowledged_by": by, **({} if note is None else {"note": note})}
        connection.execute(update(alarms).where(alarms.c.id.in_(ids)).values(**told))


def mark_notified(store: Store, alarm: KeptAlarm) -> None:
    """Note that whoever is to be told has been told of an alarm as it is."""
    with store.writing() as connection:
        connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(notified=alarm.grade))


def _understood(row: dict[str, Any], left_out: LeftOut) -> KeptAlarm | None:
    """An alarm whose every value is what it should be; None where it is damaged, and somebody is told."""
    try:
        read = {name: understand(row[name]) for name, understand in PLAIN.items()}
        return KeptAlarm(**row | read | {"grade": str(Grade(row["grade"])), "source": _source(row["source"])})
    except NOT_UNDERSTOOD as error:
        left_out(told_of("alarm", row["id"], error))
        return None


def _source(document: Any) -> str:
    """The file of a whole verdict; nothing where that is gone, or damaged itself."""
    try:
        return str(mapping(document).get("source", ""))
    except NOT_UNDERSTOOD:
        return ""


def _alone(connection: Connection, where: Where) -> None:
    """Two runs on parts of an inbox may have diagnosed the same point; one judges it after the other."""
    if connection.dialect.name == "postgresql":
        named = "\n".join(map(str, where))
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:named, 0))"), {"named": named})


def _reconcile(connection: Connection, where: Where, found: Sequence[Alarm]) -> None:
    key = where._asdict()
    here = [alarms.c[name] == value for name, value in key.items()]
    kept = list(connection.execute(select(alarms).where(*here).order_by(alarms.c.opened_at)))
    for alarm in found:
        same = next((row for row in kept if _is(row, alarm)), None)
        values = alarm._asdict() | {"grade": str(alarm.grade)}
        if same is None:
            connection.execute(insert(alarms).values(key | values))
        else:
            kept.remove(same)
            connection.execute(update(alarms).where(alarms.c.id == same.id).values(values))
    for row in kept:
        _no_more(connection, row)


def _is(row: Row[Any], alarm: Alarm) -> bool:
    """Whether a kept alarm and a found one are the same: their times touch."""
    return bool(
        row.kind == alarm.kind
        and row.opened_at <= (alarm.closed_at or NEVER)
        and alarm.opened_at <= (row.closed_at or NEVER)
    )


def _no_more(connection: Connection, row: Row[Any]) -> None:
    """An alarm that the history, as it is now, does not give: gone, unless somebody was told of it."""
    this = alarms.c.id == row.id
    if row.acknowledged_at is None and row.notified is None:
        connection.execute(delete(alarms).where(this))
    elif row.closed_at is None:
        connection.execute(update(alarms).where(this).values(closed_at=row.opened_at))
