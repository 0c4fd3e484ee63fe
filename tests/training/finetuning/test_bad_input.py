"""Catalogs and folders that are not as they should be: a clear line, or the right result."""

import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile
from tiny import RATE_HZ, write_config, write_recordings
from tiny_nets import SMALL, accuracy, plan, windows

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.scanning.scan import scan
from pipeline.config import RunConfig, load_config
from pipeline.errors import CatalogError
from pipeline.models.features import FeatureCache
from pipeline.training.learn import learn, window_logits
from pipeline.training.regime import FitConfig
from pipeline.workflow.train import train

FIT = {"epochs": 2, "batch_windows": 8, "learning_rate": 3e-3, "accelerator": "cpu"}
LAST = SMALL | {"regime": {"last_blocks": 1}}


def config_of(folder: Path, catalog: Catalog, **changes: Any) -> RunConfig:
    catalog.write(folder / "catalog.csv")
    given = {"branches": [LAST], "fit": FIT} | changes
    return load_config(write_config(folder / "run.yaml", folder / "catalog.csv", **given))


@pytest.mark.parametrize("validation", [0, 0.3])
def test_a_label_with_one_signal_is_learned_from_it(validation: float) -> None:
    given = windows(per_label=6)
    few = given.some([*range(6), *range(6, 12), 12])
    asked = plan(SMALL | {"regime": "full"}, fit=FitConfig(**FIT, validation=validation))
    model, _ = learn(asked, few, with_reference=False)
    assert accuracy(window_logits(model, windows(seed=1)), windows(seed=1)) > 0.9


def test_a_class_that_nobody_has_in_training_leaves_the_others_right() -> None:
    """As it can be in a fold: the class is there, and none of its signals."""
    given = windows().some(range(8))
    assert given.targets.sum(dim=0).tolist() == [4, 4, 0]
    for regime in ("full", "scratch"):
        fit = FitConfig(**FIT | {"epochs": 10}, label_smoothing=0.1, balance="sampling")
        model, _ = learn(plan(SMALL | {"regime": regime}, fit=fit), given, with_reference=False)
        logits = window_logits(model, given)
        assert logits.isfinite().all()
        assert accuracy(logits, given) > 0.9


def test_a_label_whose_signals_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    folder = write_recordings(tmp_path / "recordings")
    for path in folder.glob("ball/*.wav"):
        wavfile.write(path, RATE_HZ, np.zeros(RATE_HZ, dtype=np.float32))
    with pytest.raises(
        CatalogError, match=r"label ball has no signal on the training side that could be used: ball/.*"
    ):
        train(config_of(tmp_path, scan(folder)), tmp_path / "run")


def test_one_label_only_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    catalog = scan(write_recordings(tmp_path / "recordings"))
    balls = replace(catalog, rows=tuple(row for row in catalog if row.labels == ("ball",)))
    with pytest.raises(CatalogError, match="2 or more labels to tell apart"):
        train(config_of(tmp_path, balls), tmp_path / "run")
    with pytest.raises(
        CatalogError, match=r"all 3 signals .* are ball, so there is nothing to tell apart; add signals"
    ):
        train(config_of(tmp_path, balls, task="multilabel"), tmp_path / "run")


def test_a_label_of_the_test_side_alone_is_skipped_with_the_reason(tmp_path: Path) -> None:
    catalog = scan(write_recordings(tmp_path / "recordings"))
    rows = tuple(replace(row, condition={"load": int(row.labels == ("ball",))}) for row in catalog)
    split = {"group": "load", "test": [1], "same_specimen": True}
    with pytest.raises(CatalogError, match=r"none of 4 signals could be used: .*ball, which training never saw"):
        train(config_of(tmp_path, replace(catalog, rows=rows), split=split), tmp_path / "run")


def test_two_runs_that_write_one_cache_find_what_each_finds_alone(tmp_path: Path) -> None:
    config = config_of(tmp_path, scan(write_recordings(tmp_path / "recordings")))
    world = multiprocessing.get_context("forkserver")
    world.set_forkserver_preload(["pipeline.workflow.train", "pipeline.training.finetuning.finetune"])
    shared = FeatureCache(tmp_path / "cache")
    outs = [tmp_path / name for name in ("one", "other")]
    runs = [world.Process(target=train, args=(config, out), kwargs={"cache": shared}) for out in outs]
    for run in runs:
        run.start()
    alone = train(config, tmp_path / "alone")
    for run, out in zip(runs, outs, strict=True):
        run.join()
        assert run.exitcode == 0
        weights = [(folder / "model" / "weights.safetensors").read_bytes() for folder in (out, tmp_path / "alone")]
        assert weights[0] == weights[1]
    assert alone["test"]["windows"]["accuracy"] > 90
    assert list((tmp_path / "cache").rglob("*.safetensors"))
    assert not list((tmp_path / "cache").rglob("*.unfinished"))
