"""`faultprint pretrain`: weights from recordings that nobody labelled, for the next run."""

import json
from pathlib import Path

import pytest
import yaml
from tiny import config, write_config, write_recordings

from pipeline import cli
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config

FIT = {"epochs": 6, "batch_windows": 8, "learning_rate": 5e-3}


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    """Runs a command as the entry point does: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        return (code, *capfd.readouterr())

    return call


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
    "a branch that is not there": (["--branch", "1"], "branch 1 has no backbone"),
    "a branch without a net": (["--set", "branches=[{head: ridge}]"], "branch 0 has no backbone"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_ends_with_2_and_one_line(run, plant: Path, tmp_path: Path, case: str) -> None:
    arguments, said = WRONG[case]
    code, out, err = run("pretrain", plant / "blind.yaml", "--out", tmp_path / "pre", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "pre").exists()


def test_the_example_config_is_one_that_can_be_pretrained() -> None:
    path = Path(__file__).parents[2] / "configs" / "simulated_autoencoder.yaml"
    found = load_config(path)
    assert found.branches[0].backbone == "small"
    assert set(config(path)) <= set(found.model_dump())
