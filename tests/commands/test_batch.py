"""`faultprint batch`: a plant's inbox from the command line, with the model that ships."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from kept_rows import diagnoses_in, files_in
from scipy.io import wavfile

from pipeline import Catalog
from pipeline.catalog.export import write_signals
from pipeline.catalog.row import Row
from pipeline.models.ready import bundle_folder
from pipeline.signals.simulation.fleet import demo_fleet


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six machines' recordings of an hour ago, rate in the file, speed and bearing beside it."""
    folder = tmp_path_factory.mktemp("plant") / "recordings"
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    write_signals(signals, folder, with_labels=False)
    return aged(folder)


def aged(folder: Path, age_s: float = 3600.0) -> Path:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - age_s,) * 2)
    return folder


@pytest.fixture
def inbox(recordings: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recordings, tmp_path / "inbox"))


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "plant.db")


def test_a_file_that_cannot_be_read_keeps_its_machine(run, tmp_path: Path, store: str) -> None:
    inbox = tmp_path / "inbox"
    for name in ("hall 1/pump 7/DE.wav", "hall 2/pump 7/DE.wav", "hall 2/pump 7/NDE.wav", "odd.wav"):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).touch()
    (inbox / "hall 2/pump 7/NDE.wav.yaml").write_text("machine: [broken")
    pattern = "{condition.site}/{machine}/{point}.wav"
    assert run("batch", "ready", aged(inbox), "--store", store, "--pattern", pattern)[0] == 3
    assert {row[0]: (row[6], row[4], row[5]) for row in diagnoses_in(store)} == {
        "hall 1/pump 7/DE.wav": ("hall 1", "pump 7", "DE"),
        "hall 2/pump 7/DE.wav": ("hall 2", "pump 7", "DE"),
        "hall 2/pump 7/NDE.wav": ("hall 2", "pump 7", "NDE"),
        "odd.wav": ("", "", ""),
    }


def test_a_side_file_says_whose_a_file_is_that_cannot_be_read(run, tmp_path: Path, store: str) -> None:
    inbox = tmp_path / "inbox"
    for name, side in {"a": "machine: fan 3\npoint: DE", "b": "machine: [broken", "c": "unknown: key"}.items():
        (inbox / "hall").mkdir(parents=True, exist_ok=True)
        (inbox / f"hall/{name}.wav").write_bytes(b"RIFF, or so it seems" if name == "c" else b"")
        (inbox / f"hall/{name}.wav.yaml").write_text(side)
    assert run("batch", "ready", aged(inbox), "--store", store)[0] == 3
    assert [(row[4], row[5]) for row in diagnoses_in(store)] == [("fan 3", "DE"), ("hall", ""), ("hall", "")]


def test_what_diagnose_says_is_what_the_store_keeps(run, inbox: Path, store: str) -> None:
    # With evidence kept of all, physics is asked of all, as by diagnose.
    code, out, err = run("batch", "ready", inbox, "--store", store, "--evidence", "all", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["diagnosed"], found["quarantined"], found["unchanged"]) == (6, 0, 0)
    _, out, _ = run("diagnose", "ready", inbox, "--json")
    said = {document["source"]: document for document in map(json.loads, out.splitlines())}
    rows = diagnoses_in(store)
    assert {row[13]["source"]: row[13] for row in rows} == said
    code, out, _ = run("batch", "ready", inbox, "--store", store)
    assert (code, out) == (0, f"{store}: 6 unchanged\n")


def test_levels_are_those_of_the_samples(run, inbox: Path, store: str) -> None:
    run("batch", "ready", inbox, "--store", store)
    for row in diagnoses_in(store):
        samples = wavfile.read(inbox / row[0])[1].astype(float)
        away = samples - samples.mean()
        assert row[10:13] == pytest.approx(
            (np.sqrt((away**2).mean()), abs(away).max(), (away**4).mean() / (away**2).mean() ** 2), rel=1e-5
        )


