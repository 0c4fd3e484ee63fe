"""Diagnosed: what a store holds of every signal, read out in the order of sites, machines, points and time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, select

from pipeline.batch.store.damaged import (
    NOT_UNDERSTOOD,
    LeftOut,
    as_kept,
    figure,
    figures,
    figures_or_none,
    lines_or_none,
    mapping,
    moment,
    moment_or_none,
    refuse,
    texts,
    told_of,
)
from pipeline.batch.store.histories import CHANNEL
from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import diagnoses, evidence, inboxes, models, tasks
from pipeline.batch.trends.history import Snapshot, Where, faults_of
from pipeline.verdict import Outcome

AT_ONCE = 2000
"""Rows that are fetched together."""

PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "measured_at": moment_or_none, "diagnosed_at": moment, "rms": figure, "peak": figure, "kurtosis": figure,
    "crest": figure, "bands": figures_or_none, "envelope_lines": lines_or_none, "outside_p": figure,
}  # fmt: skip
"""How times and figures are understood."""

LEVELS = ("rms", "peak", "kurtosis", "crest", "bands", "envelope_lines")


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
        rms, peak, kurtosis, crest, bands, envelope_lines: the level, in `unit`; None where unknown, as in rows of an
            older Faultprint.
        outside_p: how often a signal like those trained on would look as strange; None where unknown.
        unit: of the samples; None where nobody says.
        calibrated: whether its figures are probabilities.
        reason: why it is unusable.
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
    crest: float | None
    bands: Mapping[str, float] | None
    envelope_lines: Mapping[str, Mapping[str, float]] | None
    outside_p: float | None
    unit: str | None
    calibrated: bool
    reason: str | None

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


def diagnosed(store: Store, since: datetime | None = None, left_out: LeftOut = refuse) -> Iterator[Diagnosed]:
    """Every diagnosis of what the inboxes hold now; those of older contents of a file are left out.

    Args:
        store: where.
        since: only what was recorded then or later.
        left_out: told of every damaged row.

    Raises:
        StoreError: when the store cannot be read, or a row is damaged and nobody is told of it.
    """
    own = ("machine", "point", "site", "measured_from", "verdict")
    checked = (*PLAIN, "labels", "probabilities", "document")
    columns = (
        diagnoses.c.id, tasks.c.model_id, models.c.name.label("model"), inboxes.c.place.label("inbox"), tasks.c.source,
        CHANNEL.label("channel"), *(diagnoses.c[name] for name in own),
        *(as_kept(diagnoses.c[name]) for name in checked),
    )  # fmt: skip
    asked = _ordered(select(*columns), since)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(asked):
            try:
                known = _understood(row._asdict())
            except NOT_UNDERSTOOD as error:
                left_out(told_of("diagnosis", row.id, error))
            else:
                yield known


def documents(store: Store, since: datetime | None = None, left_out: LeftOut = refuse) -> Iterator[dict[str, Any]]:
    """The same as whole verdicts, with whose signal it was, its time and its level beside them."""
    beside = ("machine", "point", "site", "measured_at", "measured_from", "diagnosed_at", *LEVELS)
    named = {"inbox": inboxes.c.place, "file": tasks.c.source, "id": diagnoses.c.id}
    columns = [as_kept(diagnoses.c.document), *(column.label(name) for name, column in named.items())]
    asked = _ordered(select(*columns, *(as_kept(diagnoses.c[name]) for name in beside)), since)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(asked):
            try:
                plain = {name: PLAIN.get(name, _as_it_is)(getattr(row, name)) for name in (*named, *beside)}
                whole = _document(row.document)
            except NOT_UNDERSTOOD as error:
                left_out(told_of("diagnosis", row.id, error))
            else:
                yield whole | {key: _told(value) for key, value in plain.items()}


def document_of(
    store: Store, ids: Sequence[int], left_out: LeftOut = refuse
) -> Iterator[tuple[int, dict[str, Any], bytes | None]]:
    """Whole verdicts by number, each with its packed evidence where there is any."""
    columns = (diagnoses.c.id, as_kept(diagnoses.c.document), evidence.c.content)
    asked = select(*columns).outerjoin(evidence, evidence.c.diagnosis_id == diagnoses.c.id)
    for start in range(0, len(ids), 50):
        with store.reading() as connection:
            for row in connection.execute(asked.where(diagnoses.c.id.in_(ids[start : start + 50]))).all():
                try:
                    whole = _document(row.document)
                except NOT_UNDERSTOOD as error:
                    left_out(told_of("diagnosis", row.id, error))
                else:
                    yield row.id, whole, row.content


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


def _understood(row: dict[str, Any]) -> Diagnosed:
    """A row whose every value is what it should be.

    Raises:
        ValueError, TypeError, KeyError, RecursionError: for one that is damaged.
    """
    document, verdict = mapping(row.pop("document")), Outcome(row["verdict"])
    read = {name: understand(row[name]) for name, understand in PLAIN.items()}
    rest = {
        "verdict": verdict, "labels": texts(row["labels"]), "probabilities": figures(row["probabilities"]),
        "unit": mapping(document.get("condition") or {}).get("unit"), "calibrated": bool(document.get("calibrated")),
        "reason": document.get("reason"),
    }  # fmt: skip
    return Diagnosed(**{**row, **read, **rest})


def _document(value: Any) -> dict[str, Any]:
    """A whole verdict.

    Raises:
        ValueError, TypeError, KeyError, RecursionError: for what is none.
    """
    found = mapping(value)
    Outcome(found["verdict"]), texts(found["labels"]), figures(found["probabilities"])
    return found


def _as_it_is(value: Any) -> Any:
    return value


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
