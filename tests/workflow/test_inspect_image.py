"""`inspect --image`: what a net sees of a file, from a config or a trained model, and why it sees nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from scipy.io import savemat, wavfile

from pipeline import cli
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split
from pipeline.config import load_config
from pipeline.diagnosis.seen import seen_by
from pipeline.models.bundle import Model, ModelCard, save_bundle
from pipeline.signals.signal import Signal
from pipeline.workflow.inspect_image import see
from pipeline.workflow.inspection.look import Look
from pipeline.workflow.inspection.looking_net import looking_nets, untrained
from pipeline.workflow.training_run.preparation import plan_of
from tests import tiny

STFT = [{"stft": {"n_fft": 64, "hop": 16}}, "decibels"]
CORPUS = {"standardise": {"per": "corpus"}}
LEARNED = {"standardise": {"per": "corpus", "mean": [-40.0], "deviation": [10.0]}}


def config_at(folder: Path, **changes: object) -> Path:
    return tiny.write_config(folder / "run.yaml", folder / "catalog.csv", **changes)


@pytest.fixture
def pump(tmp_path: Path) -> Path:
    """Two seconds at 2000 Hz: 8 windows of the tiny run."""
    path = tmp_path / "pump.wav"
    wavfile.write(path, tiny.RATE_HZ, tiny.tone("outer_race", seed=0, seconds=2.0))
    return path


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        return (code, *capfd.readouterr())

    return call


def bundle_at(folder: Path, config: Path) -> Path:
    """A model as training would leave it, its heads as they were born."""
    looker = untrained(load_config(config), 500)
    net = looker.classifier
    branches = [branch.config for branch in net.branches]
    card = ModelCard(
        name="kept",
        task="multiclass",
        labels=("ball",),
        stages=net.shared.specs,
        branches=branches,
        intake=looker.intake,
    )
    save_bundle(Model(card, net), folder)
    return folder


def test_one_json_line_per_signal_says_what_is_drawn(run, pump: Path, tmp_path: Path) -> None:
    code, out, _ = run("inspect", pump, "--image", config_at(tmp_path), "--window", 2, "--out", "looks", "--json")
    assert code == 0
    (line,) = out.splitlines()
    told = json.loads(line)
    assert (told["source"], told["window"], told["windows"], told["reason"]) == (str(pump), 2, 8, None)
    assert told["image"]["shape"][:2] == [1, 33]
    assert told["image"]["unit"] == "deviations"
    rows, columns = told["image"]["rows"], told["image"]["columns"]
    assert (rows["name"], rows["unit"], rows["first"], rows["last"]) == ("frequency", "Hz", 1000.0, 0.0)
    assert (columns["unit"], columns["first"]) == ("s", pytest.approx(0.016))
    assert columns["last"] <= 0.25
    assert told["stages"] == [["stft", "decibels", "standardise"], ["resize", "to_imagenet"]]
    assert told["shapes"] == [[3, 32, 32]]
    (picture,) = told["pictures"]
    assert (picture["reader"], picture["black"], picture["white"]) == ("small", -3.0, 3.0)
    assert Path(told["figure"]).read_bytes().startswith(b"\x89PNG")
    assert Path(told["figure"]).parent == Path("looks")


def test_without_out_the_figure_lies_in_the_current_folder_named_after_file_and_channel(run, tmp_path: Path) -> None:
    savemat(tmp_path / "pump.mat", {"DE": tiny.tone("ball", 0), "FE": tiny.tone("ball", 1)})
    code, out, _ = run("inspect", "pump.mat", "--image", config_at(tmp_path), "--rate-hz", 2000)
    assert code == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["pump.mat.DE.image.png", "pump.mat.FE.image.png"]
    assert out.splitlines()[0].split("\t")[:3] == ["file", "channel", "window"]
    assert len(out.splitlines()) == 3


def test_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for machine in ("a", "b"):
        (tmp_path / machine).mkdir()
        wavfile.write(tmp_path / machine / "pump.wav", 2000, tiny.tone("ball", 0))
    sources = [tmp_path / machine / "pump.wav" for machine in ("a", "b")]
    found = list(see(config_at(tmp_path), sources, out=tmp_path / "looks"))
    assert len({entry["figure"] for entry in found}) == len(list((tmp_path / "looks").glob("*.png"))) == 2


def test_the_intake_of_a_config_is_that_of_its_training(tmp_path: Path) -> None:
    changes = {"conditioning": [{"high_pass": {"cutoff_hz": 20}}], "centre": False, "rate_hz": 1000}
    config = load_config(config_at(tmp_path, **changes))
    rows = [Row("a", "a.wav", labels=("ball",)), Row("b", "b.wav", labels=("healthy",))]
    assert untrained(config, 500).intake == plan_of(config, Split(tuple(rows), ())).start().intake


def test_a_model_and_its_config_see_the_same(pump: Path, tmp_path: Path) -> None:
    config = config_at(tmp_path)
    model = bundle_at(tmp_path / "RUN" / "model", config)
    signal = Signal(tiny.tone("ball", 3, seconds=2.0), rate_hz=2000.0)
    seen = []
    for place in (config, model, model.parent, model / "model.yaml"):
        looker = looking_nets(place)(signal)
        (first,) = looker.intake.batches(looker.intake.condition(signal), 1)
        seen.append(looker.classifier.eval().shared(first).values)
    assert all(torch.equal(image, seen[0]) for image in seen)
    (told,) = see(model, pump, out=tmp_path / "looks")
    assert told["reason"] is None


def test_the_window_asked_for_is_the_one_that_is_drawn(tmp_path: Path) -> None:
    steps = np.repeat([1.0, 4.0, 2.0, 8.0], 500) * np.tile([1.0, -1.0], 1000)
    np.save(tmp_path / "steps.npy", steps)
    fold = [{"fold": {"rows": 20, "columns": 25}}]
    config = config_at(tmp_path, stages=fold, branches=[{"stages": []}])
    for number, level in enumerate([1.0, 4.0, 2.0, 8.0], start=1):
        (told,) = see(config, tmp_path / "steps.npy", window=number, out=tmp_path / "looks", rate_hz=2000)
        assert told["image"]["range"] == pytest.approx([-level, level], abs=1e-5)
        assert told["windows"] == 4


def test_a_window_beyond_the_end_is_told_with_how_many_there_are(run, pump: Path, tmp_path: Path) -> None:
    code, out, _ = run("inspect", pump, "--image", config_at(tmp_path), "--window", 9, "--json")
    told = json.loads(out)
    assert (code, told["figure"], told["image"]) == (3, None, None)
    assert told["reason"] == "gives 8 windows, and number 9 is asked for; give --window up to 8"
    assert not list(tmp_path.glob("*.png"))


def test_a_window_in_turns_is_as_long_as_the_signals_own_speed_makes_it(pump: Path, tmp_path: Path) -> None:
    config = config_at(tmp_path, window={"turns": 5})
    for speed_rpm, windows in ((600, 4), (1200, 8)):
        (told,) = see(config, pump, out=tmp_path / "looks", speed_rpm=speed_rpm)
        assert told["windows"] == windows
    (unknown,) = see(config, pump, out=tmp_path / "looks")
    assert unknown["reason"] == "the config's window is in shaft turns, and nothing states the speed; give --speed-rpm"


def test_faults_need_speed_and_bearing_and_say_which_flag_gives_them(run, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "pump.wav", 12000, np.random.default_rng(0).standard_normal(14000).astype(np.float32))
    config = config_at(
        tmp_path, rate_hz=12000, window={"seconds": 1.0}, stages=["fault_order"], branches=[{"stages": ["decibels"]}]
    )
    code, out, _ = run("inspect", "pump.wav", "--image", config)
    assert code == 3
    assert "not drawn: " in out
    assert "give --bearing and --speed-rpm" in out
    code, out, _ = run("inspect", "pump.wav", "--image", config, "--bearing", 6205, "--speed-rpm", 1797, "--json")
    image = json.loads(out)["image"]
    assert (code, image["shape"]) == (0, [3, 12, 5])
    assert [plane["name"] for plane in image["planes"]] == ["outer_race", "inner_race", "ball"]
    assert image["columns"]["labels"] == ["1", "2", "3", "4", "5"]
    assert image["rows"]["labels"][-1] == "full band"


def test_some_unusable_files_leave_the_others_drawn(run, pump: Path, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "dead.wav", 2000, np.zeros(4000, dtype=np.float32))
    (tmp_path / "notes.wav").write_text("not a recording")
    code, out, _ = run("inspect", pump, "dead.wav", "notes.wav", "--image", config_at(tmp_path), "--json")
    reasons = [json.loads(line)["reason"] for line in out.splitlines()]
    assert code == 3
    assert reasons[0] is None
    assert "never change" in reasons[1]
    assert reasons[2]


def test_what_is_still_to_be_learned_is_refused_and_a_trained_model_has_it(run, pump: Path, tmp_path: Path) -> None:
    config = config_at(tmp_path, stages=[*STFT, CORPUS])
    code, _, err = run("inspect", pump, "--image", config)
    assert code == 2
    assert "standardise has to learn from the training side first; train it, and give --image RUN/model" in err
    model = bundle_at(tmp_path / "model", config_at(tmp_path, stages=[*STFT, LEARNED]))
    (told,) = see(model, pump, out=tmp_path / "looks")
    low, high = told["image"]["range"]
    assert (low, high) == (pytest.approx(-4.0, abs=1.0), pytest.approx(4.0)), "0 dB is 4 deviations of 10 dB above -40"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("stages: [", "is not YAML"),
        ("just words", "needs keys and values"),
        ("{name: x}", "is needed, and is not there"),
    ],
)
def test_a_config_that_is_none_is_told_in_one_line(run, pump: Path, tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "bad.yaml").write_text(content)
    code, out, err = run("inspect", pump, "--image", "bad.yaml", "--json")
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_place_that_is_neither_config_nor_model_is_told_in_one_line(run, pump: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place, told in (("empty", "is not a model"), ("nowhere.yaml", "cannot be read"), (pump, "is not YAML")):
        code, _, err = run("inspect", pump, "--image", place)
        assert code == 2
        assert told in err
        assert len(err.splitlines()) == 1


def test_words_beside_the_picture_say_which_plane_is_which_colour(tmp_path: Path) -> None:
    views = [["stft"], [{"fold": {"rows": 9, "columns": 9}}], ["wavelet"]]
    planes = {"planes": {"images": views, "rows": 32, "columns": 32}}
    branches = [
        {"stages": ["to_imagenet"], "backbone": "small"},
        {"stages": [{"crop": {"planes": 1}}, "to_imagenet"], "backbone": "small"},
    ]
    config = config_at(tmp_path, stages=[planes], branches=branches)
    signal = Signal(tiny.tone("ball", 3), rate_hz=2000.0, speed_rpm=1797.0)
    looker = looking_nets(config)(signal)
    (first,) = looker.intake.batches(looker.intake.condition(signal), 1)
    told = Look("pump.wav", "DE", 1, looker, signal, seen_by(looker.classifier, first), 4).told()
    assert told[0] == "window: 500 samples at 2000 Hz, 0.25 s, 1797 rpm"
    assert told[2:4] == ["branch 1: to_imagenet; 3 x 32 x 32", "branch 2: crop, to_imagenet; 3 x 32 x 32"]
    assert told[4:] == ["black is -3, white is 3, as recorded", "red is stft, green is fold, blue is wavelet"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--window", "2"], "--window 2: says which window --image CONFIG draws"),
        (["--image", "run.yaml", "--window", "0"], "windows are counted from 1"),
        (["--image", "run.yaml", "--header"], "--header reads no samples"),
    ],
)
def test_flags_that_do_not_fit_together_are_refused(run, pump: Path, tmp_path: Path, flags: list, told: str) -> None:
    config_at(tmp_path)
    code, _, err = run("inspect", pump, *flags)
    assert code == 2
    assert told in err


def test_stages_that_cannot_follow_each_other_are_told_before_any_file_is_read(run, pump: Path, tmp_path: Path) -> None:
    code, out, err = run("inspect", pump, "--image", config_at(tmp_path, stages=["decibels"]), "--json")
    assert (code, out) == (2, "")
    assert "takes image" in err


def test_the_figures_of_a_real_bearing_stand_at_its_own_rate(real_data: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    changes = {"rate_hz": 12000, "window": {"seconds": 1.0}, "stages": ["wavelet", "decibels"]}
    config.write_text(yaml.safe_dump(tiny.config(tmp_path, **changes)))
    (told,) = see(config, real_data / "cwru" / "105.mat", out=tmp_path, channel="*DE_time", rate_hz=12000)
    assert told["windows"] == 10
    assert told["image"]["rows"]["first"] == pytest.approx(5400)
    assert told["condition"]["speed_rpm"] == 1797
