"""Rows of a store, as tests look at them: without numbers and times, which differ from run to run."""

from typing import Any

from sqlalchemy import select

from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import diagnoses, leases, tasks


def files_in(store: str) -> dict[str, tuple[str, str | None]]:
    """State and reason of every file, by its path."""
    opened = open_store(store)
    with opened.reading() as connection:
        found = connection.execute(select(tasks.c.source, tasks.c.state, tasks.c.reason)).all()
    opened.close()
    return {source: (state, reason) for source, state, reason in found}


def attempts_in(store: str) -> dict[str, int]:
    """How often every file was begun."""
    opened = open_store(store)
    with opened.reading() as connection:
        found = connection.execute(select(tasks.c.source, tasks.c.attempts)).all()
    opened.close()
    return dict(found)  # type: ignore[arg-type]


def diagnoses_in(store: str, replaced: bool = False) -> list[tuple[Any, ...]]:
    """Every diagnosis with all it says, in the order of files and signals."""
    kept = [diagnoses.c[name] for name in ("digest", "position", "channel", "machine", "point", "site", "verdict")]
    kept += [diagnoses.c[name] for name in ("labels", "probabilities", "rms", "peak", "kurtosis", "document")]
    kept += [diagnoses.c.measured_at, diagnoses.c.measured_from]
    asked = select(tasks.c.source, *kept).join(tasks).where(diagnoses.c.replaced == replaced)
    opened = open_store(store)
    with opened.reading() as connection:
        found = connection.execute(asked.order_by(tasks.c.source, diagnoses.c.position)).all()
    opened.close()
    return [tuple(row) for row in found]


def leases_in(store: str) -> int:
    """How many are held."""
    opened = open_store(store)
    with opened.reading() as connection:
        found = connection.execute(select(leases.c.token)).all()
    opened.close()
    return len(found)
