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
from pipeline.errors import CatalogError, ConfigError, RequestError
from pipeline.models.features import FeatureCache
from pipeline.models.picture_size import refuse_small_pictures
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
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
    with pytest.raises(CatalogError, match=r"none of 4 signals of the test side .*ball, which training never saw"):
        train(config_of(tmp_path, replace(catalog, rows=rows), split=split), tmp_path / "run")
    assert not (tmp_path / "run").exists()


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


@pytest.mark.parametrize(("backbone", "regime"), [("small", "head"), ("small", "scratch"), ("alexnet", "head")])
def test_a_picture_too_small_for_its_net_is_refused_with_its_size_and_what_to_add(
    tmp_path: Path, backbone: str, regime: str
) -> None:
    tiny = SMALL | {"stages": ["to_imagenet"], "backbone": backbone, "regime": regime}
    eight = [{"fold": {"rows": 8, "columns": 8}}]
    config = config_of(tmp_path, scan(write_recordings(tmp_path / "recordings")), branches=[tiny], stages=eight)
    with pytest.raises(ConfigError, match=rf"{backbone} needs larger pictures than 8 x 8, .*; put resize before"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    resized, grown = tiny | {"stages": ["resize", "to_imagenet"]}, tiny | {"backbone": "resnet18"}
    for branch in (resized, grown):  # the latter shrinks no picture to nothing
        refuse_small_pictures(plan(branch, stages=eight).start().classifier)


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
def test_a_label_that_nothing_tests_is_told_in_the_notes(tmp_path: Path, task: str) -> None:
    catalog = scan(write_recordings(tmp_path / "recordings"))
    few = replace(catalog, rows=tuple(row for row in catalog if row.labels != ("ball",) or row.specimen == "ball-0"))
    heads = {"branches": [SMALL], "fit": {"accelerator": "cpu"}, "task": task}
    metrics = train(config_of(tmp_path, few, **heads), tmp_path / "run")
    assert metrics["test"]["windows"]["recall"]["ball"] is None
    assert [note for note in metrics["notes"] if "no signal that tests is ball, so no figure says" in note]
    assert train(config_of(tmp_path, catalog, **heads), tmp_path / "all")["notes"] == []
    in_turn = train(config_of(tmp_path, few, **heads, split="none", folds=3), tmp_path / "folds")
    assert [note for note in in_turn["notes"] if "all signals that are ball are of one part" in note]


def test_a_run_that_failed_before_it_had_learned_leaves_its_place_free(tmp_path: Path) -> None:
    catalog = scan(write_recordings(tmp_path / "recordings"))
    wild = config_of(tmp_path, catalog, fit=FIT | {"learning_rate": 1e30})
    (tmp_path / "mine").mkdir()
    for out in (tmp_path / "run", tmp_path / "mine"):
        with pytest.raises(ConfigError, match="the loss is no number any more in epoch 1 of 2"):
            train(wild, out)
    assert not (tmp_path / "run").exists()
    assert not list((tmp_path / "mine").iterdir())
    assert train(config_of(tmp_path, catalog), tmp_path / "run")["test"]


def test_what_fine_tuning_is_asked_for_is_told_to_be_idle_where_heads_alone_are_trained(tmp_path: Path) -> None:
    catalog = scan(write_recordings(tmp_path / "recordings"))
    fit = {"accelerator": "cpu", "patience": 2, "epochs": 3}
    (note,) = train(config_of(tmp_path, catalog, branches=[SMALL], fit=fit), tmp_path / "run")["notes"]
    assert note.startswith("fit.epochs, fit.patience change nothing: every branch trains a head only")


def test_machines_that_cannot_find_one_another_are_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tmp_path, scan(write_recordings(tmp_path / "recordings")), fit=FIT | {"nodes": 2})
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match=r"fit\.nodes: 2 machines .* without MASTER_ADDR, MASTER_PORT, NODE_RANK"):
        train(config, tmp_path / "run")
    told: list[str] = []
    for name, value in (("MASTER_ADDR", "10.0.0.1"), ("MASTER_PORT", "29500"), ("NODE_RANK", "0")):
        monkeypatch.setenv(name, value)
    (tmp_path / "run").write_text("stops the run before it waits for the other machine")
    with pytest.raises(RequestError):
        train(config, tmp_path / "run", note=told.append)
    assert told == ["training begins when all 2 machines have joined at 10.0.0.1:29500"]
