"""Report: what a store holds, as pages, as lines of JSON, as CSV, as Parquet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.batch.monitor.health import health_of
from pipeline.batch.store.damaged import LeftOut, refuse
from pipeline.batch.store.diagnosed import diagnosed, document_of, documents, labels_of
from pipeline.batch.store.kept_alarms import alarms_in
from pipeline.batch.store.opened import Store, open_known_store
from pipeline.batch.store.pulses import pulses_of
from pipeline.batch.store.runs import latest_rules
from pipeline.batch.store.utc import now
from pipeline.batch.trends.judged import DRIFT
from pipeline.batch.trends.rules import Rules, rules_at
from pipeline.errors import RequestError
from pipeline.progress import Tick, unwatched
from pipeline.reporting.flat_rows import write_csv, write_parquet
from pipeline.reporting.fleet.folder import Folder
from pipeline.reporting.fleet.report import About, Sheets, write_report
from pipeline.reporting.fleet.sheets import Kept


@dataclass(frozen=True)
class Pages:
    """Which pages are written.

    Attributes:
        out: their folder.
        sheets: of which diagnoses there is one.
        title: of the pages; names the store if absent.
        rules: of alarms, by which health is told.
        within: a good run must have ended within this, or the page says that the batch needs a person.
        may_be_empty: whether somebody takes files out of the inboxes, so that an empty one is well.
    """

    out: Path
    sheets: Sheets = Sheets.ALARMS
    title: str = ""
    rules: Path | None = None
    within: timedelta = timedelta(hours=26)
    may_be_empty: bool = False


def report(
    store: str,
    pages: Pages | None = None,
    *,
    csv: Path | None = None,
    parquet: Path | None = None,
    since: datetime | None = None,
    note: Callable[[str], None] = lambda _: None,
    left_out: LeftOut = refuse,
    tick: Tick = unwatched,
) -> dict[str, int]:
    """Write what a store holds.

    Args:
        store: a file of SQLite, or a URL.
        pages: to write.
        csv, parquet: files to write.
        since: only what was recorded then or later; on pages, whose trends need what was before, only that is listed.
        note: told what cannot be sought.
        left_out: told of every damaged row, once for each time that it is met.
        tick: told of progress.

    Returns:
        How many `machines`, `signals`, `sheets` and signals put `aside` the pages have; nothing without pages.

    Raises:
        RequestError: when there is no such store, or something cannot be written.
        StoreError: when the store cannot be read, or a row is damaged and nobody is told of it.
    """
    rules = rules_at(pages.rules) if pages and pages.rules else None
    refuse_name(csv, ".csv")
    refuse_name(parquet, ".parquet")
    with _opened(store) as opened:
        pulses = pulses_of(opened)
        folder = Folder(pages.out, [Path(pulse.inbox) for pulse in pulses]) if pages else None
        if csv:
            write_csv(csv, diagnosed(opened, since, left_out), labels_of(opened))
        if parquet:
            write_parquet(parquet, diagnosed(opened, since, left_out), labels_of(opened))
        if pages is None or folder is None:
            return {}
        seeks = find_spec("ruptures") is not None
        if not seeks:
            note("changes of level are not sought: ruptures is needed; pip install 'faultprint[batch]'")
        alarms = alarms_in(opened, closed=True, left_out=left_out)
        # Alarms of machines have places of their own on the pages.
        drifts = [alarm for alarm in alarms if alarm.kind == DRIFT and alarm.closed_at is None]
        health = health_of(pulses, drifts, now(), pages.within, pages.may_be_empty)
        title = pages.title or f"Machines of {Path(opened.told).name}"
        rules = rules or latest_rules(opened) or Rules()
        about = About(title, opened.told, now(), health, rules, pages.sheets, seeks, since)

        def kept(ids: Sequence[int]) -> Iterator[Kept]:
            return (Kept(*row) for row in document_of(opened, ids, left_out))

        return write_report(
            folder, diagnosed(opened, left_out=left_out), alarms, kept, about, lambda n: tick("reporting", n, n)
        )


def report_lines(store: str, since: datetime | None = None, left_out: LeftOut = refuse) -> Iterator[dict[str, Any]]:
    """Every diagnosis as plain values, ready for JSON: the verdict, and beside it machine, point, time and level.

    What was recorded since an open drift of its model began has `drift_since`.

    Raises:
        RequestError: when there is no such store.
        StoreError: when it cannot be read.
    """
    with _opened(store) as opened:
        drifts = [alarm for alarm in alarms_in(opened, left_out=left_out) if alarm.kind == DRIFT]
        began = {alarm.model: alarm.opened_at.isoformat() for alarm in drifts}
        for line in documents(opened, since, left_out):
            start = began.get(line.get("model", ""))
            yield line | ({"drift_since": start} if start and (line["measured_at"] or "") >= start else {})


def refuse_name(path: Path | None, suffix: str) -> None:
    """Nothing, where a file's name says what is written into it; so that no store and no recording is overwritten.

    Raises:
        RequestError: for any other name.
    """
    if path is not None and (path.suffix.lower() != suffix or path.is_dir()):
        raise RequestError(f"--{suffix[1:]} {path}: needs a file whose name ends in {suffix}")


@contextmanager
def _opened(store: str) -> Iterator[Store]:
    opened = open_known_store(store)
    try:
        yield opened
    finally:
        opened.close()
