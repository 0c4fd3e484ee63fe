"""Known: what a store knows of the files of an inbox, for one model."""

from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.exc import IntegrityError

from pipeline.batch.answer import ModelFacts
from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import inboxes, models, tasks
from pipeline.batch.store.utc import now
from pipeline.catalog.scanning.walk import File


class State(StrEnum):
    """What became of a file."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    COPY = "copy"
    QUARANTINED = "quarantined"


class Known(NamedTuple):
    """A file as the store knows it.

    Attributes:
        id: of its task.
        size_bytes, modified: of the version that was met last.
        state: what became of it.
        run_id: the run whose verdict on it holds, or that reads it.
    """

    id: int
    size_bytes: int
    modified: str
    state: State
    run_id: int | None = None

    def is_of(self, file: File) -> bool:
        """Whether a file is, by size and time, the version that is known; never where its time is not told."""
        return bool(file.modified) and (self.size_bytes, self.modified) == (file.size_bytes, file.modified)


class Scope(NamedTuple):
    """An inbox and a model, as the store numbers them."""

    inbox_id: int
    model_id: int


def scope_of(store: Store, place: str, model: ModelFacts) -> Scope:
    """The numbers of an inbox and a model, given to them when they are first met.

    Args:
        store: where they are kept.
        place: the inbox.
        model: which answers.
    """
    facts = {"name": model.name, "task": model.task, "labels": list(model.labels), "added_at": now()}
    with store.writing() as connection:
        inbox_id = _number(connection, inboxes, {"place": place})
        return Scope(inbox_id, _number(connection, models, {"fingerprint": model.fingerprint}, **facts))


def _number(connection: Connection, table: Table, key: dict[str, Any], **facts: Any) -> int:
    ((name, value),) = key.items()
    asked = select(table.c.id).where(table.c[name] == value)
    found = connection.execute(asked).scalar()
    if found is None:
        with suppress(IntegrityError), connection.begin_nested():  # another run may meet it at this moment, too
            connection.execute(insert(table).values(**key, **facts))
        found = connection.execute(asked).scalar_one()
    return int(found)


def is_known(store: Store, place: str) -> bool:
    """Whether earlier runs have read an inbox."""
    with store.reading() as connection:
        return connection.execute(select(inboxes.c.id).where(inboxes.c.place == place)).scalar() is not None


def known_files(store: Store, scope: Scope) -> dict[str, Known]:
    """Every file that the store knows of an inbox and a model, by source."""
    asked = select(tasks.c.source, tasks.c.id, tasks.c.size_bytes, tasks.c.modified, tasks.c.state, tasks.c.run_id)
    with store.reading() as connection:
        rows = connection.execute(asked.where(within(scope)))
        return {row.source: Known(row.id, row.size_bytes, row.modified, State(row.state), row.run_id) for row in rows}


def within(scope: Scope) -> Any:
    """The tasks of an inbox and a model."""
    return (tasks.c.inbox_id == scope.inbox_id) & (tasks.c.model_id == scope.model_id)


def digests_of(store: Store, scope: Scope) -> frozenset[str]:
    """Of all content that is diagnosed already."""
    asked = select(tasks.c.digest).where(within(scope), tasks.c.state == State.DONE)
    with store.reading() as connection:
        return frozenset(connection.execute(asked).scalars())
