"""Health: what a monitor asks of a store."""

from datetime import timedelta
from pathlib import Path

from pipeline.batch.monitor.health import Health, health_of
from pipeline.batch.monitor.metrics import write_metrics
from pipeline.batch.store.kept_alarms import alarms_in
from pipeline.batch.store.opened import open_known_store
from pipeline.batch.store.pulses import pulses_of
from pipeline.batch.store.utc import now


def health(store: str, longest: timedelta, metrics: Path | None = None, may_be_empty: bool = False) -> Health:
    """How the runs of a store are doing.

    Args:
        store: a file of SQLite, or a URL.
        longest: that may pass from the end of one good run to that of the next.
        metrics: a file for node_exporter to write as well.
        may_be_empty: whether somebody takes files out of the inboxes, so that an empty one is well.

    Raises:
        StoreError: when there is no such store.
    """
    opened = open_known_store(store)
    try:
        damaged: list[str] = []
        alarms = alarms_in(opened, left_out=damaged.append)
        found = health_of(pulses_of(opened), alarms, now(), longest, may_be_empty)
        found = found._replace(troubles=[*found.troubles, *damaged])
    finally:
        opened.close()
    if metrics is not None:
        write_metrics(found, metrics)
    return found
