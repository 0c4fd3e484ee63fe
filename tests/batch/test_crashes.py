"""A process that dies over a file, and a whole run that is killed: what is kept, and which file is suspected."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from kept_rows import attempts_in, diagnoses_in, files_in, leases_in
from plant import Obeys, fill, night, run_of
from sqlalchemy import select

from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import runs
from pipeline.errors import LockedError


def test_a_file_that_crashes_its_reader_is_read_alone_next_and_put_aside(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball", "b.txt": "crash", "c.txt": "cage"})
    assert run_of(inbox, store).wait() == -signal.SIGSEGV
    assert {name: state for name, (state, _) in files_in(store).items()} == {"a.txt": "done", "b.txt": "reading"}
    summary = night(inbox, store)
    assert (summary.diagnosed, summary.quarantined, summary.unchanged) == (1, 1, 1)
    state, reason = files_in(store)["b.txt"]
    assert state == "quarantined"
    assert reason is not None
    assert reason.startswith("the process that read it alone was ended by SIGSEGV")
    assert attempts_in(store)["b.txt"] == 2
    assert night(inbox, store).unchanged == 3
    fill(inbox, {"b.txt": "healthy"}, age_s=1800.0)
    assert night(inbox, store).diagnosed == 1


def test_processes_go_on_after_one_of_them_died(store: str, tmp_path: Path) -> None:
    texts = {f"{number}.txt": f"ball{number}" for number in range(12)} | {"3.txt": "crash", "7.txt": "crash!"}
    summary = night(fill(tmp_path / "inbox", texts), store, executor="processes")
    assert (summary.diagnosed, summary.quarantined, summary.left) == (10, 2, 0)
    assert {name for name, (state, _) in files_in(store).items() if state == "quarantined"} == {"3.txt", "7.txt"}


class SaysByWhom(Obeys):
    """Leaves the number of the process that reads beside the inbox."""

    def diagnose(self, place, source):
        (place.parents[1] / "readers").mkdir(exist_ok=True)
        (place.parents[1] / "readers" / str(os.getpid())).touch()
        return super().diagnose(place, source)


def test_a_worker_that_is_killed_takes_nothing_with_it(store: str, tmp_path: Path) -> None:
    texts = {f"{number:02}.txt": f"ball{number}" for number in range(20)}
    inbox, killed = fill(tmp_path / "inbox", texts), list[int]()

    def kill_one(*_: object) -> None:
        found = sorted((tmp_path / "readers").glob("*")) if (tmp_path / "readers").exists() else []
        if found and not killed:
            killed.append(int(found[0].name))
            os.kill(killed[0], signal.SIGKILL)

    summary = night(inbox, store, executor="processes", maker=SaysByWhom(pause_s=0.2), tick=kill_one)
    assert len(killed) == 1
    assert (summary.diagnosed, summary.quarantined, summary.left) == (20, 0, 0)
    assert sum(attempts_in(store).values()) <= 21  # at most its own file a second time


def test_who_waits_for_the_run_of_another_process_goes_on_after_it(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}" for number in range(6)})
    other = run_of(inbox, store, pause_s=0.3)
    while other.poll() is None and "0.txt" not in (files_in(store) if store_is_there(store) else {}):
        time.sleep(0.05)
    with pytest.raises(LockedError, match="already; wait until it is done"):
        night(inbox, store)
    fill(inbox, {"late.txt": "cage"})
    summary = night(inbox, store, wait=True)
    assert other.wait() == 0
    assert (summary.diagnosed, summary.unchanged) == (1, 6)
    opened = open_store(store)
    with opened.reading() as connection:
        (_, first_end), (second_begin, _) = connection.execute(select(runs.c.started_at, runs.c.ended_at)).all()
    opened.close()
    assert second_begin >= first_end


def store_is_there(store: str) -> bool:
    """Whether it may be asked without making it."""
    return "://" in store or Path(store).exists()


@pytest.mark.parametrize("executor", ["in-process", "processes"])
def test_killed_again_and_again_a_batch_ends_with_the_rows_of_an_unbroken_one(
    store: str, tmp_path: Path, executor: str
) -> None:
    kills = 25 if executor == "in-process" else 10
    texts = {f"{number:03}.txt": f"ball{number}\ncage{number}" for number in range(120)}
    texts |= {f"{number:03}.txt": f"broken{number}" for number in range(5, 120, 12)}
    inbox = fill(tmp_path / "inbox", texts)
    unbroken = str(tmp_path / "unbroken.db")
    night(inbox, unbroken)
    moments, done = random.Random(7), 0
    for _ in range(kills):
        run = run_of(inbox, store, executor, pause_s=0.02)
        time.sleep(moments.uniform(0.3, 1.3))
        os.killpg(run.pid, signal.SIGKILL)
        done += run.wait() == -signal.SIGKILL
    assert done >= kills // 3  # the rest came after the last file
    night(inbox, store)
    assert files_in(store) == files_in(unbroken)
    assert diagnoses_in(store) == diagnoses_in(unbroken)
    assert leases_in(store) == 0


def test_a_file_under_which_a_run_was_killed_is_read_alone_and_kept(store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball"})
    for attempt in (1, 2, 3):
        run = run_of(inbox, store, pause_s=30.0)
        while run.poll() is None and attempts_in(store).get("a.txt", 0) < attempt:
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert night(inbox, store).diagnosed == 1
    assert files_in(store) == {"a.txt": ("done", None)}
