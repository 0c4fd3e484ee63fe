"""`faultprint diagnose --by machine`: one line per machine after those of its signals."""

import json
from pathlib import Path

import pytest
import yaml
from scipy.io import wavfile
from tiny import RATE_HZ, tone, write_config, write_recordings

from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.workflow.train import train


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of tones, and an inbox of two machines and a nobody's file; one file of pump 2 is damaged."""
    folder = tmp_path_factory.mktemp("plant")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTPRINT_CACHE", str(folder / "cache"))
        train(load_config(write_config(folder / "tiny.yaml", folder / "catalog.csv")), folder / "run")
    inbox = folder / "inbox"
    inbox.mkdir()
    said = [("pump 1", "DE", "healthy"), ("pump 1", "NDE", "ball"), ("pump 2", "DE", "healthy"), ("pump 2", "NDE", "")]
    for number, (machine, point, label) in enumerate(said):
        path = inbox / f"{number}.wav"
        wavfile.write(path, RATE_HZ, tone(label, seed=50 + number)) if label else path.write_bytes(b"RIFF")
        path.with_name(path.name + ".yaml").write_text(yaml.safe_dump({"machine": machine, "point": point}))
    wavfile.write(inbox / "9.wav", RATE_HZ, tone("healthy", seed=60))
    return folder


def test_json_lines_of_machines_follow_those_of_signals(run, plant: Path) -> None:
    code, out, err = run("diagnose", plant / "run", plant / "inbox", "--by", "machine", "--json")
    assert code == 3
    lines = [json.loads(line) for line in out.splitlines()]
    assert ["machine" in line for line in lines] == [False] * 5 + [True] * 2
    first, second = lines[-2:]
    assert (first["machine"], first["labels"], first["verdict"]) == ("pump 1", ["ball"], "UNCALIBRATED")
    assert [one["point"] for one in first["signals"]] == ["DE", "NDE"]
    # The damaged file could not be opened; its side file says whose it is.
    assert second["machine"] == "pump 2"
    assert [one["verdict"] for one in second["signals"]] == ["UNCALIBRATED", "UNUSABLE"]
    assert "did not contribute: UNUSABLE" in second["warnings"][0]
    assert "1 signal is of no machine that anybody names" in err


def test_a_table_of_machines_follows_that_of_signals(run, plant: Path) -> None:
    _, out, _ = run("diagnose", plant / "run", plant / "inbox", "--by", "machine")
    assert "\nmachine\tverdict\tlabels\tprobability\tsignals\twarnings\npump 1\tUNCALIBRATED\tball\t" in out


def test_signals_of_no_machine_are_answered_with_advice(run, plant: Path) -> None:
    code, out, err = run("diagnose", plant / "run", plant / "inbox" / "9.wav", "--by", "machine")
    assert (code, out) == (2, ""), "asked before the work"
    assert "give a --catalog with the column machine" in err


def test_anything_but_a_machine_is_refused(run, plant: Path) -> None:
    code, _, err = run("diagnose", plant / "run", plant / "inbox" / "9.wav", "--by", "site")
    assert code == 2
    assert "machine" in err
