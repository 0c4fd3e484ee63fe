"""Facts that changed between two runs are noticed, and --again diagnoses what is known anew, in place."""

from pathlib import Path

import pytest
from kept_rows import diagnoses_in, files_in
from plant import Obeys, fill, night, said_by
from sqlalchemy import select

from pipeline.batch.inbox import Shard, Wanted
from pipeline.batch.store.kept_alarms import acknowledge, alarms_in
from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import diagnoses

AGAIN = Wanted(again=True)
SINCE = "facts (flags, catalog or pattern) changed since the last run; "
CHANGED = [
    f"{SINCE}1 file keeps its older verdict; --again diagnoses it anew",
    f"{SINCE}1 file stays put aside; --retry reads it with the new ones",
]


class Elsewhere(Obeys):
    """Says of every recording that it is another machine's, and quieter."""

    def diagnose(self, place, source):
        return [said_by(f"{place.read_text().split()[0]} 0.2 1.0", "c0", str(place), f"other-{source}")]


def noted(inbox: Path, store: str, facts: str, wanted: Wanted | None = None, **more: object) -> list[str]:
    """What a run with some facts notes."""
    notes: list[str] = []
    night(inbox, store, wanted, facts=facts, note=notes.append, **more)
    return notes


def ids_in(store: str) -> list[int]:
    """The numbers of all diagnoses."""
    opened = open_store(store)
    with opened.reading() as connection:
        found = list(connection.execute(select(diagnoses.c.id).order_by(diagnoses.c.id)).scalars())
    opened.close()
    return found


def test_facts_that_changed_are_noted_until_a_run_with_them_came_to_its_end(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "broken"})
    assert noted(inbox, store, "1797 rpm") == []
    assert noted(inbox, store, "1797 rpm") == []
    fill(inbox, {"c.txt": "cage"})
    assert noted(inbox, store, "1772 rpm", stopped=lambda: True) == CHANGED
    assert noted(inbox, store, "1772 rpm") == CHANGED
    assert noted(inbox, store, "1772 rpm") == []
    assert noted(inbox, store, "1797 rpm") == CHANGED[:1]  # c.txt alone


def test_each_part_of_an_inbox_is_held_against_its_own_last_run(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}" for number in range(8)})
    parts = [Wanted(Shard(number, 3)) for number in (1, 2, 3)]
    assert [noted(inbox, store, "1797 rpm", part) for part in parts] == [[], [], []]
    assert all(len(noted(inbox, store, "1772 rpm", part)) == 1 for part in parts)
    assert noted(inbox, store, "1772 rpm") == []


def test_again_leaves_nothing_of_older_facts(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "broken"})
    noted(inbox, store, "1797 rpm")
    assert noted(inbox, store, "1772 rpm", AGAIN) == []
    assert noted(inbox, store, "1772 rpm") == []


@pytest.mark.parametrize("executor", ["in-process", "processes"])
def test_again_reads_every_file_and_its_rows_are_replaced_in_place(store: str, tmp_path: Path, executor: str) -> None:
    texts = {"a-1.txt": "ball\ncage", "b-1.txt": "broken", "c-1.txt": "raise", "d-1.txt": "ball\ncage"}
    inbox = fill(tmp_path / "inbox", texts)
    night(inbox, store)
    rows, files, ids = diagnoses_in(store), files_in(store), ids_in(store)
    summary = night(inbox, store, AGAIN, executor=executor)
    assert (summary.diagnosed, summary.quarantined, summary.copies, summary.unchanged) == (1, 2, 1, 0)
    assert (diagnoses_in(store), files_in(store), ids_in(store)) == (rows, files, ids)


def test_signals_that_are_there_no_more_are_marked_as_replaced(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a-1.txt": "ball\ncage"})
    night(inbox, store)
    night(inbox, store, AGAIN, maker=Elsewhere())
    assert [(row[3], row[8]) for row in diagnoses_in(store)] == [("c0", ["ball"])]
    assert [(row[3], row[8]) for row in diagnoses_in(store, replaced=True)] == [("c1", ["cage"])]
    night(inbox, store, AGAIN)
    assert [(row[3], row[8]) for row in diagnoses_in(store)] == [("c0", ["ball"]), ("c1", ["cage"])]


def trend(inbox: Path) -> Path:
    """Three recordings of one machine, a fault in each."""
    for number in range(3):
        fill(inbox, {f"pump-{number}.txt": f"x{number} 0.9{number} 1.0"}, age_s=3600.0 * (9 - number))
    return inbox


def test_recordings_that_opened_an_alarm_can_be_diagnosed_again(store: str, tmp_path: Path) -> None:
    inbox, opened = trend(tmp_path / "inbox"), open_store(store)
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    acknowledge(opened, [alarm.id], "Kim")
    assert night(inbox, store, AGAIN).diagnosed == 3
    (same,) = alarms_in(opened)
    assert (same.id, same.worst, same.acknowledged_by) == (alarm.id, alarm.worst, "Kim")
    opened.close()


@pytest.mark.parametrize("seen", [False, True])
def test_an_alarm_ends_when_its_recordings_turn_out_to_be_another_machines(store: str, tmp_path: Path, seen) -> None:
    inbox, opened = trend(tmp_path / "inbox"), open_store(store)
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    if seen:
        acknowledge(opened, [alarm.id], "Kim")
    night(inbox, store, AGAIN, maker=Elsewhere())
    assert alarms_in(opened) == []
    assert len(alarms_in(opened, closed=True)) == seen
    opened.close()
