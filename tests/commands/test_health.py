"""`faultprint health` and `alarms`: what monitors and people are told of a store."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from plant import fill, night
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from pipeline.batch.inbox import Wanted
from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import runs
from pipeline.models.ready import bundle_folder

HOUR_S = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Of a plant with one machine that needs a person, one that is well, and a file of no use."""
    inbox = tmp_path / "inbox"
    for number, p in enumerate((0.1, 0.9, 0.91, 0.92)):
        fill(inbox, {f"pump-{number}.txt": f"x{number} {p} 1.0"}, age_s=HOUR_S * (10 - number))
    fill(inbox, {"fan-1.txt": "healthy 0.1 1.0", "fan-2.txt": "broken"})
    store = str(tmp_path / "plant.db")
    night(inbox, store)
    return store


def samples(path: Path) -> dict[tuple[str, ...], float]:
    """What node_exporter would read."""
    families = text_string_to_metric_families(path.read_text())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_an_alarm_that_nobody_has_seen_needs_a_person_and_one_that_was_seen_does_not(run, store, tmp_path) -> None:
    code, out, _ = run("health", store)
    assert code == 3
    assert "! 1 open alarm nobody has seen: pump (outer_race)" in out
    code, out, _ = run("alarms", "list", store, "--json")
    (alarm,) = [json.loads(line) for line in out.splitlines()]
    assert (code, alarm["machine"], alarm["kind"], alarm["worst"]) == (0, "pump", "outer_race", 0.92)
    assert run("alarms", "ack", store, alarm["id"], "--by", "Kim", "--note", "ordered")[0] == 0
    code, out, _ = run("health", store, "--json", "--prometheus", tmp_path / "f.prom")
    found = json.loads(out)
    assert (code, found["well"], found["troubles"]) == (0, True, [])
    assert found["alarms"][0]["acknowledged_by"] == "Kim"
    (inbox,) = found["inboxes"]
    assert inbox["files"] == {"done": 5, "quarantined": 1}
    told = samples(tmp_path / "f.prom")
    assert told[("faultprint_well",)] == 1
    assert told[("faultprint_alarms_open", "alarm", "true")] == 1
    assert told[("faultprint_files", inbox["inbox"], "fake", "quarantined")] == 1
    done_at = datetime.fromisoformat(inbox["done_at"]).timestamp()
    assert told[("faultprint_last_done_timestamp_seconds", inbox["inbox"], "fake")] == pytest.approx(done_at)


def files_of(folder: Path, texts: dict[str, str], store: str, **more: object) -> Path:
    night(fill(folder, texts), store, **more)
    return folder


def test_an_inbox_of_which_nothing_can_be_used_needs_a_person(run, tmp_path: Path) -> None:
    store, inbox = str(tmp_path / "plant.db"), tmp_path / "inbox"
    files_of(inbox, {"a-1.txt": "broken", "b-1.txt": "broken too"}, store)
    code, out, _ = run("health", store)
    assert code == 3
    assert f"! {inbox} with fake: all 2 files were put aside, the last because: as it says" in out
    files_of(inbox, {"b-1.txt": "healthy"}, store)  # mended
    assert run("health", store)[0] == 0


def test_from_some_night_on_nothing_new_can_be_used(run, tmp_path: Path) -> None:
    store, inbox = str(tmp_path / "plant.db"), tmp_path / "inbox"
    files_of(inbox, {f"a-{number:02}.txt": f"healthy{number}" for number in range(30)}, store)
    files_of(inbox, {f"b-{number:02}.txt": f"broken{number}" for number in range(9)}, store)
    assert run("health", store)[0] == 0
    files_of(inbox, {"b-10.txt": "broken10"}, store)
    for _ in range(2):
        code, out, _ = run("health", store)
        assert code == 3
        assert "the newest 10 files all were put aside" in out
        night(inbox, store, Wanted(retry=True))  # read again in vain
    files_of(inbox, {"c-1.txt": "healthy"}, store)
    assert run("health", store)[0] == 0


def test_an_inbox_that_lost_its_files_needs_a_person(run, store: str, tmp_path: Path) -> None:
    run("alarms", "ack", store, 1)
    kept = (tmp_path / "inbox").rename(tmp_path / "share")
    (tmp_path / "inbox").mkdir()
    notes: list[str] = []
    night(tmp_path / "inbox", store, note=notes.append)
    empty = f"{tmp_path / 'inbox'}: is empty, though 6 of its files are known; is a share away?"
    assert notes == [empty]
    code, out, _ = run("health", store)
    assert code == 3
    assert "! " + empty.replace(":", " with fake:", 1) in out
    assert run("health", store, "--may-be-empty")[0] == 0
    (tmp_path / "inbox").rmdir()
    kept.rename(tmp_path / "inbox")
    night(tmp_path / "inbox", store, Wanted(since=datetime.now(UTC)), note=notes.append)  # which means none of them
    assert notes == [empty]
    assert run("health", store)[0] == 0


