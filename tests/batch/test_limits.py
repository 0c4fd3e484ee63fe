"""A file whose reading never ends: it is put aside, and the night goes on."""

import subprocess
from pathlib import Path

import pytest
from kept_rows import attempts_in, diagnoses_in, files_in, leases_in
from plant import fill, night, run_of

from pipeline.batch.executors import EXECUTORS
from pipeline.batch.executors.limit import Limit

SHORT = Limit(1.0)
TEXTS = {f"{number}.txt": f"ball{number}" for number in range(5)}


@pytest.fixture(params=sorted(set(EXECUTORS) - {"in-process"}))
def executor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "ray":
        pytest.importorskip("ray", reason="needs the extra ray")
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=":")
    return str(request.param)


@pytest.mark.parametrize("word", ["hang", "clutch"])
def test_workers_that_do_not_come_to_an_end_are_killed_and_the_others_lose_nothing(
    executor: str, word: str, tmp_path: Path
) -> None:
    inbox, store = fill(tmp_path / "inbox", TEXTS | {"2.txt": word}), str(tmp_path / "plant.db")
    summary = night(inbox, store, executor=executor, limit=SHORT)
    assert (summary.diagnosed, summary.quarantined, summary.left) == (4, 1, 0)
    state, reason = files_in(store)["2.txt"]
    assert state == "quarantined"
    assert str(reason).startswith("reading it takes longer than 1 s (--timeout), also alone; it is read again when it")
    assert attempts_in(store) == dict.fromkeys(TEXTS, 1) | {"2.txt": 2}


@pytest.mark.parametrize("word", ["hang", "clutch"])
def test_a_run_that_reads_itself_ends_and_the_next_reads_that_file_alone(word: str, tmp_path: Path) -> None:
    inbox, store = fill(tmp_path / "inbox", TEXTS | {"2.txt": word}), str(tmp_path / "plant.db")
    ended = run_of(inbox, store, limit_s=1.0, stderr=subprocess.PIPE, text=True)
    said = ended.communicate()[1]
    assert ended.returncode == 1
    told = "2.txt: is still being read after 1 s (--timeout); this run ends here, and the next one reads it alone"
    assert (told if word == "hang" else "Timeout (0:00:01.500000)!") in said
    assert files_in(store)["2.txt"][0] == "reading"
    summary = night(inbox, store, limit=SHORT)
    assert (summary.diagnosed, summary.quarantined, summary.unchanged) == (2, 1, 2)
    assert "takes longer than 1 s" in str(files_in(store)["2.txt"][1])
    assert (len(diagnoses_in(store)), leases_in(store)) == (5, 0)


def test_a_process_that_may_not_be_ended_is_told_and_goes_on(tmp_path: Path) -> None:
    inbox, store = fill(tmp_path / "inbox", {"a.txt": "ball"}), str(tmp_path / "plant.db")
    told: list[str] = []
    assert night(inbox, store, pause_s=1.0, limit=Limit(0.2, told.append)).diagnosed == 1
    assert told == ["a.txt: is still being read after 0.2 s (--timeout); only the end of this process ends it"]
