"""Unchanged: methods that were trained on another machine, or on none, and answer here as they are."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from honest.h1 import h1
from honest.leaks import COLUMNS
from honest.methods import CONFIGS, Made, Make, columns, start_of
from honest.protocol import Protocol
from honest.scorers import fixed
from pipeline.catalog.splitting.groups import part_of
from pipeline.catalog.splitting.split import LEAKY
from pipeline.config import load_config
from pipeline.errors import ConfigError
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.models.intake import Intake
from pipeline.training.fit import solve_heads
from pipeline.training.out_of_fold import window_logits
from pipeline.training.window_features import compute_features
from pipeline.training.window_set import WindowSet
from pipeline.workflow.request.model import load_model

READY = "ready"


@cache
def cwru() -> Protocol:
    """All 144 signals of H1, cut once; its splits are not used."""
    return h1(n_splits=1)


def from_cwru(file: str, *overrides: str) -> Make:
    """A config whose heads are solved on all 144 signals of H1; nothing here is learned from the rig that tests."""

    def make(setting: Protocol) -> Made:
        source, config = cwru(), load_config(CONFIGS / file, overrides)
        net = start_of(config, source).classifier
        features = compute_features(net, source.windows, FeatureCache())
        solve_heads(net, config.branches, features, source.windows.window_targets, multiclass=False)
        maker = FeatureMaker(net, FeatureCache())
        scores = torch.cat([maker.logits(batch) for batch in setting.windows.batches])
        told = {**columns(config), "trained_on": "CWRU", **learned_from(source)}
        return Made(told, fixed(in_order(scores, source.labels, setting.labels)))

    return make


def ready(setting: Protocol) -> Made:
    """The model that was trained on simulated machines and on nothing else.

    Raises:
        BundleError: when it is not there.
        ConfigError: when it takes other windows.
    """
    model = load_model(READY)
    refuse_other_windows(model.card.intake, setting)
    scores = window_logits(model, setting.windows)
    told = {"backbone": None, "weights": "simulated", "regime": None, "trained_on": "simulation", **learned_from(None)}
    return Made(told, fixed(in_order(scores, model.card.labels, setting.labels)))


def learned_from(source: Protocol | None) -> dict[str, Any]:
    """How much a model learned from; it has met no part that tests, however windows are dealt."""
    apart = {"stamp": None, COLUMNS[LEAKY]: None}
    if source is None:
        return {"specimens": None, "training_windows": None, **apart}
    parts = {part_of(row) for row in source.windows.rows}
    return {"specimens": len(parts), "training_windows": len(source.windows.signal_of_window), **apart}


def refuse_other_windows(intake: Intake, setting: Protocol) -> None:
    """Nothing, where a model takes the windows of a protocol as they are.

    Raises:
        ConfigError: where its rate, its length or the turns it asks for are others.
    """
    asked = setting.intake
    if (intake.rate_hz, intake.window.length()) != (asked.rate_hz, asked.window.length()):
        told = f"{intake.window.length()} samples at {intake.rate_hz} Hz"
        raise ConfigError(f"the model takes windows of {told}, the protocol has {asked.window.length()}")
    fewest = fewest_turns(setting.windows, asked.window.length())
    if fewest < intake.fewest_turns - 0.01:
        raise ConfigError(f"the model needs {intake.fewest_turns:g} turns, the slowest window holds {fewest:.3g}")


def fewest_turns(windows: WindowSet, length: int) -> float:
    """Shaft turns in the window of the slowest signal."""
    return min(float((batch.speed_hz / batch.rate_hz).min()) * length for batch in windows.batches)


def in_order(scores: Tensor, labels: Sequence[str], wanted: Sequence[str]) -> Tensor:
    """Scores (window, label) in the order of other labels, all of which must be there.

    Example:
        >>> in_order(torch.tensor([[1.0, 2.0, 3.0]]), ("ball", "inner_race", "outer_race"), ("outer_race", "ball"))
        tensor([[3., 1.]])
    """
    return scores[:, [list(labels).index(label) for label in wanted]]
