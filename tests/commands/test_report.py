"""`faultprint report`: pages, lines of JSON, CSV and Parquet that say the same."""

import csv
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from kept_fleet import HOSTILE, failing, fleet, kept, quiet
from pages import execute
from plant import fill, night

from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import diagnoses
from pipeline.batch.trends.rules import Rules
from pipeline.catalog.export import write_signals
from pipeline.signals.simulation.fleet import demo_fleet


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fleet(tmp_path_factory.mktemp("fleet") / "plant.db")


def test_json_is_one_line_per_diagnosis_with_what_every_verdict_says(store: str, run) -> None:
    code, out, err = run("report", store, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err, len(lines)) == (0, "", 1358)
    told = {"source", "channel", "verdict", "labels", "probabilities", "task", "calibrated", "windows", "condition"}
    assert all(told <= set(line) for line in lines)
    unusable = [line for line in lines if line["verdict"] == "UNUSABLE"]
    assert [line["machine"] for line in unusable] == ["press 3"] * 3
    assert all(line["reason"] for line in unusable)


def test_csv_and_parquet_say_what_the_store_holds(store: str, run, tmp_path: Path) -> None:
    assert run("report", store, "--csv", tmp_path / "a.csv", "--parquet", tmp_path / "a.parquet")[0] == 0
    opened = open_store(store)
    with opened.reading() as connection:
        truth = {row.id: row for row in connection.execute(diagnoses.select())}
    opened.close()
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = pd.read_parquet(tmp_path / "a.parquet")
    assert len(rows) == len(table) == len(truth)
    for row, stored in zip(rows, table.itertuples(), strict=True):
        real = truth[int(row["id"])]
        assert stored.id == real.id
        assert stored.machine == real.machine
        assert stored.verdict == row["verdict"] == real.verdict
        assert list(stored.labels) == real.labels
        assert row["labels"] == ";".join(real.labels)
        assert pd.Timestamp(row["measured_at"]) == stored.measured_at == pd.Timestamp(real.measured_at)
        if real.rms is not None:
            assert float(row["rms"]) == stored.rms == real.rms
            assert float(row["p_outer_race"]) == stored.p_outer_race == real.probabilities["outer_race"]


