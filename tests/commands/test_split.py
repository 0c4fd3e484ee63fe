"""`faultprint split`: both sides on stdout, what qualifies them on stderr, and a leak is refused in one line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.io import wavfile
from tiny import RATE_HZ, tone, write_config, write_recordings

from pipeline.catalog.scanning.scan import scan


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config beside its catalog."""
    folder = tmp_path_factory.mktemp("plant")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    return write_config(folder / "tiny.yaml", folder / "catalog.csv")


def test_the_samples_are_looked_at_on_request_only(run, plant: Path) -> None:
    code, out, _ = run("split", plant, "--json")
    assert code == 0
    assert "shortcuts" not in json.loads(out)
    code, out, _ = run("split", plant, "--samples", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["duplicates"] == told["unread"] == []
    assert {one["cue"] for one in told["shortcuts"]} <= {"gain", "DC offset", "quantisation step", "length", "rate"}


def test_a_copy_under_another_name_and_gain_is_refused_in_one_line(run, tmp_path: Path) -> None:
    folder = write_recordings(tmp_path / "recordings")
    original = folder / "ball" / "ball-0.wav"
    copy = folder / "ball" / "ball-1.wav"
    wavfile.write(copy, RATE_HZ, (0.25 * tone("ball", 77, seconds=4)).astype("float32"))
    wavfile.write(original, RATE_HZ, tone("ball", 77, seconds=4))
    scan(folder).write(tmp_path / "catalog.csv")
    config = write_config(
        tmp_path / "tiny.yaml", tmp_path / "catalog.csv", split={"group": "specimen", "test": ["ball-0", "healthy-0"]}
    )
    assert run("split", config)[0] == 0
    code, out, err = run("split", config, "--samples")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "'ball/ball-0.wav', which tests, is a copy of samples of 'ball/ball-1.wav', which trains" in err


def test_every_fold_is_shown_with_all_and_one_must_be_named_without(run, plant: Path) -> None:
    folds = "split={group: specimen, folds: 4}"
    code, _, err = run("split", plant, "--set", folds)
    assert code == 2
    assert "say which with fold: 1 to 4" in err
    code, out, _ = run("split", plant, "--set", folds, "--all")
    assert code == 0
    assert [line.split("\t")[:3] for line in out.splitlines()[1:]] == [
        [f"fold {fold} of 4 by specimen, seed 0", "9 + 3", "9 + 3"] for fold in (1, 2, 3, 4)
    ]
    lines = run("split", plant, "--set", folds, "--all", "--json")[1].splitlines()
    assert [json.loads(line)["specimens"] for line in lines] == [{"train": 9, "test": 3}] * 4


def test_stamps_and_warnings_stand_beside_the_table(run, plant: Path, tmp_path: Path) -> None:
    code, out, err = run("split", plant, "--set", "split={leaky: true}", "--out", tmp_path / "split.csv")
    assert code == 0
    assert out.splitlines()[0].split("\t") == ["side", "signal", "specimen", "labels"]
    assert "faultprint: stamped: leaky" in err.splitlines()
    assert "12 recordings are heard on both sides" in err
    lines = (tmp_path / "split.csv").read_text().splitlines()
    assert all(line.endswith(",leaky") for line in lines[1:])


def test_a_label_that_one_side_alone_has_is_named_beforehand(run, plant: Path) -> None:
    code, _, err = run("split", plant, "--set", "split={group: specimen, test: [ball-0, ball-1]}")
    assert code == 0
    assert "no signal that tests is healthy, so no figure will say how well it is told" in err
    assert "no signal that tests is ball" not in err
    code, _, err = run("split", plant, "--set", "split={group: specimen, test: [ball-0, ball-1, ball-2, ball-3]}")
    assert code == 0
    assert "no signal that trains is ball, so those that test are in no figure" in err


def test_a_filter_that_keeps_nothing_is_answered_with_what_there_is(run, plant: Path) -> None:
    code, out, err = run("split", plant, "--set", "data.where={labels: [bal]}")
    assert (code, out) == (2, "")
    assert "data.where.labels: no signal has bal; there are ball, healthy, outer_race" in err
    _, _, err = run("split", plant, "--set", "data.where={labels: [ball], specimen: [healthy-0]}")
    assert "data.where: no signal fits all of labels, specimen at once" in err


def test_a_catalog_without_a_label_is_told_so(run, tmp_path: Path) -> None:
    folder = write_recordings(tmp_path / "recordings")
    catalog = scan(folder)
    replace(catalog, rows=tuple(row.changed(labels=()) for row in catalog)).write(tmp_path / "catalog.csv")
    code, _, err = run("split", write_config(tmp_path / "tiny.yaml", tmp_path / "catalog.csv"))
    assert code == 2
    assert "no signal has a label" in err
