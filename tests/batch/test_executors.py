"""What every executor does, walked through the registry."""

import os
from pathlib import Path

import pytest
from kept_rows import attempts_in, diagnoses_in, files_in
from plant import Obeys, fill, night

from pipeline.batch.executors import EXECUTORS
from pipeline.errors import BundleError

TEXTS = {f"{number}.txt": f"ball{number}\ncage{number}" for number in range(7)} | {"3.txt": "broken", "5.txt": "raise"}


TESTS = Path(__file__).parents[1]
"""Where workers on other nodes find our diagnoser."""


class Missing(Obeys):
    """A maker whose model is not there."""

    def __call__(self):
        raise BundleError("the model is gone")


@pytest.fixture(params=sorted(EXECUTORS))
def executor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "ray":
        pytest.importorskip("ray", reason="needs the extra ray")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])))
    return str(request.param)


def test_every_executor_keeps_the_same_rows_and_begins_each_file_once(executor: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", TEXTS)
    store, plain = str(tmp_path / "plant.db"), str(tmp_path / "plain.db")
    summary, expected = night(inbox, store, executor=executor), night(inbox, plain)
    assert summary == expected
    assert (summary.diagnosed, summary.quarantined) == (5, 2)
    assert diagnoses_in(store) == diagnoses_in(plain)
    assert files_in(store) == files_in(plain)
    assert set(attempts_in(store).values()) == {1}


def test_a_model_that_cannot_be_made_ends_the_run_and_blames_no_file(executor: str, tmp_path: Path) -> None:
    inbox, store = fill(tmp_path / "inbox", TEXTS), str(tmp_path / "plant.db")
    with pytest.raises(BundleError, match="the model is gone"):
        night(inbox, store, executor=executor, maker=Missing())
    assert {state for state, _ in files_in(store).values()} <= {"waiting"}
    assert diagnoses_in(store) == []
    assert night(inbox, store).diagnosed == 5


def test_a_stop_is_heard_between_two_files(executor: str, tmp_path: Path) -> None:
    inbox, store = fill(tmp_path / "inbox", TEXTS), str(tmp_path / "plant.db")
    asked = iter([False] * 3)
    summary = night(inbox, store, executor=executor, stopped=lambda: next(asked, True))
    assert summary.diagnosed + summary.quarantined == 2
    assert summary.left == 5
    assert "reading" not in {state for state, _ in files_in(store).values()}
