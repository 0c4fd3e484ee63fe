"""Diagnosed: what a store tells of its rows, in which order, and each of them once."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from kept_fleet import LATEST, Life, kept, quiet, silent

from pipeline.batch.store.diagnosed import diagnosed, document_of, documents
from pipeline.batch.store.opened import open_store
from pipeline.batch.trends.history import Snapshot
from pipeline.errors import StoreError
from pipeline.verdict import Outcome

SITES = [
    quiet(name, 3, site, point) for site in ("south", "north") for name in ("pump", "fan") for point in ("NDE", "DE")
]


@pytest.mark.parametrize("count", [1, 49, 50, 51, 100, 101])
def test_every_number_that_is_asked_for_gives_its_own_verdict_once(tmp_path: Path, count: int) -> None:
    kept(str(tmp_path / "plant.db"), [quiet("pump", 130)])
    store = open_store(str(tmp_path / "plant.db"))
    asked = list(range(130, 130 - count, -1))
    found = [(number, document["source"]) for number, document, _ in document_of(store, asked)]
    assert sorted(found, reverse=True) == [(number, f"pump/{number:06}.wav") for number in asked]
    store.close()


def test_a_damaged_verdict_that_is_asked_for_by_number_is_told_and_costs_no_other(tmp_path: Path) -> None:
    kept(str(tmp_path / "plant.db"), [quiet("pump", 4)])
    with closing(sqlite3.connect(tmp_path / "plant.db")) as shell:
        shell.execute("UPDATE diagnoses SET document = '{' WHERE id = 2")
        shell.commit()
    store, told = open_store(str(tmp_path / "plant.db")), list[str]()
    assert {number for number, _, _ in document_of(store, [1, 2, 3, 4], told.append)} == {1, 3, 4}
    assert [line.partition(" (")[0] for line in told] == ["diagnosis 2 of the store is damaged"]
    with pytest.raises(StoreError, match="diagnosis 2 of the store is damaged"):
        list(document_of(store, [2]))
    store.close()


def test_rows_come_by_site_machine_point_and_time_whatever_order_they_came_in(store: str) -> None:
    kept(store, [life._replace(rms=life.rms[::-1]) for life in SITES])
    opened = open_store(store)
    found = [(row.site, row.machine, row.point, row.at) for row in diagnosed(opened)]
    told = [(one["site"], one["machine"], one["point"], one["measured_at"]) for one in documents(opened)]
    opened.close()
    assert len(found) == 24
    assert found == sorted(found)
    assert told == [(*whose, at.isoformat()) for *whose, at in found]


def test_what_is_asked_for_since_a_time_begins_with_that_time(store: str) -> None:
    kept(store, [quiet("pump", 5)])
    opened = open_store(store)
    since = LATEST - timedelta(days=2)
    assert [row.at for row in diagnosed(opened, since)] == [LATEST - timedelta(days=ago) for ago in (2, 1, 0)]
    assert len(list(documents(opened, since))) == 3
    opened.close()


def test_a_row_is_a_part_of_its_points_trend_and_says_why_it_is_none(store: str) -> None:
    kept(store, [Life("pump", "north", "DE", [0.25], [1.5]), silent("press", 1)])
    opened = open_store(store)
    mute, heard = diagnosed(opened)
    opened.close()
    assert heard.snapshot == Snapshot(heard.id, LATEST, {"outer_race": 0.25, "inner_race": 0.025, "ball": 0.05}, 1.5)
    assert (heard.where.site, heard.where.machine, heard.where.point, heard.where.channel) == (
        "north",
        "pump",
        "DE",
        "c0",
    )
    assert (heard.verdict, heard.unit, heard.calibrated, heard.reason) == (Outcome.UNCALIBRATED, "g", False, None)
    assert mute.verdict is Outcome.UNUSABLE
    assert (mute.rms, mute.unit, mute.reason) == (None, None, "cut off after 12 of 48 kB: press")
