"""Alarms: those a store keeps, listed and acknowledged."""

from collections.abc import Sequence

from pipeline.batch.store.damaged import LeftOut, refuse
from pipeline.batch.store.kept_alarms import KeptAlarm, acknowledge, alarms_in
from pipeline.batch.store.opened import open_known_store


def list_alarms(store: str, closed: bool = False, left_out: LeftOut = refuse) -> list[KeptAlarm]:
    """What a store keeps: open alarms, or all; those that nobody has seen first, alarms before warnings.

    Args:
        store: a file of SQLite, or a URL.
        closed: whether closed ones too.
        left_out: told of every damaged row.

    Raises:
        StoreError: when there is no such store.
    """
    opened = open_known_store(store)
    try:
        return alarms_in(opened, closed, left_out)
    finally:
        opened.close()


def acknowledge_alarms(store: str, ids: Sequence[int], by: str, note: str | None = None) -> list[KeptAlarm]:
    """Note that somebody has seen alarms.

    Returns:
        What was acknowledged, as it is now.

    Raises:
        RequestError: for a number that no alarm has.
        StoreError: when there is no such store.
    """
    opened = open_known_store(store, to_write=True)
    try:
        acknowledge(opened, ids, by, note)
        return [alarm for alarm in alarms_in(opened, True, lambda _: None) if alarm.id in ids]
    finally:
        opened.close()