def test_files_of_no_use_get_a_row_with_the_reason_and_exit_code_3(run, inbox: Path, store: str) -> None:
    (inbox / "empty.wav").touch()
    (inbox / "readme.txt").write_text("recordings of hall 2")
    lost = next(inbox.glob("*.wav.yaml"))
    lost.unlink()
    code, out, _ = run("batch", "ready", aged(inbox), "--store", store)
    assert code == 3
    assert out == f"{store}: 5 diagnosed, 3 quarantined\n"
    reasons = {name: reason for name, (state, reason) in files_in(store).items() if state == "quarantined"}
    assert set(reasons) == {"empty.wav", "readme.txt", lost.name.removesuffix(".yaml")}
    assert "--speed-rpm" in reasons[lost.name.removesuffix(".yaml")]
    code, out, _ = run("batch", "ready", inbox, "--store", store)
    assert (code, out) == (0, f"{store}: 8 unchanged\n")
    code, out, _ = run("batch", "ready", inbox, "--store", store, "--retry", "--speed-rpm", 1797, "--bearing", "6205")
    assert (code, out) == (3, f"{store}: 1 diagnosed, 2 quarantined, 5 unchanged\n")


def test_a_log_has_a_line_for_every_file_with_its_reason(run, inbox: Path, store: str, tmp_path: Path) -> None:
    (inbox / "empty.wav").touch()
    aged(inbox)
    for _ in range(2):
        run("batch", "ready", inbox, "--store", store, "--log", tmp_path / "batch.jsonl")
    events = [json.loads(line) for line in (tmp_path / "batch.jsonl").read_text().splitlines()]
    assert [one["event"] for one in events] == ["run began", *["file"] * 7, "run ended", "run began", "run ended"]
    states = {one["source"]: one["state"] for one in events if one["event"] == "file"}
    assert sorted(states.values()) == ["done"] * 6 + ["quarantined"]
    (broken,) = [one for one in events if one.get("state") == "quarantined"]
    assert (broken["source"], broken["reason"]) == ("empty.wav", files_in(store)["empty.wav"][1])
    assert events[8]["diagnosed"] == 6


def test_of_several_channels_none_is_guessed_and_a_catalog_means_each(run, inbox: Path, store: str) -> None:
    one, two = sorted(inbox.glob("*.wav"))[:2]
    rate, samples = wavfile.read(one)
    wavfile.write(one, rate, np.stack([samples, wavfile.read(two)[1]], axis=1))
    folder = inbox.parent / "two"
    folder.mkdir()
    for name in (one.name, f"{one.name}.yaml"):
        shutil.move(inbox / name, folder / name)
    aged(folder)
    code, _, _ = run("batch", "ready", folder, "--store", store)
    assert code == 3
    ((_, reason),) = files_in(store).values()
    assert reason is not None
    assert "holds 2 channels (c0, c1); name one with --channel" in reason
    rows = tuple(
        Row(name, one.name, channel=name, machine="pump 7", point=name, condition={"site": "hall 2"})
        for name in ("c0", "c1")
    )
    Catalog(rows, folder).write(inbox.parent / "catalog.csv")
    code, _, _ = run("batch", "ready", folder, "--store", store, "--retry", "--catalog", inbox.parent / "catalog.csv")
    assert code == 0
    assert [row[3:7] for row in diagnoses_in(store)] == [
        ("c0", "pump 7", "c0", "hall 2"),
        ("c1", "pump 7", "c1", "hall 2"),
    ]


def test_names_say_machine_and_point_or_the_folder_does(run, inbox: Path, store: str, tmp_path: Path) -> None:
    first, second, *others = sorted(inbox.glob("*.wav"))
    for path in others:
        path.unlink()
        path.with_name(f"{path.name}.yaml").unlink()
    for path, name in ((first, "fan 3/DE_1.wav"), (second, "hall 2/pump 7/NDE_1.wav")):
        (inbox / name).parent.mkdir(parents=True)
        path.rename(inbox / name)
        (inbox / f"{name}.yaml").write_text("speed_rpm: 1797\nbearing: 6205\n")
        path.with_name(f"{path.name}.yaml").unlink()
    aged(inbox)
    run("batch", "ready", inbox, "--store", store)
    assert [row[4:6] for row in diagnoses_in(store)] == [("fan 3", ""), ("hall 2/pump 7", "")]
    named = str(tmp_path / "named.db")
    run("batch", "ready", inbox, "--store", named, "--pattern", "{machine}/{point}_{}.wav")
    assert [row[4:6] for row in diagnoses_in(named)] == [("fan 3", "DE"), ("pump 7", "NDE")]