def test_a_spreadsheet_runs_no_name_as_a_formula(store: str, run, tmp_path: Path) -> None:
    run("report", store, "--csv", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        machines = {row["machine"] for row in csv.DictReader(file)}
    formula = next(name for name in HOSTILE if name.startswith("="))
    assert f"'{formula}" in machines
    assert not [name for name in machines if name.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ((), 2, "needs --out FOLDER"),
        (("--out", "out", "--sheets", "some"), 2, "--sheets some: needs alarms, all, none"),
        (("--out", "out", "--since", "soon"), 2, "--since soon"),
        (("--out", "out", "--within", "soon"), 2, "--within soon"),
        (("--out", "out", "--rules", "none.yaml"), 2, "none.yaml: cannot be read"),
    ],
)
def test_a_wrong_request_is_told_in_a_line(store: str, run, tmp_path: Path, monkeypatch, options, code, told) -> None:
    monkeypatch.chdir(tmp_path)
    found, out, err = run("report", store, *options)
    assert (found, out) == (code, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_store_that_is_not_there_or_none_is_told(run, tmp_path: Path) -> None:
    code, _, err = run("report", tmp_path / "no.db", "--out", tmp_path / "out")
    assert code == 2
    assert "there is no store" in err
    assert not (tmp_path / "out").exists()
    (tmp_path / "text.db").write_text("not a database, but long enough to look at" * 40)
    code, _, err = run("report", tmp_path / "text.db", "--out", tmp_path / "out")
    assert (code, len(err.splitlines())) == (4, 1)


def test_a_sheet_shows_what_the_ready_model_saw(tmp_path: Path, run) -> None:
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    write_signals(signals, tmp_path / "inbox", with_labels=False)
    execute("find inbox -exec touch -d '1 hour ago' {} +", tmp_path)
    assert run("batch", "ready", tmp_path / "inbox", "--store", tmp_path / "plant.db")[0] == 0
    code, out, _ = run("report", tmp_path / "plant.db", "--out", tmp_path / "out")
    said = [json.loads(line) for line in run("report", tmp_path / "plant.db", "--json")[1].splitlines()]
    sheets = list((tmp_path / "out" / "sheets").iterdir())
    assert code == 0
    assert out.startswith(str(tmp_path / "out" / "index.html"))
    loud = [one for one in said if one["labels"] != ["healthy"] or one["verdict"] != "CONFIDENT"]
    assert len(sheets) == len(loud) >= 1
    assert all('<img src="data:image/png;base64,' in sheet.read_text() for sheet in sheets)


@pytest.mark.parametrize(("kind", "share"), [("all", 6), ("none", 0)])
def test_pictures_are_kept_as_asked(tmp_path: Path, run, kind: str, share: int) -> None:
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    write_signals(signals, tmp_path / "inbox", with_labels=False)
    execute("find inbox -exec touch -d '1 hour ago' {} +", tmp_path)
    run("batch", "ready", tmp_path / "inbox", "--store", tmp_path / "plant.db", "--evidence", kind)
    run("report", tmp_path / "plant.db", "--out", tmp_path / "out", "--sheets", "all")
    sheets = [sheet.read_text() for sheet in (tmp_path / "out" / "sheets").iterdir()]
    assert len(sheets) == 6
    assert sum("<img " in sheet for sheet in sheets) == share


def test_neither_the_store_nor_a_recording_is_overwritten(store: str, run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = Path(store).read_bytes()
    twice = ("--csv", "a.csv", "--parquet", "a.csv")
    for options in (("--csv", store), ("--parquet", "pump.wav"), ("--csv", "-"), twice):
        code, out, err = run("report", store, *options)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert "needs a file whose name ends in" in err
    assert run("batch", "ready", tmp_path, "--store", store, "--log", store)[0] == 2
    assert Path(store).read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_pages_do_not_go_into_an_inbox(run, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    assert run("batch", "ready", tmp_path / "inbox", "--store", tmp_path / "plant.db")[0] == 0
    code, _, err = run("report", tmp_path / "plant.db", "--out", tmp_path / "inbox" / "pages")
    assert code == 2
    assert "lies in an inbox" in err
    assert list((tmp_path / "inbox").iterdir()) == []


@pytest.mark.parametrize("words", [("report", "--out", "out"), ("alarms", "list"), ("health",)])
def test_a_database_of_somebody_else_is_left_as_it_is(run, tmp_path: Path, words: tuple[str, ...], monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("theirs.db")) as theirs:
        theirs.execute("CREATE TABLE invoices (id INTEGER)")
        theirs.commit()
    Path("empty.db").touch()
    first, *others = words
    for name in ("theirs.db", "empty.db"):
        before = Path(name).read_bytes()
        where = (first, others[0], name) if first == "alarms" else (first, name, *others)
        code, out, err = run(*where)
        assert (code, out) == (2, "")
        assert "is no store of Faultprint's" in err
        assert Path(name).read_bytes() == before


def test_who_may_only_read_a_store_can_report_it(store: str, run, tmp_path: Path, mounted_to_read) -> None:
    (tmp_path / "backup").mkdir()
    shutil.copy(store, tmp_path / "backup" / "plant.db")
    folder = mounted_to_read(tmp_path / "backup")
    assert run("report", folder / "plant.db", "--out", tmp_path / "out")[0] == 0
    assert len(run("alarms", "list", folder / "plant.db")[1].splitlines()) > 7
    code, _, err = run("alarms", "ack", folder / "plant.db", "1")
    assert (code, len(err.splitlines())) == (4, 1)


@pytest.fixture
def mounted_to_read(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """A second way to a folder, by which nothing can be written, whoever tries."""
    place = tmp_path / "read-only"
    place.mkdir()

    def mount(folder: Path) -> Path:
        for options in (["--bind", folder, place], ["-o", "remount,ro,bind", place]):
            if subprocess.run(["mount", *options], capture_output=True).returncode:
                pytest.skip("needs the right to mount a folder")
        return place

    yield mount
    subprocess.run(["umount", place], capture_output=True)


def test_a_terminal_is_told_no_control_characters(run, tmp_path: Path) -> None:
    code, _, err = run("report", tmp_path / "\x1b[31mred.db", "--out", tmp_path / "out")
    assert code == 2
    assert "\x1b" not in err
    assert "\\x1b[31mred.db" in err


def test_a_report_can_be_scheduled(run, store: str) -> None:
    code, out, _ = run("schedule", "--cron", "0 6 * * *", "--emit", "cron", "report", store, "--out", "/srv/report")
    assert code == 0
    assert f"report {store} --out /srv/report" in out


def test_a_damaged_row_costs_no_other_and_is_told_by_its_number(run, tmp_path: Path) -> None:
    kept(str(tmp_path / "plant.db"), [failing("gearbox 1"), quiet("fan", 5)])
    with closing(sqlite3.connect(tmp_path / "plant.db")) as store:
        store.execute("UPDATE diagnoses SET probabilities = '{' WHERE id = 3")
        store.execute("UPDATE diagnoses SET document = 'null' WHERE id = 7")
        store.commit()
    options = ("--out", tmp_path / "out", "--csv", tmp_path / "a.csv")
    code, out, err = run("report", tmp_path / "plant.db", *options)
    assert code == 3
    assert "2 machines, 43 signals" in out
    assert [number for number in ("3", "7") if f"diagnosis {number}" in err] == ["3", "7"]
    assert len(err.splitlines()) == 2
    code, out, err = run("report", tmp_path / "plant.db", "--json")
    assert (code, len(out.splitlines())) == (3, 44)


def test_pages_tell_of_alarms_by_the_rules_of_the_last_batch(run, tmp_path: Path) -> None:
    days = {f"pump-{number}.txt": f"x{number} 0.6 1.0" for number in range(4)}
    store, rules = str(tmp_path / "plant.db"), Rules(open_at=0.35, close_below=0.3)
    night(fill(tmp_path / "inbox", days), store, rules=rules)
    run("report", store, "--out", tmp_path / "out")
    (page,) = (tmp_path / "out" / "machines").iterdir()
    assert "opens an alarm: 0.35" in page.read_text()
