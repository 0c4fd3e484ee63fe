"""`inspect --diagnose`: what a user is told by physics alone, from a function and from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from diagnosis.witness.knocking import RATE_HZ, SPEED_HZ, knocks, noise
from scipy.io import savemat

from pipeline.workflow.inspect import inspect

STATED = ("--rate-hz", RATE_HZ, "--bearing", "6205", "--speed-rpm", 60 * SPEED_HZ)


@pytest.fixture
def pump(tmp_path: Path) -> Path:
    """One channel with an inner-race fault, one without."""
    path = tmp_path / "pump.mat"
    savemat(path, {"DE": knocks(5.4152) + 0.5 * noise(), "FE": noise(seed=1)})
    return path


def test_every_channel_has_a_witness_and_only_when_asked(pump: Path) -> None:
    (told,) = inspect(pump, diagnose=True, rate_hz=RATE_HZ, bearing="6205", speed_rpm=60 * SPEED_HZ)
    by_name = {channel["name"]: channel["witness"] for channel in told["channels"]}
    assert [line["label"] for line in by_name["DE"]["lines"]] == ["inner_race"]
    assert by_name["DE"]["lines"][0]["p_value"] == by_name["DE"]["floor"] == 0.001
    assert by_name["FE"]["lines"] == []
    (plain,) = inspect(pump, rate_hz=RATE_HZ)
    assert all("witness" not in channel for channel in plain["channels"])


def test_the_command_shows_a_table_of_labels_and_says_what_p_means(pump: Path, run) -> None:
    code, out, _ = run("inspect", "--diagnose", pump, *STATED)
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines() if line.startswith("pump.mat\t")]
    assert [row[2] for row in rows if row[3] == "found"] == ["inner_race"]
    assert {row[1] for row in rows} == {"DE", "FE"}
    assert "random orders of the same recording" in out
    assert "at least 0.001" in out
    assert "gear" not in out.replace("bearing and gear", "")  # nobody asked for a gear


def test_json_is_one_document_with_the_key_witness(pump: Path, run) -> None:
    code, out, _ = run("inspect", "--diagnose", pump, *STATED, "--json", "--channel", "DE")
    assert code == 0
    (channel,) = json.loads(out)["channels"]
    assert channel["witness"]["lines"][0]["label"] == "inner_race"
    assert "gear_tooth" in channel["witness"]["not_asked"]


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        (("--rate-hz", RATE_HZ), "give --speed-rpm, and --bearing or --gear"),
        (("--rate-hz", RATE_HZ, "--bearing", "6205"), "give --speed-rpm"),
        (("--speed-rpm", 1800, "--bearing", "6205"), "give --rate-hz"),
    ],
)
def test_without_speed_or_rate_one_line_says_what_to_give(pump: Path, run, stated: tuple, told: str) -> None:
    code, out, _ = run("inspect", "--diagnose", pump, "--channel", "DE", *stated)
    assert code == 3
    (line,) = [line for line in out.splitlines() if line.startswith("not asked")]
    assert told in line


def test_one_file_of_two_that_cannot_be_asked_is_no_failure_of_the_other(pump: Path, tmp_path: Path, run) -> None:
    np.save(tmp_path / "short.npy", noise()[:2000])
    code, out, _ = run("inspect", "--diagnose", pump, tmp_path / "short.npy", *STATED)
    assert code == 3
    assert "needs 20 turns of the shaft" in out


@pytest.mark.parametrize("flag", [("--header",), ("--image", "run.yaml")])
def test_what_reads_no_samples_or_draws_an_image_cannot_diagnose(pump: Path, run, flag: tuple) -> None:
    code, _, error = run("inspect", "--diagnose", pump, *flag)
    assert code == 2
    assert "--diagnose needs all samples" in error


def test_the_figure_shows_the_band_that_the_witness_heard(pump: Path, tmp_path: Path) -> None:
    known = {"rate_hz": RATE_HZ, "bearing": "6205", "speed_rpm": 60 * SPEED_HZ, "channel": "DE"}
    pictures = []
    for diagnose in (False, True):
        (told,) = inspect(pump, diagnose=diagnose, out=tmp_path / str(diagnose), **known)
        pictures.append((tmp_path / str(diagnose) / told["channels"][0]["figure"]).read_bytes())
    assert pictures[0][:4] == pictures[1][:4] == b"\x89PNG"
    assert pictures[0] != pictures[1]
