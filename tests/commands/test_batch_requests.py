"""`faultprint batch`: what is wrong with a request is found before anything is written, and told in a line."""

import json
import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kept_rows import diagnoses_in, files_in
from plant import fill, night
from sqlalchemy import func, select

from pipeline import Catalog
from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import runs
from pipeline.catalog.export import write_signals
from pipeline.catalog.row import Row
from pipeline.errors import BundleError
from pipeline.models.ready import bundle_folder
from pipeline.signals.simulation.fleet import demo_fleet
from pipeline.workflow.batch import How, Watch, run_batch


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Six machines' recordings of an hour ago."""
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    write_signals(signals, tmp_path / "inbox", with_labels=False)
    return aged(tmp_path / "inbox")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A bundle of one's own."""
    return Path(shutil.copytree(bundle_folder("ready"), tmp_path / "model"))


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "plant.db")


def aged(folder: Path) -> Path:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 3600.0,) * 2)
    return folder


def renamed(model: Path) -> Path:
    """Another model at the same place."""
    card = model / "model.yaml"
    card.write_text(card.read_text().replace("name: ready", "name: other", 1))
    return model


def runs_in(store: str) -> int:
    opened = open_store(store)
    with opened.reading() as connection:
        count = connection.execute(select(func.count()).select_from(runs)).scalar_one()
    opened.close()
    return count


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--engine", "onnx"], "onnx"),
        (["--engine", "openvino"], "openvino"),
        (["--catalog", "nowhere.csv"], "there is no such catalog"),
        (["--catalog", "broken.csv"], "broken.csv"),
        (["--executor", "ray", "--address", "127.0.0.1:1"], "--"),
        (["--rules", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_a_refused_request_leaves_no_store_and_no_run(run, inbox, store, tmp_path, monkeypatch, more, told) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.csv").write_text("signal,sourze\na,a.wav\n")
    code, out, err = run("batch", "ready", inbox, "--store", store, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not Path(store).exists()
    shutil.rmtree(inbox)
    inbox.mkdir()
    assert run("batch", "ready", inbox, "--store", store)[0] == 0
    assert run("batch", "ready", inbox, "--store", store, *more)[0] == 2  # though nothing is new
    assert runs_in(store) == 1


def test_an_inbox_that_is_not_there_leaves_no_store(run, tmp_path: Path, store: str) -> None:
    assert run("batch", "ready", tmp_path / "inbx", "--store", store)[0] == 2
    assert not Path(store).exists()


def test_a_run_with_nothing_to_do_loads_no_torch_whatever_the_request(inbox: Path, store: str, tmp_path: Path) -> None:
    shutil.rmtree(inbox)
    inbox.mkdir()
    Catalog((), tmp_path).write(tmp_path / "catalog.csv")
    code = (
        "import sys; from pipeline.workflow.batch import run_batch; "
        "run_batch('ready', *sys.argv[1:3], catalog=sys.argv[3], bearing='6205'); print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, inbox, store, tmp_path / "catalog.csv"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_flags_and_catalogs_that_changed_are_noted_and_again_diagnoses_anew(run, inbox, store, tmp_path: Path) -> None:
    rows = tuple(Row(path.name, path.name, machine="pump 7") for path in inbox.glob("*.wav"))
    kept = tmp_path / "catalog.csv"
    Catalog(rows, inbox).write(kept)
    batch = ("batch", "ready", inbox, "--store", store)
    assert run(*batch, "--catalog", kept) == (0, f"{store}: 6 diagnosed\n", "")
    assert run(*batch, "--catalog", kept) == (0, f"{store}: 6 unchanged\n", "")
    Catalog(tuple(Row(row.signal, row.source, machine="pump 8") for row in rows), inbox).write(kept)
    code, out, err = run(*batch, "--catalog", kept)
    assert (code, out) == (0, f"{store}: 6 unchanged\n")
    assert "changed since the last run; 6 files keep their older verdicts; --again diagnoses them anew" in err
    assert {row[4] for row in diagnoses_in(store)} == {"pump 7"}
    assert run(*batch, "--catalog", kept, "--again") == (0, f"{store}: 6 diagnosed\n", "")
    assert {row[4] for row in diagnoses_in(store)} == {"pump 8"}
    assert "6 files keep their older verdicts" in run(*batch, "--pattern", "{machine}.wav")[2]
    assert "6 files keep their older verdicts" in run(*batch, "--speed-rpm", 1772)[2]
    assert run(*batch, "--speed-rpm", 1772) == (0, f"{store}: 6 unchanged\n", "")


def test_a_catalog_of_another_inbox_is_noted(run, inbox: Path, store: str, tmp_path: Path) -> None:
    Catalog((Row("a", "a.wav"),), tmp_path).write(tmp_path / "catalog.csv")
    code, _, err = run("batch", "ready", inbox, "--store", store, "--catalog", tmp_path / "catalog.csv")
    assert code == 0
    assert f"catalog.csv names no file of {inbox}, of 6 there; its sources start at its own folder" in err


def test_why_files_were_put_aside_is_told_unless_quiet(run, inbox: Path, store: str) -> None:
    for name in ("a.wav", "b.wav"):
        (inbox / name).touch()
    aged(inbox)
    code, _, err = run("batch", "ready", inbox, "--store", store)
    assert (code, err) == (
        3,
        "faultprint: 2 quarantined, such as a.wav: empty file (0 bytes); record or copy it again\n",
    )
    assert run("batch", "ready", inbox, "--store", store, "--retry", "--quiet")[::2] == (3, "")


def test_an_inbox_may_be_a_single_file(run, inbox: Path, store: str) -> None:
    one = next(inbox.glob("*.wav"))
    assert run("batch", "ready", one, "--store", store) == (0, f"{store}: 1 diagnosed\n", "")
    assert run("batch", "ready", one, "--store", store) == (0, f"{store}: 1 unchanged\n", "")
    assert list(files_in(store)) == [one.name]


def test_older_files_are_counted_where_only_younger_ones_are_wanted(run, inbox: Path, store: str) -> None:
    code, out, _ = run("batch", "ready", inbox, "--store", store, "--since", "10m")
    assert (code, out) == (0, f"{store}: nothing new since 10m, 6 older\n")


@pytest.mark.parametrize("deleted", [True, False])
def test_a_model_that_goes_away_between_two_runs_is_told_and_another_starts_anew(run, inbox, store, model, deleted):
    assert run("batch", model, inbox, "--store", store)[0] == 0
    rows = diagnoses_in(store)
    if deleted:
        shutil.rmtree(model)
        code, _, err = run("batch", model, inbox, "--store", store)
        assert (code, err.count("\n")) == (2, 1)
        assert "is not a model: it has no model.yaml" in err
        assert diagnoses_in(store) == rows
    else:
        renamed(model)
        assert run("batch", model, inbox, "--store", store) == (0, f"{store}: 6 diagnosed\n", "")
        assert len(diagnoses_in(store)) == 12


@pytest.mark.parametrize("change", [shutil.rmtree, renamed])
def test_a_model_that_goes_away_while_it_is_used_breaks_nothing(inbox: Path, store: str, model: Path, change) -> None:
    changed: list[object] = []

    def tick(what: str, *_: int) -> None:
        if what == "diagnosing" and not changed:
            changed.append(change(model))

    found = run_batch(model, inbox, store, watch=Watch(tick=tick))  # this process has loaded it by then
    assert (found["diagnosed"], found["left"]) == (6, 0)


@pytest.mark.parametrize(("change", "told"), [(shutil.rmtree, "is not a model"), (renamed, "was replaced by another")])
def test_a_model_that_goes_away_before_a_worker_has_it_ends_the_run_and_blames_no_file(
    inbox: Path, store: str, model: Path, change, told: str
) -> None:
    changed: list[object] = []

    def tick(what: str, *_: int) -> None:
        if what == "diagnosing" and not changed:
            changed.append(change(model))

    with pytest.raises(BundleError, match=told):
        run_batch(model, inbox, store, how=How("processes", 2), watch=Watch(tick=tick))
    assert {state for state, _ in files_in(store).values()} == {"waiting"}
    assert run_batch("ready", inbox, store)["diagnosed"] == 6


def test_alarms_are_lines_of_json_and_who_has_seen_them_is_told(run, tmp_path: Path, store: str) -> None:
    inbox = tmp_path / "inbox"
    for number in range(3):
        fill(inbox, {f"pump-{number}.txt": f"x{number} 0.9{number} 1.0"}, age_s=3600.0 * (9 - number))
    night(inbox, store)
    (alarm,) = map(json.loads, run("alarms", "list", store, "--json")[1].splitlines())
    assert (alarm["machine"], alarm["kind"], alarm["closed_at"]) == ("pump", "outer_race", None)
    code, out, _ = run("alarms", "ack", store, alarm["id"], "--by", "Kim")
    assert (code, out) == (0, f"alarm {alarm['id']} (pump c0: outer_race) seen by Kim; open until the trend falls\n")
    assert run("batch", "ready", shutil.copytree(inbox, tmp_path / "two"), "--store", store)[1].endswith(
        ", 1 alarm open\n"
    )


def test_a_store_without_alarms_lists_nothing_as_json_and_says_so_on_a_terminal(run, tmp_path: Path, store: str):
    night(fill(tmp_path / "inbox", {}), store)
    assert run("alarms", "list", store, "--json") == (0, "", "")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "alarms", "list", store]
    assert subprocess.run(command, stdout=theirs, check=False).returncode == 0
    assert os.read(ours, 200) == b"no open alarms\r\n"


def test_a_notebook_is_told_of_what_takes_too_long_and_goes_on(inbox: Path, store: str) -> None:
    notes, events = list[str](), list[dict[str, object]]()
    watch = Watch(note=notes.append, log=lambda event: events.append(dict(event)))
    assert run_batch("ready", inbox, store, how=How(timeout_s=0.001), watch=watch)["diagnosed"] == 6
    assert "is still being read after 0.001 s (--timeout)" in notes[0]
    assert [event["why"] for event in events if event["event"] == "late"] == notes
