"""`faultprint pretrain`: weights from recordings that nobody labelled, or from simulation, for the next run."""

import json
import shlex
from pathlib import Path

import pytest
import yaml
from tiny import config, write_config, write_recordings

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.export import write_signals
from pipeline.catalog.scanning.lock import only_one
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.signals.simulation.fleet import demo_fleet

FIT = {"epochs": 6, "batch_windows": 8, "learning_rate": 5e-3}


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings that nobody labelled, and the same with labels."""
    folder = tmp_path_factory.mktemp("plant")
    labelled = scan(write_recordings(folder / "recordings"))
    labelled.write(folder / "catalog.csv")
    rows = tuple(row.changed(labels=()) for row in labelled)
    Catalog(rows, labelled.root).write(folder / "unlabelled.csv")
    write_config(folder / "blind.yaml", folder / "unlabelled.csv", split="none", fit=FIT)
    write_config(folder / "tiny.yaml", folder / "catalog.csv", fit=FIT)
    return folder


def test_an_encoder_of_unlabelled_recordings_is_what_the_next_run_starts_from(run, plant: Path, tmp_path: Path) -> None:
    code, out, err = run("pretrain", plant / "blind.yaml", "--out", tmp_path / "pre", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["error"] < told["mean_image_error"]
    assert Path(told["weights"]).name == f"small-{told['sha256'][:16]}.safetensors"
    assert json.loads((tmp_path / "pre" / "pretrained.json").read_text()) == told
    assert len((tmp_path / "pre" / "history.csv").read_text().splitlines()) == 7
    setting = f"branches.0.weights={tmp_path / 'pre'}"
    code, out, _ = run("train", plant / "tiny.yaml", "--out", tmp_path / "run", "--set", setting, "--json")
    assert code == 0
    card = yaml.safe_load((tmp_path / "run" / "model" / "model.yaml").read_text())
    assert card["provenance"]["branches"][0]["weights_sha256"] == told["sha256"]


def test_what_tests_does_not_pretrain(run, plant: Path, tmp_path: Path) -> None:
    code, out, _ = run("pretrain", plant / "tiny.yaml", "--out", tmp_path / "pre", "--json", "--set", "fit.epochs=1")
    assert code == 0
    assert sum(json.loads(out)["signals"].values()) == 9  # of 12, one part of each label tests


WRONG = {
    "an unknown method": (["--method", "autoencode"], "did you mean 'autoencoder'?"),
    "a branch that is not there": (["--branch", "7"], "there is no branch 7: tiny has one branch, 0; name one"),
    "a branch before the first": (["--branch", "-1"], "there is no branch -1"),
    "a branch without a net": (["--set", "branches=[{head: ridge}]"], "branch 0 has no backbone"),
    "weights for other planes": (["--set", "branches.0.first_convolution=summed"], "use to_imagenet instead"),
    "machines for an autoencoder": (["--signals", "9"], "add --method simulation"),
    "pictures too small": (
        [
            "--set",
            "branches.0.backbone=squeezenet1_1",
            "--set",
            "branches.0.stages=[{resize: {rows: 8, columns: 8}}, to_imagenet]",
        ],
        "needs larger pictures than 8 x 8",
    ),
    "a seed below zero": (["--set", "seed=-1"], "seed"),
    "a seed that nobody can count to": (["--set", "seed=99999999999999999999999"], "seed"),
    "nobody left": (["--set", "data.where={machine: [none]}"], "machine: no signal has none"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_ends_with_2_and_one_line(run, plant: Path, tmp_path: Path, case: str) -> None:
    arguments, said = WRONG[case]
    code, out, err = run("pretrain", plant / "blind.yaml", "--out", tmp_path / "pre", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "pre").exists()


def test_a_second_run_into_one_folder_is_refused_at_once(run, plant: Path, tmp_path: Path) -> None:
    out = tmp_path / "pre"
    with only_one(tmp_path / ".pre.lock", "pretraining"):
        code, _, err = run("pretrain", plant / "blind.yaml", "--out", out)
    assert code == 4
    assert "is being done by process" in err
    assert not out.exists()


def test_a_folder_with_earlier_weights_is_replaced_on_request_only(run, plant: Path, tmp_path: Path) -> None:
    command = ("pretrain", plant / "blind.yaml", "--out", tmp_path / "pre", "--set", "fit.epochs=1")
    assert run(*command)[0] == 0
    code, _, err = run(*command)
    assert code == 2
    assert "is not empty; name another folder with --out, or add --overwrite" in err
    assert run(*command, "--overwrite")[0] == 0


def test_the_command_that_comes_next_has_the_same_settings(run, plant: Path, tmp_path: Path) -> None:
    setting = "branches.0.stages=[{resize: {rows: 16, columns: 16}}, to_imagenet]"
    settings = ["--set", setting, "--set", "fit.epochs=1"]
    _, out, err = run("pretrain", plant / "blind.yaml", "--out", tmp_path / "pre", *settings)
    (line,) = [line for line in (out + err).splitlines() if line.startswith("now: faultprint ")]
    words = shlex.split(line.removeprefix("now: faultprint "))
    assert words[:4] == ["train", str(plant / "blind.yaml"), "--out", "RUN"]
    assert words[4:-1] == [*settings, "--set"]
    assert words[-1].startswith("branches.0.weights=")


SHARED = {
    "stages": ["rivals", {"resize": {"rows": 32, "columns": 32}}, {"to_imagenet": {"low": 0, "high": 4}}],
    "backbone": "small",
    "weights": "random",
    "planes": "shared",
}
SIMULATED = {
    "rate_hz": 12000,
    "window": {"seconds": 1.0},
    "task": "multilabel",
    "split": "none",
    "stages": ["fault_order"],
    "branches": [SHARED],
    "fit": FIT,
}


@pytest.fixture
def dream(tmp_path: Path) -> Path:
    """A config whose data are not there."""
    return write_config(tmp_path / "dream.yaml", tmp_path / "nowhere.csv", **SIMULATED)


def test_simulated_machines_teach_a_net_without_any_data(run, dream: Path, tmp_path: Path) -> None:
    out = tmp_path / "pre"
    asked = ["--method", "simulation", "--signals", 320, "--set", "branches.0.layer=block2", "--json"]
    code, told, err = run("pretrain", dream, "--out", out, *asked)
    assert (code, err) == (0, "")
    told = json.loads(told)
    assert told["machines"] == {"train": 320, "held_out": 320}
    assert set(told["auroc"]) == {"ball", "inner_race", "outer_race"}
    assert told["macro_auroc"] > 55
    # The picture alone ranks loud faults of simulated machines, and not those that drown in noise.
    assert 65 < told["untrained_macro_auroc"] < 95
    assert json.loads((out / "pretrained.json").read_text()) == told
    assert {path.name for path in out.iterdir()} == {
        ".faultprint-pretrained", "config.yaml", "history.csv", "environment.json", "pretrained.json",
        Path(told["weights"]).name,
    }  # fmt: skip
    assert len((out / "history.csv").read_text().splitlines()) == 1 + 5
    code, verified, _ = run("weights", "verify", told["weights"], "--json")
    assert code == 0
    (row,) = json.loads(verified)
    assert (row["backbone"], row["status"], row["fine"]) == ("small", "verified", True)
    assert row["fit"].startswith("fits up to block2")


@pytest.mark.parametrize("regime", ["head", "{last_blocks: 1}", "full"])
def test_what_simulation_taught_starts_every_regime(run, tmp_path: Path, regime: str) -> None:
    bearings = [signal for signal in demo_fleet(0, 2, 1)[0] if set(signal.labels) <= {"healthy", "ball", "outer_race"}]
    write_signals(bearings, tmp_path / "recordings")
    scan(tmp_path / "recordings").write(tmp_path / "catalog.csv")
    changes = SIMULATED | {"folds": 2, "window": {"seconds": 1.0, "per_signal": 1}}
    path = write_config(tmp_path / "shared.yaml", tmp_path / "catalog.csv", **changes)
    asked = ["--method", "simulation", "--signals", 64, "--json"]
    told = json.loads(run("pretrain", path, "--out", tmp_path / "pre", *asked)[1])
    settings = [f"branches.0.weights={told['weights']}", f"branches.0.regime={regime}", "fit.epochs=1"]
    words = [word for setting in settings for word in ("--set", setting)]
    code, _, err = run("train", path, "--out", tmp_path / "run", "--json", *words)
    assert code == 0, err
    card = yaml.safe_load((tmp_path / "run" / "model" / "model.yaml").read_text())
    assert card["provenance"]["branches"][0]["weights_sha256"] == told["sha256"]


UNLIKE = {
    "another image": ("stages=[{stft: {n_fft: 64, hop: 16}}]", "are seen as fault_order, the shared stages are stft"),
    "another image as well": ("stages=[whiten, fault_order]", "the shared stages are whiten, fault_order"),
    "gears": ("stages=[{fault_order: {family: gear}}]", "have bearings, and fault_order is of family gear"),
    "another rate": ("rate_hz=6000", "12000 samples at 12000 Hz, the config has 1 seconds at 6000 Hz"),
    "no rate": ("rate_hz=null", "the config has 1 seconds at the recordings' own rate"),
    "another window": ("window={samples: 6000}", "12000 samples at 12000 Hz, the config has 6000 samples at 12000"),
    "turns": ("window={turns: 20}", "12000 samples at 12000 Hz, the config has 20 turns at 12000 Hz"),
    "planes together": ("branches.0.planes=together", "make it planes: shared"),
    "conditioning": ("conditioning=[{high_pass: {cutoff_hz: 10}}]", "the config conditions by high_pass"),
}


@pytest.mark.parametrize("case", UNLIKE)
def test_what_is_not_seen_as_simulated_machines_are_is_refused_in_one_line(
    run, dream: Path, tmp_path: Path, case: str
) -> None:
    setting, said = UNLIKE[case]
    code, out, err = run(
        "pretrain", dream, "--out", tmp_path / "pre", "--method", "simulation", "--set", setting, "--signals", 64
    )
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "pre").exists()


def test_no_machine_at_all_teaches_nothing(run, dream: Path, tmp_path: Path) -> None:
    code, _, err = run("pretrain", dream, "--out", tmp_path / "pre", "--method", "simulation", "--signals", 0)
    assert (code, "needs 1 to 100,000,000 machines" in err) == (2, True)


def test_the_example_config_is_one_that_can_be_pretrained() -> None:
    path = Path(__file__).parents[2] / "configs" / "simulated_autoencoder.yaml"
    found = load_config(path)
    assert found.branches[0].backbone == "small"
    assert set(config(path)) <= set(found.model_dump())


def test_machines_too_few_to_learn_from_are_told(run, dream: Path, tmp_path: Path) -> None:
    code, _, err = run("pretrain", dream, "--method", "simulation", "--signals", "1", "--out", tmp_path / "pre")
    assert code == 0
    assert "note: too few machines to tell whether anything was learned" in err


def test_weights_that_became_no_numbers_are_not_kept(run, dream: Path, tmp_path: Path) -> None:
    wild = ("--signals", "64", "--set", "fit.learning_rate=1e20")
    code, _, err = run("pretrain", dream, "--method", "simulation", *wild, "--out", tmp_path / "pre")
    assert code == 2
    assert "lower fit.learning_rate" in err
    assert not (tmp_path / "pre").exists()