def test_an_alarm_that_nobody_could_be_told_of_needs_a_person(run, store: str, tmp_path: Path) -> None:
    (tmp_path / "inbox-2").mkdir()
    batch = ("batch", "ready", tmp_path / "inbox-2", "--store", store)
    code, out, err = run(*batch, "--notify", "false", "--json")
    assert (code, json.loads(out)["untold"], "did not arrive: false ended with 1" in err) == (0, 1, True)
    code, out, _ = run("health", store)
    assert code == 3
    assert "! 1 open alarm --notify could not tell of: pump (outer_race); the latest run says why" in out
    run(*batch)  # who tells nobody on purpose
    assert "--notify" not in run("health", store)[1]
    run(*batch, "--notify", "false")
    code, out, _ = run(*batch, "--notify", "true", "--json")
    assert json.loads(out)["told"] == 1
    assert "--notify" not in run("health", store)[1]


def test_a_run_that_did_not_come_to_its_end_needs_a_person(run, store) -> None:
    run("alarms", "ack", store, 1)
    opened = open_store(store)
    with opened.writing() as connection:
        before = datetime.now(UTC) - timedelta(hours=30)
        connection.execute(update(runs).values(started_at=before, ended_at=before))
    code, out, _ = run("health", store)
    assert code == 3
    assert "longer ago than 26 h" in out
    assert run("health", store, "--within", "2d")[0] == 0
    with opened.writing() as connection:
        connection.execute(update(runs).values(outcome="died"))
    opened.close()
    code, out, _ = run("health", store, "--within", "2d")
    assert code == 3
    assert "no run has come to its end" in out


def test_a_model_that_was_replaced_by_a_newer_one_of_its_name_is_not_waited_for(run, tmp_path: Path) -> None:
    store, newer = str(tmp_path / "plant.db"), Path(shutil.copytree(bundle_folder("ready"), tmp_path / "newer"))
    (newer / "model.yaml").write_text((newer / "model.yaml").read_text() + "# retrained\n")
    (tmp_path / "inbox").mkdir()
    run("batch", "ready", tmp_path / "inbox", "--store", store)
    opened = open_store(store)
    with opened.writing() as connection:
        before = datetime.now(UTC) - timedelta(hours=30)
        connection.execute(update(runs).values(started_at=before, ended_at=before))
    opened.close()
    assert run("health", store)[0] == 3
    run("batch", newer, tmp_path / "inbox", "--store", store)
    code, out, _ = run("health", store, "--json")
    assert (code, len(json.loads(out)["inboxes"])) == (0, 1)


def test_a_list_for_people_and_closed_alarms_on_request(run, store, tmp_path) -> None:
    code, out, _ = run("alarms", "list", store)
    assert code == 0
    assert out.splitlines()[1].split("\t")[1:9] == ["alarm", "", "pump", "", "c0", "outer_race", "0.92", "probability"]
    for number in range(4):
        fill(tmp_path / "inbox", {f"pump-9{number}.txt": f"y{number} 0.1 1.0"}, age_s=HOUR_S)
    night(tmp_path / "inbox", store)
    assert len(run("alarms", "list", store)[1].splitlines()) == 1
    assert len(run("alarms", "list", store, "--all")[1].splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["health", "nowhere.db"], 2, "nowhere.db: there is no store; faultprint batch makes one"),
        (["health", "STORE", "--within", "soon"], 2, "--within soon: needs minutes, hours or days"),
        (["health", "STORE", "--within", "0h"], 2, "--within 0h: needs minutes, hours or days"),
        (["health", "STORE", "--within", "-26h"], 2, "--within -26h: needs minutes, hours or days"),
        (["health", "STORE", "--within", "1.5d"], 2, "--within 1.5d: needs minutes, hours or days"),
        (
            ["health", "postgresql://plant:secret@127.0.0.1:1/plant"],
            4,
            "store postgresql://plant:***@127.0.0.1",
        ),
        (["alarms", "list", "postgresql://plant:secret@127.0.0.1:1/plant"], 4, "check that the server answers"),
        (["health", "notes.db"], 4, "store notes.db: file is not a database"),
        (["health", "STORE", "--prometheus", "f.txt"], 2, "node_exporter reads files that end in .prom"),
        (["health", "STORE", "--prometheus", "nowhere/f.prom"], 2, "cannot be written (no such file or directory)"),
        (["alarms", "list", "nowhere.db"], 2, "there is no store"),
        (["alarms", "ack", "STORE", "99"], 2, "there is no alarm 99"),
        (["alarms", "ack", "STORE"], 2, "Missing argument"),
    ],
)
def test_a_wrong_request_is_one_line(run, store, tmp_path, monkeypatch, words, code, told) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.db").write_text("bearing is ordered\n" * 100)
    ended, out, err = run(*(store if word == "STORE" else word for word in words))
    assert (ended, out, err.count("\n")) == (code, "", 1)
    assert told in err
    assert not Path("nowhere.db").exists()