def test_several_models_side_by_side_each_read_everything_once(run, inbox: Path, store: str, tmp_path: Path) -> None:
    other = Path(shutil.copytree(bundle_folder("ready"), tmp_path / "other"))
    card = other / "model.yaml"
    card.write_text(card.read_text().replace("name: ready", "name: other", 1))
    assert run("batch", "ready", inbox, "--store", store)[0] == 0
    assert json.loads(run("batch", other, inbox, "--store", store, "--json")[1])["diagnosed"] == 6
    assert json.loads(run("batch", "ready", inbox, "--store", store, "--json")[1])["unchanged"] == 6
    assert sorted(row[13]["model"] for row in diagnoses_in(store)) == ["other"] * 6 + ["ready"] * 6


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--since", "yesterday"], "--since yesterday: needs a date such as 2026-05-04, or how long ago"),
        (["--shard", "3/2"], "--shard 3/2: needs i/n with i from 1 to n"),
        (["--executor", "proceses"], "unknown executor 'proceses'; did you mean 'processes'?"),
        (["--engine", "torhc"], "unknown engine 'torhc'"),
        (["--pattern", "{maschine}.wav"], "unknown field '{maschine}'; did you mean 'machine'?"),
        (["--limit", "0"], "Invalid value for '--limit'"),
        (["--store", "nowhere/plant.db"], "needs a file in a folder that exists"),
        (["--rate-hz", "-5"], "a sampling rate of -5 Hz is impossible"),
    ],
)
def test_a_wrong_option_is_one_line_and_makes_no_store(run, inbox: Path, tmp_path, monkeypatch, more, told) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("batch", "ready", inbox, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not (tmp_path / "faultprint.db").exists()


def test_an_inbox_that_is_not_there_is_one_line(run, tmp_path: Path, store: str) -> None:
    code, _, err = run("batch", "ready", tmp_path / "inbx", "--store", store)
    assert code == 2
    assert "there is no such file or folder" in err


def test_an_inbox_that_is_away_is_no_wrong_request_so_that_a_schedule_that_begins_then_goes_on(
    run, inbox: Path, store: str
) -> None:
    assert run("batch", "ready", inbox, "--store", store)[0] == 0
    away = inbox.rename(inbox.with_name("unmounted"))
    code, out, err = run("batch", "ready", inbox, "--store", store)
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert "is away, though earlier runs have read it" in err
    away.rename(inbox)
    assert run("batch", "ready", inbox, "--store", store)[0] == 0


def test_a_server_that_is_not_there_is_exit_code_4(run, inbox: Path) -> None:
    pytest.importorskip("psycopg", reason="needs the extra batch")
    code, _, err = run("batch", "ready", inbox, "--store", "postgresql://plant:secret@127.0.0.1:1/plant")
    assert (code, err.count("\n")) == (4, 1)
    assert "secret" not in err


def test_sigterm_ends_a_run_after_the_recording_at_hand(inbox: Path, store: str) -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "batch", "ready", inbox, "--store", store]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while run.poll() is None and "done" not in {state for state, _ in states(store)}:
        time.sleep(0.02)
    run.send_signal(signal.SIGTERM)
    out = run.communicate()[0]
    assert (run.returncode, "left for the next run" in out) in {(130, True), (0, False)}  # it may have been done
    assert {state for state, _ in states(store)} == {"done"}


def states(store: str) -> list[tuple[str, str | None]]:
    """Of every file, once there is a store."""
    return list(files_in(store).values()) if Path(store).exists() else []


def test_a_model_that_was_replaced_while_a_run_began_is_told(inbox: Path, store: str, tmp_path: Path) -> None:
    from pipeline.batch.store.opened import open_store
    from pipeline.errors import BundleError
    from pipeline.workflow.inbox.model import Loads

    open_store(store).close()
    with pytest.raises(BundleError, match="ready: was replaced by another model while this run began; start it again"):
        Loads("ready", "sha256:another", inbox)()
