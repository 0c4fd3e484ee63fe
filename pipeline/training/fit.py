"""Fit: every branch of a classifier by its regime, then the scales of their sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pipeline.catalog.splitting.groups import part_of
from pipeline.errors import ConfigError
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.weights import WeightsFile, find_weights, load_weights
from pipeline.preprocessing.augment.augmentation import augmentations
from pipeline.progress import Tick, unwatched
from pipeline.training.finetuning.held_out import held_out
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_features import changed_features, compute_features
from pipeline.training.window_set import WindowSet

LEAST_SPREAD = 1e-6
"""Of a branch's logits on the training side; less is none, and nothing to scale by."""


def start_weights(branch: Branch, config: TrainedBranchConfig, seed: int) -> WeightsFile | None:
    """Give a branch's backbone the weights it starts from.

    Returns:
        The file they came from; None for random weights and for branches without a backbone.

    Raises:
        WeightsError: when the file is missing, damaged, or of another net.
    """
    if branch.backbone is None:
        return None
    if config.weights == "random" or config.regime == "scratch":
        branch.backbone.randomise(seed)
        return None
    where = None if config.weights == "imagenet" else config.weights
    file = find_weights(branch.backbone.name, where=where, sha256=config.weights_sha256)
    load_weights(branch.backbone, file)
    return file


@dataclass(frozen=True)
class Fitted:
    """What training leaves beside the net, which it changed in place.

    Attributes:
        history: rows of the fine-tuned branches: `branch`, `epoch`, `loss`, `validation_loss` where some was held out.
        heads: how heads were solved, with the strength that was used.
        features: what nets that stayed as they were made of the windows, (window, feature).
    """

    history: list[dict[str, float]]
    heads: dict[Branch, HeadConfig]
    features: dict[Branch, torch.Tensor]


def fit(
    classifier: Classifier,
    windows: WindowSet,
    branches: Sequence[TrainedBranchConfig],
    fit_config: FitConfig,
    *,
    multiclass: bool,
    seed: int,
    cache: FeatureCache | None = None,
    checkpoints: Path | None = None,
    tick: Tick = unwatched,
) -> Fitted:
    """Train a classifier in place: heads in closed form, then gradient descent where the regime asks for it.

    Fine-tuning starts from the solved head, so that it does not spoil pretrained features while the head is random.
    Where stages augment, heads are solved on the windows as they are and on changed copies of them.

    Raises:
        ConfigError: for changed copies where no stage changes anything, and for mixup where no net is trained.

    Source: Kumar et al. (2022), Fine-tuning can distort pretrained features and underperform out-of-distribution.
    """
    refuse_idle_mixup(branches, fit_config)
    copies = copies_wanted(classifier, fit_config)
    configs = dict(zip(classifier.branches, branches, strict=True))
    # What a net from scratch sees before it has learned anything is of no use to anybody.
    able = [branch for branch, config in configs.items() if config.regime != "scratch"]
    features = dict(zip(able, compute_features(classifier, windows, cache, tick, branches=able), strict=True))
    changed = changed_features(classifier, windows, copies, seed, tick, branches=able)
    seen = {branch: torch.cat(parts) for branch, *parts in zip(able, features.values(), *changed, strict=True)}
    learning, watched = _parted(windows, branches, fit_config, seed)
    taught = None if watched is None else _of_signals(windows, learning).repeat(1 + copies)
    targets, specimens = windows.window_targets.repeat(1 + copies, 1), specimens_of(windows).repeat(1 + copies)

    heads = {}
    for branch, found in seen.items():
        config = configs[branch]
        # A head that starts fine-tuning must not know the specimens that will watch it.
        own = slice(None) if taught is None or config.regime == "head" else taught
        if config.regime != "as_is":
            heads[branch] = solve_head(
                branch.head, found[own], targets[own], config.head, multiclass, seed, specimens[own]
            )
    history = _descend(
        classifier, windows if watched is None else windows.some(learning), configs, fit_config,
        multiclass=multiclass, seed=seed, watched=watched, cache=cache, checkpoints=checkpoints, tick=tick,
    )  # fmt: skip
    if len(branches) > 1:
        told = compute_features(classifier, windows, cache) if history else list(features.values())
        _scale_sum(classifier, told, multiclass)
    kept = {branch: found for branch, found in features.items() if configs[branch].regime == "head"}
    return Fitted(history, heads, kept)


def _descend(
    classifier: Classifier,
    windows: WindowSet,
    configs: Mapping[Branch, TrainedBranchConfig],
    fit_config: FitConfig,
    *,
    checkpoints: Path | None,
    **how: Any,
) -> list[dict[str, float]]:
    """Fine-tune the branches whose regime asks for it, one after the other; what `finetune` needs besides is handed on.

    Returns:
        Their history.
    """
    history: list[dict[str, float]] = []
    for index, (branch, config) in enumerate(configs.items()):
        if config.descends:
            # Lightning takes seconds to import, and most runs train heads only.
            from pipeline.training.finetuning.finetune import finetune

            checkpoint = checkpoints / f"branch-{index}.ckpt" if checkpoints else None
            rows = finetune(classifier, branch, windows, config, fit_config, checkpoint=checkpoint, **how)
            history += [{"branch": index, **row} for row in rows]
    return history


