"""Methods: from a protocol's windows to a scorer, by features that are computed once and serve every split."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from honest.classic import classic_features, log_level
from honest.protocol import Protocol
from honest.scorers import Scorer, fixed, forest, head, heads
from pipeline.config import RunConfig, load_config
from pipeline.errors import ConfigError
from pipeline.models.features import FeatureCache
from pipeline.preprocessing.base import Batch
from pipeline.training.fit import specimens_of
from pipeline.training.heads import HeadConfig
from pipeline.training.learn import Start
from pipeline.training.simulated.own_over_others import own_over_others
from pipeline.training.window_features import compute_features
from pipeline.workflow.training_run.preparation import plan_of

CONFIGS = Path(__file__).parents[2] / "configs"


class Made(NamedTuple):
    """A method that is ready to be scored.

    Attributes:
        columns: backbone, weights and regime of its row.
        scorer: what the splits ask.
    """

    columns: dict[str, Any]
    scorer: Scorer


Make = Callable[[Protocol], Made]


class Method(NamedTuple):
    """One row.

    Attributes:
        name: what it is called.
        image: what it reads; None for the samples themselves.
        make: gets it ready.
        target: the macro AUROC that it should reach on windows, or on windows and on recordings.
        quick: whether `--quick` keeps it.
    """

    name: str
    image: str | None
    make: Make
    target: Sequence[float] = ()
    quick: bool = False


def columns(config: RunConfig, regime: str | None = "head") -> dict[str, Any]:
    """What a config says of its row; of a sum, the first branch with a backbone."""
    branch = next((branch for branch in config.branches if branch.backbone), None)
    weights = branch.weights if branch else None
    return {"backbone": branch and branch.backbone, "weights": weights, "regime": regime}


def without_net(regime: str | None) -> dict[str, Any]:
    """The columns of a method without a net."""
    return {"backbone": None, "weights": None, "regime": regime}


def start_of(config: RunConfig, setting: Protocol) -> Start:
    """The net of a config before training.

    Raises:
        ConfigError: for a config that asks for other windows than the protocol's, or for more than heads.
    """
    plan = plan_of(config, setting.sides)
    start = plan.start()
    same = ("rate_hz", "n_channels", "centre", "conditioning")
    asked = setting.intake
    if any(getattr(start.intake, key) != getattr(asked, key) for key in same) or (
        plan.window.length() != asked.window.length() or plan.window.overlap
    ):
        told = f"{asked.window.length()} samples at {asked.rate_hz:g} Hz, centred"
        raise ConfigError(f"{config.name}: the protocol has windows of {told}; the config has others")
    if {branch.regime for branch in plan.branches} - {"head", "as_is"}:
        raise ConfigError(f"{config.name}: only branches with the regime head can be scored here")
    return start


def trained(file: str, *overrides: str) -> Make:
    """A config of this repository, some settings changed: frozen nets or none, their own heads, summed."""

    def make(setting: Protocol) -> Made:
        config = load_config(CONFIGS / file, overrides)
        net = start_of(config, setting).classifier
        # With the branches of models that are taken over.
        branches = plan_of(config, setting.sides).branches
        features = compute_features(net, setting.windows, FeatureCache())
        targets, owners = setting.windows.window_targets, specimens_of(setting.windows)
        return Made(columns(config), heads(net, branches, features, targets, setting.multiclass, owners))

    return make


def untrained(file: str, *overrides: str) -> Make:
    """A fault-order config whose cells are read as they are."""

    def make(setting: Protocol) -> Made:
        config = load_config(CONFIGS / file, overrides)
        net = start_of(config, setting).classifier
        axes = net.shared.axes()
        assert axes is not None
        (features,) = compute_features(net, setting.windows, FeatureCache())
        cells = features.reshape(-1, len(axes.planes), len(axes.rows.values), len(axes.columns.values))
        return Made(columns(config, regime=None), fixed(own_over_others(cells, axes.planes, setting.labels)))

    return make


def measured(measure: Callable[[Batch], Tensor], setting: Protocol) -> Tensor:
    """Numbers of all windows, signal by signal: (window, feature)."""
    return torch.cat([measure(batch) for batch in setting.windows.batches])


def classic(setting: Protocol) -> Made:
    """The published best, rebuilt."""
    features = measured(classic_features, setting)
    return Made(without_net(None), forest(features, setting.windows.window_targets))


def level(setting: Protocol) -> Made:
    """What loudness alone tells."""
    features = measured(log_level, setting)
    return Made(without_net("head"), head(features, setting.windows.window_targets, HeadConfig()))


def chance(setting: Protocol) -> Made:
    """The same answer to every window, as the majority would have it."""
    return Made(without_net(None), fixed(torch.zeros_like(setting.windows.window_targets)))
