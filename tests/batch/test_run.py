"""A run reads what is new, keeps it once, and lets no file stop another."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kept_rows import attempts_in, diagnoses_in, files_in, leases_in
from plant import Obeys, fill, night

from pipeline.batch.inbox import Shard, Wanted
from pipeline.errors import CatalogError


def counts(summary) -> dict[str, int]:
    """What became of the files of an inbox."""
    return {key: value for key, value in vars(summary).items() if value and key != "listed"}


def test_every_signal_of_every_file_gets_a_row_and_a_second_run_reads_nothing(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"pump-1.txt": "ball\ncage", "fan-1.txt": "healthy"})
    assert counts(night(inbox, store)) == {"diagnosed": 2}
    rows = diagnoses_in(store)
    assert [(row[0], row[3], row[4], row[8]) for row in rows] == [
        ("fan-1.txt", "c0", "fan", ["healthy"]),
        ("pump-1.txt", "c0", "pump", ["ball"]),
        ("pump-1.txt", "c1", "pump", ["cage"]),
    ]
    assert rows[0][10:13] == (1.0, 2.0, 3.0)
    assert counts(night(inbox, store)) == {"unchanged": 2}
    assert attempts_in(store) == {"pump-1.txt": 1, "fan-1.txt": 1}
    assert diagnoses_in(store) == rows
    assert leases_in(store) == 0


@pytest.mark.parametrize("executor", ["in-process", "processes"])
def test_one_bad_file_never_stops_the_rest(store: str, tmp_path: Path, executor: str) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "raise", "b.txt": "broken", "c.txt": "ball", "d.txt": "cage"})
    (inbox / "b2.txt").symlink_to(tmp_path / "nowhere")
    assert counts(night(inbox, store, executor=executor)) == {"diagnosed": 2, "quarantined": 2, "unfit": 1}
    told = files_in(store)
    assert told["b.txt"] == ("quarantined", "as it says")
    assert told["a.txt"][1] == "its reader failed (ZeroDivisionError: a fault of the reader); please report it"
    assert [row[7] for row in diagnoses_in(store)] == ["UNUSABLE", "UNUSABLE", "UNCALIBRATED", "UNCALIBRATED"]


def test_a_quarantined_file_is_read_again_when_it_changes_or_on_retry(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "raise"})
    night(inbox, store)
    assert counts(night(inbox, store)) == {"unchanged": 1}
    assert counts(night(inbox, store, Wanted(retry=True))) == {"quarantined": 1}
    assert attempts_in(store) == {"a.txt": 2}
    assert len(diagnoses_in(store)) == 1
    fill(inbox, {"a.txt": "ball"}, age_s=1800.0)
    assert counts(night(inbox, store)) == {"diagnosed": 1}
    assert files_in(store) == {"a.txt": ("done", None)}
    assert [row[7] for row in diagnoses_in(store, replaced=True)] == ["UNUSABLE"]


def test_a_file_that_changed_gets_new_rows_and_its_old_ones_stay(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball\ncage"})
    night(inbox, store)
    fill(inbox, {"a.txt": "healthy"}, age_s=1800.0)
    assert counts(night(inbox, store)) == {"diagnosed": 1}
    assert [row[8] for row in diagnoses_in(store)] == [["healthy"]]
    assert [row[8] for row in diagnoses_in(store, replaced=True)] == [["ball"], ["cage"]]


def test_a_new_time_over_old_content_is_not_diagnosed_again(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball"})
    night(inbox, store)
    before = diagnoses_in(store)
    fill(inbox, {"a.txt": "ball"}, age_s=1800.0)
    assert counts(night(inbox, store)) == {"unchanged": 1}
    assert diagnoses_in(store) == before
    assert attempts_in(store) == {"a.txt": 2}


def test_a_side_file_that_changed_is_new_content(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "a.txt.yaml": "rate_hz: 1000"})
    night(inbox, store)
    fill(inbox, {"a.txt.yaml": "rate_hz: 2000"}, age_s=1800.0)
    assert counts(night(inbox, store)) == {"diagnosed": 1}


def test_a_copy_is_diagnosed_once_and_on_its_own_when_the_original_changes(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "ball"})
    assert counts(night(inbox, store)) == {"diagnosed": 1, "copies": 1}
    fill(inbox, {"c.txt": "ball"})
    assert counts(night(inbox, store)) == {"copies": 1, "unchanged": 2}
    assert [row[0] for row in diagnoses_in(store)] == ["a.txt"]
    fill(inbox, {"a.txt": "cage"}, age_s=1800.0)
    assert counts(night(inbox, store)) == {"diagnosed": 2, "copies": 1}
    assert [(row[0], row[8]) for row in diagnoses_in(store)] == [("a.txt", ["cage"]), ("b.txt", ["ball"])]
    assert counts(night(inbox, store)) == {"unchanged": 3}


def test_copies_of_a_changed_original_beyond_the_limit_are_left_and_counted(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "ball"})
    night(inbox, store)
    fill(inbox, {"a.txt": "cage"}, age_s=1800.0)
    assert counts(night(inbox, store, Wanted(limit=1))) == {"diagnosed": 1, "left": 1}
    assert counts(night(inbox, store, Wanted(limit=1))) == {"diagnosed": 1, "unchanged": 1}
    assert [(row[0], row[8]) for row in diagnoses_in(store)] == [("a.txt", ["cage"]), ("b.txt", ["ball"])]


def test_a_copy_touched_while_its_original_changes_is_diagnosed_in_the_same_run(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "ball"})
    night(inbox, store)
    fill(inbox, {"a.txt": "cage", "b.txt": "ball"}, age_s=1800.0)
    assert counts(night(inbox, store)) == {"diagnosed": 2}
    assert [(row[0], row[8]) for row in diagnoses_in(store)] == [("a.txt", ["cage"]), ("b.txt", ["ball"])]


def test_files_still_being_written_are_left_and_a_clock_ahead_holds_nothing_up(tmp_path: Path) -> None:
    store = str(tmp_path / "plant.db")
    inbox = fill(tmp_path / "inbox", {"young.txt": "ball"}, age_s=2.0)
    fill(inbox, {"future.txt": "cage"}, age_s=-86400.0)
    fill(inbox, {"ages.txt": "healthy"}, age_s=40 * 365 * 86400.0)
    assert counts(night(inbox, store)) == {"diagnosed": 2, "left": 1}
    fill(inbox, {"young.txt": "ball"}, age_s=60.0)
    assert counts(night(inbox, store)) == {"diagnosed": 1, "unchanged": 2}


def test_a_file_replaced_while_it_is_read_is_left_for_the_next_run(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball"})

    class Replaces(Obeys):
        def diagnose(self, place, source):
            answers = super().diagnose(place, source)
            fill(inbox, {"a.txt": "cage\nball"}, age_s=60.0)
            return answers

    assert counts(night(inbox, store, maker=Replaces())) == {"left": 1}
    assert diagnoses_in(store) == []
    assert counts(night(inbox, store)) == {"diagnosed": 1}
    assert [row[8] for row in diagnoses_in(store)] == [["cage"], ["ball"]]


def test_a_file_that_goes_away_while_it_is_read_ends_nothing(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "cage"})

    class Removes(Obeys):
        def diagnose(self, place, source):
            (inbox / "b.txt").unlink(missing_ok=True)
            return super().diagnose(place, source)

    assert counts(night(inbox, store, maker=Removes())) == {"diagnosed": 1, "left": 1}
    assert [row[0] for row in diagnoses_in(store)] == ["a.txt"]


def test_a_limit_and_a_time_say_which_files_and_the_rest_waits(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}" for number in range(5)})
    fill(inbox, {"old.txt": "cage"}, age_s=86400.0)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=2)
    assert counts(night(inbox, store, Wanted(since=an_hour_ago, limit=3))) == {"diagnosed": 3, "left": 2, "older": 1}
    assert counts(night(inbox, store, Wanted(since=an_hour_ago))) == {"diagnosed": 2, "unchanged": 3, "older": 1}
    assert counts(night(inbox, store)) == {"diagnosed": 1, "unchanged": 5}


def test_shards_share_an_inbox_without_a_file_twice_or_never(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}" for number in range(40)})
    read = [night(inbox, store, Wanted(Shard(number, 3))).diagnosed for number in (1, 2, 3)]
    assert sum(read) == 40
    assert min(read) > 0
    assert set(attempts_in(store).values()) == {1}


def test_a_stopped_run_ends_after_the_file_at_hand_and_leaves_no_suspect(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}" for number in range(5)})
    asked = iter([False, False, False])
    assert counts(night(inbox, store, stopped=lambda: next(asked, True))) == {"diagnosed": 2, "left": 3}
    assert {state for state, _ in files_in(store).values()} == {"done"}
    assert counts(night(inbox, store)) == {"diagnosed": 3, "unchanged": 2}


def test_a_run_that_is_interrupted_leaves_no_suspect_and_no_lease(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "cage"})

    class Interrupted(Obeys):
        def diagnose(self, place, source):
            if source == "b.txt":
                raise KeyboardInterrupt
            return super().diagnose(place, source)

    with pytest.raises(KeyboardInterrupt):
        night(inbox, store, maker=Interrupted())
    assert {name: state for name, (state, _) in files_in(store).items()} == {"a.txt": "done", "b.txt": "waiting"}
    assert leases_in(store) == 0
    assert counts(night(inbox, store)) == {"diagnosed": 1, "unchanged": 1}


def test_devices_and_pipes_hold_nothing_up(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"b.txt": "ball", "c.txt": "cage"})
    (inbox / "a.txt").symlink_to("/dev/zero")
    os.mkfifo(inbox / "d.txt")
    os.mkfifo(inbox / "c.txt.yaml")
    for path in (inbox / "d.txt", inbox / "c.txt.yaml"):
        os.utime(path, (time.time() - 3600.0,) * 2)
    summary = night(inbox, store)
    assert summary.diagnosed == 1
    told = files_in(store)
    assert told["b.txt"] == ("done", None)
    assert all("not a regular file" in (reason or "") for state, reason in told.values() if state == "quarantined")
    assert night(inbox, store).diagnosed == 0


def test_an_inbox_that_cannot_be_written_is_read(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball"})
    times = {path: path.stat().st_mtime_ns for path in [inbox, *inbox.iterdir()]}
    inbox.chmod(0o555)
    try:
        assert counts(night(inbox, store)) == {"diagnosed": 1}
    finally:
        inbox.chmod(0o755)
    assert times == {path: path.stat().st_mtime_ns for path in [inbox, *inbox.iterdir()]}


def test_an_inbox_that_is_not_there_is_told(store: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="there is no such file or folder"):
        night(tmp_path / "inbx", store)
    assert leases_in(store) == 0


def test_the_time_of_a_recording_is_its_files_where_it_does_not_say(tmp_path: Path) -> None:
    store, at = str(tmp_path / "plant.db"), time.time() - 3600.0
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball"})
    os.utime(inbox / "a.txt", (at, at))
    night(inbox, store)
    moment, said_by = diagnoses_in(store)[0][-2:]
    assert abs(moment.timestamp() - at) < 1.0
    assert said_by == "file system"


def test_a_file_from_the_future_is_dated_by_our_own_clock(tmp_path: Path) -> None:
    store, before = str(tmp_path / "plant.db"), datetime.now(UTC)
    inbox = fill(tmp_path / "inbox", {"later today.txt": "ball"}, age_s=-20 * 3600.0)
    fill(inbox, {"in years.txt": "cage"}, age_s=-4 * 365 * 86400.0)
    night(inbox, store)
    told = {row[0]: row[-2:] for row in diagnoses_in(store)}
    assert told["later today.txt"][1] == "file system"
    moment, said_by = told["in years.txt"]
    assert said_by == "clock"
    assert before <= moment <= datetime.now(UTC)


def test_names_that_no_store_keeps_are_told_three_times_and_then_counted(tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"back\\slash {number}.txt": "ball" for number in range(6)} | {"a.txt": "cage"})
    notes: list[str] = []
    assert counts(night(inbox, str(tmp_path / "plant.db"), note=notes.append)) == {"diagnosed": 1, "unfit": 6}
    assert len(notes) == 4
    assert notes[0].startswith("skipped back\\slash 0.txt: its name holds a backslash")
    assert notes[3] == "skipped 3 more files for their names"


def test_a_name_that_begins_with_two_dots_is_told_and_what_is_hidden_is_not(tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"..wav": "ball", ".DS_Store": "finder", "a.txt": "cage"})
    (inbox / "..data").mkdir()
    fill(inbox / "..data", {"b.txt": "a mount of Kubernetes keeps its own there"})
    notes: list[str] = []
    assert counts(night(inbox, str(tmp_path / "plant.db"), note=notes.append)) == {"diagnosed": 1, "unfit": 1}
    assert notes == ["skipped ..wav: its name begins with two dots, as no recording's does; rename the file"]


def test_reasons_are_told_when_all_is_read_like_ones_together(tmp_path: Path) -> None:
    texts = {f"{number}.txt": f"broken {number}" for number in range(3)} | {"x.txt": "raise", "y.txt": "ball"}
    inbox, told = fill(tmp_path / "inbox", texts), list[str]()
    night(inbox, str(tmp_path / "plant.db"), why=told.append)
    assert told == [
        "3 quarantined, such as 0.txt: as it says",
        "1 quarantined: x.txt: its reader failed (ZeroDivisionError: a fault of the reader); please report it",
    ]
    assert night(inbox, str(tmp_path / "plant.db"), why=told.append).unchanged == 5
    assert len(told) == 2


def test_a_store_that_went_away_is_made_anew_and_everything_read_again(tmp_path: Path) -> None:
    inbox, store = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "broken"}), tmp_path / "plant.db"
    first = night(inbox, str(store))
    store.unlink()
    assert night(inbox, str(store)) == first
