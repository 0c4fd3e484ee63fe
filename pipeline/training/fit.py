"""Fit: every branch of a classifier by its regime, then the scales of their sum."""

from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.errors import ConfigError
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.models.weights import WeightsFile, find_weights, load_weights
from pipeline.preprocessing.augment.augmentation import augmentations, augmenting
from pipeline.progress import Tick, unwatched
from pipeline.training.heads import solve_head
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet


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
) -> list[dict[str, float]]:
    """Train a classifier in place: heads in closed form, then gradient descent where the regime asks for it.

    Fine-tuning starts from the solved head, so that it does not spoil pretrained features while the head is random.
    Where stages augment, heads are solved on the windows as they are and on changed copies of them.

    Returns:
        History rows of the fine-tuned branches: `branch`, `epoch`, `loss`.

    Raises:
        ConfigError: for changed copies where no stage changes anything, and for mixup where no net is trained.

    Source: Kumar et al. (2022), Fine-tuning can distort pretrained features and underperform out-of-distribution.
    """
    refuse_idle_mixup(branches, fit_config)
    copies = copies_wanted(classifier, fit_config)
    pairs = zip(classifier.branches, branches, strict=True)
    # What a net from scratch sees before it has learned anything is of no use to anybody.
    solved = {branch: config.head for branch, config in pairs if config.regime != "scratch"}
    features = compute_features(classifier, windows, cache, tick, branches=list(solved))
    changed = changed_features(classifier, windows, copies, seed, tick, branches=list(solved))
    targets = windows.window_targets.repeat(1 + copies, 1)
    seen = [torch.cat(parts) for parts in zip(features, *changed, strict=True)]
    for (branch, head), found in zip(solved.items(), seen, strict=True):
        branch.head.set(*solve_head(found, targets, head, multiclass))
    history = []
    for index, (branch, config) in enumerate(zip(classifier.branches, branches, strict=True)):
        if config.regime != "head":
            # Lightning takes seconds to import, and most runs train heads only.
            from pipeline.training.finetune import finetune

            rows = finetune(
                classifier, branch, windows, config, fit_config,
                multiclass=multiclass, seed=seed, checkpoints=checkpoints, tick=tick,
            )  # fmt: skip
            history += [{"branch": index, **row} for row in rows]
    if len(branches) > 1:
        _scale_sum(classifier, compute_features(classifier, windows, cache) if history else features, multiclass)
    return history


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
    if fit_config.mixup and all(config.regime == "head" for config in branches):
        asked = f"fit.mixup: {fit_config.mixup:g} mixes in fine-tuning"
        raise ConfigError(f"{asked}, but every branch trains a head only; set a regime such as full, or leave this out")


def compute_features(
    classifier: Classifier,
    windows: WindowSet,
    cache: FeatureCache | None,
    tick: Tick = unwatched,
    *,
    branches: Sequence[Branch] | None = None,
) -> list[torch.Tensor]:
    """Per branch, (window, feature), computed signal by signal so that one signal's features serve every split.

    Args:
        branches: those of the net whose features are wanted; all by default.
    """
    return _features(FeatureMaker(classifier, cache, branches), windows, "computing features", tick)


def changed_features(
    classifier: Classifier,
    windows: WindowSet,
    copies: int,
    seed: int,
    tick: Tick = unwatched,
    *,
    branches: Sequence[Branch] | None = None,
) -> list[list[torch.Tensor]]:
    """The same of windows as augmentations change them, for each copy; all else in the net stays in eval.

    Drawn from the seed alone, whatever was drawn before; the global random state stays as it is.
    """
    maker = FeatureMaker(classifier, branches=branches)
    with torch.random.fork_rng(devices=[]), augmenting(classifier):
        torch.manual_seed(seed)
        return [_features(maker, windows, "computing features of changed copies", tick) for _ in range(copies)]


def _features(maker: FeatureMaker, windows: WindowSet, what: str, tick: Tick) -> list[torch.Tensor]:
    if not maker.branches:
        return []
    parts = []
    for done, batch in enumerate(windows.batches):
        tick(what, done, len(windows.batches))
        parts.append(maker.features(batch))
    tick(what, len(windows.batches), len(windows.batches))
    return [torch.cat(found) for found in zip(*parts, strict=True)]


@torch.no_grad()
def _scale_sum(classifier: Classifier, features: Sequence[torch.Tensor], multiclass: bool) -> None:
    """Bring the logits of several branches to one scale, by what they are on the training side.

    Multilabel: one mean and deviation per label. Multiclass: one deviation for all, no mean, or the classes shift.
    """
    for index, (branch, found) in enumerate(zip(classifier.branches, features, strict=True)):
        logits = branch.head(found)
        classifier.branch_centre[index] = 0.0 if multiclass else logits.mean(dim=0)
        classifier.branch_spread[index] = logits.std() if multiclass else logits.std(dim=0)
