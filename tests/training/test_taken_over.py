"""Branches of a model that is there already, summed with those that are trained."""

from pathlib import Path
from typing import Any

import pytest
import tiny
import torch

from pipeline.catalog.scanning.scan import scan
from pipeline.config import RunConfig
from pipeline.errors import ConfigError, LeakError
from pipeline.models.bundle import load_bundle
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, Setting
from pipeline.training.fit import solve_heads
from pipeline.training.regime import TrainedBranchConfig
from pipeline.workflow.train import train

PIXELS = {"stages": [{"resize": {"rows": 8, "columns": 8}}], "head": "ridge"}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny.write_recordings(tmp_path_factory.mktemp("recordings"))
    path = folder / "catalog.csv"
    scan(folder).write(path)
    return path


@pytest.fixture(scope="module")
def first(catalog: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("first") / "run"
    train(run(catalog), out)
    return out / "model"


def run(catalog: Path, **changes: Any) -> RunConfig:
    return RunConfig.parse(tiny.config(catalog, **changes), "tiny.yaml")


def test_a_branch_taken_over_keeps_its_weights_and_is_summed_with_a_new_one(
    first: Path, catalog: Path, tmp_path: Path
) -> None:
    train(run(catalog, branches=[{"bundle": str(first)}, PIXELS]), tmp_path / "run")
    old, new = load_bundle(first), load_bundle(tmp_path / "run" / "model")
    theirs, ours = (model.classifier.branches[0].state_dict() for model in (old, new))
    assert theirs.keys() == ours.keys()
    assert all(torch.equal(theirs[name], ours[name]) for name in theirs)
    assert len(new.card.branches) == 2
    (source, _) = new.card.provenance["branches"]
    assert source["weights_sha256"] == old.card.weights_sha256
    # Scaled by the training side: no branch outshouts the other.
    assert new.classifier.branch_spread.min() > 0


def test_a_run_written_out_with_a_branch_taken_over_reads_back(first: Path, catalog: Path, tmp_path: Path) -> None:
    from pipeline.config import dump_config, load_config

    config = run(catalog, branches=[{"bundle": str(first)}, PIXELS])
    (tmp_path / "config.yaml").write_text(dump_config(config))
    assert load_config(tmp_path / "config.yaml").branches == config.branches


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"window": {"samples": 400}}, "reads windows of 500 samples"),
        ({"stages": [{"stft": {"n_fft": 128}}]}, "begins with the stage"),
        ({"centre": False}, "treated otherwise"),
    ],
)
def test_a_model_that_reads_otherwise_cannot_be_taken_over(
    first: Path, catalog: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        train(run(catalog, branches=[{"bundle": str(first)}], **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_bundle_brings_everything_and_takes_no_backbone() -> None:
    with pytest.raises(ConfigError, match="bring stages"):
        RunConfig.parse(tiny.config(Path("x.csv"), branches=[{"bundle": "ready", "backbone": "small"}]), "tiny.yaml")


def test_a_branch_that_the_model_has_not_is_refused(first: Path, catalog: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"bundle_branch 1 is asked for, and .* has 1, counted from 0"):
        train(run(catalog, branches=[{"bundle": str(first), "bundle_branch": 1}]), tmp_path / "run")


def test_a_model_that_learned_from_what_tests_here_is_refused(first: Path, catalog: Path, tmp_path: Path) -> None:
    other = {"group": "specimen", "test_share": 0.25, "seed": 2}
    with pytest.raises(LeakError, match="has learned from it or from its part"):
        train(run(catalog, branches=[{"bundle": str(first)}], split=other), tmp_path / "run")


def test_parts_that_a_branch_knows_are_known_to_the_new_model(first: Path, catalog: Path, tmp_path: Path) -> None:
    known = set(load_bundle(first).card.trained_on["specimen_names"])
    unknown = sorted({row.specimen for row in scan(catalog.parent)} - known)
    split = {"group": "specimen", "test": unknown}
    train(run(catalog, branches=[{"bundle": str(first)}], split=split), tmp_path / "run")
    assert known <= set(load_bundle(tmp_path / "run" / "model").card.trained_on["specimen_names"])


def test_a_label_that_nobody_has_spoils_no_sum() -> None:
    """A branch that always answers alike has no spread to be scaled by."""
    branches = [TrainedBranchConfig(stages=[]), TrainedBranchConfig(stages=[])]
    net = Classifier([{"fold": {"rows": 2, "columns": 4}}], branches, Setting(None, 8), ["never", "sometimes"])
    features = [torch.randn(6, 8), torch.randn(6, 8)]
    solve_heads(net, branches, features, torch.tensor([[0.0, 0.0], [0.0, 1.0]] * 3), multiclass=False)
    assert net(Batch.of(torch.randn(4, 1, 8))).isfinite().all()