def _parted(
    windows: WindowSet, branches: Sequence[TrainedBranchConfig], fit_config: FitConfig, seed: int
) -> tuple[list[int], WindowSet | None]:
    """The signals that nets learn from, and those that only watch them; heads alone learn from all."""
    everybody = list(range(len(windows.rows)))
    if not any(config.descends for config in branches):
        return everybody, None
    learning, watching = held_out(windows, fit_config, seed)
    return learning, windows.some(watching) if watching else None


def _of_signals(windows: WindowSet, signals: Sequence[int]) -> torch.Tensor:
    """(window,): whether it comes from one of these signals."""
    return torch.isin(windows.signal_of_window, torch.tensor(signals))


def solve_heads(
    classifier: Classifier,
    branches: Sequence[TrainedBranchConfig],
    features: Sequence[torch.Tensor],
    targets: torch.Tensor,
    *,
    multiclass: bool,
    seed: int = 0,
    specimens: torch.Tensor | None = None,
) -> None:
    """The heads of a net whose backbones stay as they are, and the scales of their sum.

    Args:
        classifier: its heads are filled in place.
        branches: per branch, how its head is found.
        features: per branch, (window, feature).
        targets: (window, label), 0 or 1.
        multiclass: whether labels exclude one another.
        seed: of what chance decides.
        specimens: whose windows they are, (window,); needed where a strength is chosen.
    """
    for branch, config, found in zip(classifier.branches, branches, features, strict=True):
        if config.regime == "as_is":
            continue
        solve_head(branch.head, found, targets, config.head, multiclass, seed, specimens)
    if len(branches) > 1:
        _scale_sum(classifier, features, multiclass)


def specimens_of(windows: WindowSet) -> torch.Tensor:
    """(window,): a number for the part each window was heard from; a signal that names none goes with its recording.

    Example:
        >>> from pipeline.catalog.row import Row
        >>> from pipeline.preprocessing.base import Batch
        >>> parts = {"a": "x", "b": None, "c": "x"}
        >>> rows = tuple(Row(name, f"{name}.wav", specimen=part) for name, part in parts.items())
        >>> specimens_of(WindowSet(rows, (Batch.of(torch.zeros(2, 1, 8)),) * 3, torch.zeros(3, 1)))
        tensor([0, 0, 1, 1, 0, 0])
    """
    places: dict[tuple[str, str], int] = {}
    numbers = [places.setdefault(part_of(row), len(places)) for row in windows.rows]
    return torch.tensor(numbers)[windows.signal_of_window]


def copies_wanted(classifier: Classifier, fit_config: FitConfig) -> int:
    """How many changed copies of the windows heads are solved on: one, unless the config says otherwise.

    Raises:
        ConfigError: for copies where no stage changes anything.
    """
    able = bool(augmentations(classifier))
    if fit_config.augmented_copies and not able:
        asked = f"fit.augmented_copies: {fit_config.augmented_copies} copies"
        raise ConfigError(f"{asked}, but no stage changes windows; add one such as noise, or leave this out")
    return int(able) if fit_config.augmented_copies is None else fit_config.augmented_copies


def refuse_idle_mixup(branches: Sequence[TrainedBranchConfig], fit_config: FitConfig) -> None:
    """Nothing, where mixup is not asked for or a branch is fine-tuned, the one place that mixes.

    Raises:
        ConfigError: for mixup where every branch trains a head only.

    Example:
        >>> refuse_idle_mixup([TrainedBranchConfig(backbone="small", regime="full")], FitConfig(mixup=0.2))
    """
    if fit_config.mixup and not any(config.descends or config.regime == "auto" for config in branches):
        asked = f"fit.mixup: {fit_config.mixup:g} mixes in fine-tuning"
        raise ConfigError(f"{asked}, but every branch trains a head only; set a regime such as full, or leave this out")


@torch.no_grad()
def _scale_sum(classifier: Classifier, features: Sequence[torch.Tensor], multiclass: bool) -> None:
    """Bring the logits of several branches to one scale, by what they are on the training side.

    Multilabel: one deviation per label, or, where one head answers for all, one. Multiclass: one for all. Nothing is
    taken off: a branch's 0, between yes and no, stays the sum's.
    """
    for index, (branch, found) in enumerate(zip(classifier.branches, features, strict=True)):
        logits = branch.head(found)
        one = multiclass or branch.shared
        classifier.branch_centre[index] = 0.0
        spread = logits.std() if one else logits.std(dim=0)
        # A label that only one side of was seen is always answered alike.
        classifier.branch_spread[index] = torch.where(spread > LEAST_SPREAD, spread, 1.0)
