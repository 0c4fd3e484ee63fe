"""`faultprint explain`: a page for every signal, with what it says also as JSON, and one line for what is wrong."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from scipy.io import wavfile

from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate

BEARING = "{stated_orders: [%s]}"


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A faulty bearing whose side file states the rest, a recording of nothing, and no recording at all."""
    folder = tmp_path_factory.mktemp("inbox")
    signal = simulate(random_machine(4), ["outer_race"], duration_s=2.0, seed=1, severity_db=6.0)
    samples = np.asarray(signal.samples)[0]
    path = folder / "püm$p_1$ 泵.wav"
    wavfile.write(path, 12000, (samples / np.abs(samples).max()).astype(np.float32))
    side = {"speed_rpm": float(signal.speed_rpm or 0), "bearing": {"stated_orders": [float(x) for x in signal.orders]}}
    path.with_name(path.name + ".yaml").write_text(yaml.safe_dump(side), encoding="utf-8")
    wavfile.write(folder / "still.wav", 12000, np.zeros(24000, np.float32))
    (folder / "broken.wav").write_bytes(b"RIFF")
    return folder


def test_every_signal_has_a_page_and_those_that_cannot_be_used_say_why(run, inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheets"
    code, said, _ = run("explain", "ready", inbox, "--out", out, "--json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 3
    assert [line["verdict"] for line in lines] == ["UNUSABLE", "CONFIDENT", "UNUSABLE"]
    assert json.loads((out / "explanation.json").read_text(encoding="utf-8")) == lines
    _, good, still = lines
    assert "outer_race" in good["labels"]
    assert good["explanation"]["label"] == "outer_race"
    assert good["explanation"]["lines"]["agrees"] == "yes"
    assert good["explanation"]["occlusion"]["passed"]
    assert still["explanation"] is None
    for line in lines:
        png, pdf = map(Path, line["files"])
        with Image.open(png) as page:
            assert page.width / page.height == pytest.approx(210 / 297, rel=0.002)
            assert np.asarray(page.convert("L")).min() < 60
        content = pdf.read_bytes()
        assert content.startswith(b"%PDF")
        assert b"/MediaBox [ 0 0 595.44 841.68 ]" in content


def test_the_table_names_what_was_explained_and_the_sheet(run, inbox: Path, tmp_path: Path) -> None:
    code, said, _ = run("explain", "ready", inbox / "püm$p_1$ 泵.wav", "--out", tmp_path, "--label", "ball")
    assert code == 0
    header, row = (line.split("\t") for line in said.splitlines())
    told = dict(zip(header, row, strict=True))
    assert "outer_race" in told["labels"]
    assert told["explained"] == "ball"
    assert Path(told["sheet"]).exists()


def test_flags_state_what_the_file_does_not(run, inbox: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.wav"
    bare.write_bytes((inbox / "püm$p_1$ 泵.wav").read_bytes())
    refused = run("explain", "ready", bare, "--out", tmp_path / "a", "--json")
    assert refused[0] == 3
    assert "--speed-rpm" in json.loads(refused[1])["reason"]
    stated = ("--speed-rpm", 1800, "--bearing", "6205", "--unit", "g")
    code, said, _ = run("explain", "ready", bare, "--out", tmp_path / "b", "--json", *stated)
    assert (code, json.loads(said)["condition"]["unit"]) == (0, "g")


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--method", "gradcam"), "unknown explanation 'gradcam'; did you mean 'grad_cam'?"),
        (("--method", "lrp"), "this model has no net; take integrated_gradients"),
        (("--label", "healthy"), "the model has ball, inner_race, outer_race; name one of them"),
        (("--label", "bal"), "the model has ball, inner_race, outer_race; name one of them"),
        (("--speed-rpm", "-5"), "a speed of -5 rpm is impossible"),
    ],
)
def test_a_wrong_request_is_answered_in_one_line(run, inbox: Path, tmp_path: Path, extra, said: str) -> None:
    code, out, err = run("explain", "ready", inbox / "püm$p_1$ 泵.wav", "--out", tmp_path / "x", *extra)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_missing_library_is_named_with_its_extra(run, inbox: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    code, _, err = run("explain", "ready", inbox / "püm$p_1$ 泵.wav", "--out", tmp_path)
    assert code == 2
    assert "pip install 'faultprint[explain]'" in err


def test_out_must_be_a_folder(run, inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = run("explain", "ready", inbox, "--out", tmp_path / "file")
    assert (code, "needs a folder" in err) == (2, True)


def test_what_an_earlier_run_explained_stays_in_the_folder(run, inbox: Path, tmp_path: Path) -> None:
    for name in ("still.wav", "broken.wav", "still.wav"):
        run("explain", "ready", inbox / name, "--out", tmp_path)
    told = json.loads((tmp_path / "explanation.json").read_text(encoding="utf-8"))
    assert [Path(one["source"]).name for one in told] == ["broken.wav", "still.wav"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "still.wav").write_bytes((inbox / "still.wav").read_bytes())
    _, said, _ = run("explain", "ready", other / "still.wav", "--out", tmp_path, "--json")
    assert Path(json.loads(said)["files"][0]).name == "still.wav.c0-2.png", "another file of that name"


def test_an_interrupted_run_leaves_what_it_has_done(run, inbox: Path, tmp_path: Path, monkeypatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.workflow.explain.explain", interrupted)
    code, _, _ = run("explain", "ready", inbox, "--out", tmp_path)
    assert code == 130
    told = json.loads((tmp_path / "explanation.json").read_text(encoding="utf-8"))
    assert [Path(one["source"]).name for one in told] == ["broken.wav"]


@pytest.mark.parametrize("content", ['{"mine": 1}', "[1]", "my notes"])
def test_somebody_elses_file_is_not_replaced(run, inbox: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "explanation.json").write_text(content)
    code, _, err = run("explain", "ready", inbox, "--out", tmp_path)
    assert (code, "is no explanation.json of ours" in err) == (2, True)
    assert (tmp_path / "explanation.json").read_text() == content


def test_the_level_of_sets_can_be_asked_for(run, inbox: Path, tmp_path: Path) -> None:
    path = inbox / "püm$p_1$ 泵.wav"
    code, said, _ = run("explain", "ready", path, "--out", tmp_path, "--json", "--level", "0.8")
    assert (code, json.loads(said)["level"]) == (0, 0.8)
