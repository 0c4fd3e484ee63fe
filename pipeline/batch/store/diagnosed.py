"""Diagnosed: what a store holds of every signal, read out in the order of sites, machines, points and time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, func, select

from pipeline.batch.store.histories import CHANNEL
from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import diagnoses, evidence, inboxes, models, tasks
from pipeline.batch.trends.history import Snapshot, Where, faults_of
from pipeline.verdict import Outcome

AT_ONCE = 2000
"""Rows that are fetched together."""


class Diagnosed(NamedTuple):
    """One diagnosis as it is kept.

    Attributes:
        id: of the store.
        model_id, model: which answered.
        inbox, source: the file: where it came in, and its path below that.
        machine, point, channel, site: whose signal it was; empty where nobody says.
        measured_at, measured_from: when it was recorded, and who says so.
        diagnosed_at: when the model answered.
        verdict, labels, probabilities: its answer.
        rms, peak, kurtosis: the level, in `unit`; None where unknown.
        unit: of the samples; None where nobody says.
        calibrated: whether its figures are probabilities.
        reason: why it is unusable.
        has_evidence: whether pictures were kept.
    """

    id: int
    model_id: int
    model: str
    inbox: str
    source: str
    machine: str
    point: str
    channel: str
    site: str
    measured_at: datetime | None
    measured_from: str
    diagnosed_at: datetime
    verdict: Outcome
    labels: tuple[str, ...]
    probabilities: Mapping[str, float]
    rms: float | None
    peak: float | None
    kurtosis: float | None
    unit: str | None
    calibrated: bool
    reason: str | None
    has_evidence: bool

    @property
    def at(self) -> datetime:
        """When it was recorded, or else diagnosed."""
        return self.measured_at or self.diagnosed_at

    @property
    def where(self) -> Where:
        """The point whose trend it belongs to."""
        return Where(self.model_id, self.site, self.machine, self.point, self.channel)

    @property
    def snapshot(self) -> Snapshot:
        """It as a part of that trend."""
        return Snapshot(self.id, self.at, faults_of(self.probabilities), self.rms)


def diagnosed(store: Store, since: datetime | None = None) -> Iterator[Diagnosed]:
    """Every diagnosis of what the inboxes hold now; those of older contents of a file are left out.

    Args:
        store: where.
        since: only what was recorded then or later.
    """
    document = diagnoses.c.document
    own = ("machine", "point", "site", "measured_at", "measured_from", "diagnosed_at", "verdict", "labels")
    columns = (
        diagnoses.c.id, tasks.c.model_id, models.c.name.label("model"), inboxes.c.place.label("inbox"), tasks.c.source,
        CHANNEL.label("channel"), *(diagnoses.c[name] for name in own),
        *(diagnoses.c[name] for name in ("probabilities", "rms", "peak", "kurtosis")),
        document[("condition", "unit")].as_string().label("unit"),
        document["calibrated"].as_boolean().label("calibrated"),
        case((diagnoses.c.verdict == Outcome.UNUSABLE, document["reason"].as_string())).label("reason"),
        evidence.c.diagnosis_id.is_not(None).label("has_evidence"),
    )  # fmt: skip
    asked = _ordered(select(*columns).outerjoin(evidence, evidence.c.diagnosis_id == diagnoses.c.id), since)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(asked):
            known = row._asdict()
            known |= {"verdict": Outcome(row.verdict), "labels": tuple(row.labels), "calibrated": bool(row.calibrated)}
            yield Diagnosed(**known)


def documents(store: Store, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """The same as whole verdicts, with whose signal it was, its time and its level beside them."""
    beside = ("machine", "point", "site", "measured_at", "measured_from", "diagnosed_at", "rms", "peak", "kurtosis")
    named = {"inbox": inboxes.c.place, "file": tasks.c.source, "id": diagnoses.c.id}
    columns = [diagnoses.c.document, *(column.label(name) for name, column in named.items())]
    asked = _ordered(select(*columns, *(diagnoses.c[name] for name in beside)), since)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(asked):
            plain = {name: getattr(row, name) for name in (*named, *beside)}
            yield row.document | {key: _told(value) for key, value in plain.items()}


def document_of(store: Store, ids: Sequence[int]) -> Iterator[tuple[int, dict[str, Any], bytes | None]]:
    """Whole verdicts by number, each with its packed evidence where there is any."""
    columns = (diagnoses.c.id, diagnoses.c.document, evidence.c.content)
    asked = select(*columns).outerjoin(evidence, evidence.c.diagnosis_id == diagnoses.c.id)
    for start in range(0, len(ids), 50):
        with store.reading() as connection:
            for row in connection.execute(asked.where(diagnoses.c.id.in_(ids[start : start + 50]))).all():
                yield row.id, row.document, row.content


def labels_of(store: Store) -> list[str]:
    """Every label that a model of the store can answer, in their order."""
    with store.reading() as connection:
        known = connection.execute(select(models.c.labels).order_by(models.c.id)).scalars()
        return list(dict.fromkeys(label for labels in known for label in labels))


def _ordered(asked: Select[Any], since: datetime | None) -> Select[Any]:
    joined = asked.join(tasks, tasks.c.id == diagnoses.c.task_id)
    joined = joined.join(models, models.c.id == tasks.c.model_id).join(inboxes, inboxes.c.id == tasks.c.inbox_id)
    when = func.coalesce(diagnoses.c.measured_at, diagnoses.c.diagnosed_at)
    chosen = and_(~diagnoses.c.replaced, *([] if since is None else [when >= since]))
    whose = (diagnoses.c.site, diagnoses.c.machine, diagnoses.c.point, CHANNEL, tasks.c.model_id)
    return joined.where(chosen).order_by(*whose, when, diagnoses.c.id)


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
