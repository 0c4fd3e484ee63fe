"""Fit: every branch of a classifier by its regime, then the scales of their sum."""

from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.models.weights import WeightsFile, find_weights, load_weights
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

    Returns:
        History rows of the fine-tuned branches: `branch`, `epoch`, `loss`.

    Source: Kumar et al. (2022), Fine-tuning can distort pretrained features and underperform out-of-distribution.
    """
    features = compute_features(classifier, windows, cache, tick)
    targets = windows.window_targets
    for branch, config, found in zip(classifier.branches, branches, features, strict=True):
        if config.regime != "scratch":
            branch.head.set(*solve_head(found, targets, config.head, multiclass))
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


def compute_features(
    classifier: Classifier, windows: WindowSet, cache: FeatureCache | None, tick: Tick = unwatched
) -> list[torch.Tensor]:
    """Per branch, (window, feature), computed signal by signal so that one signal's features serve every split."""
    maker = FeatureMaker(classifier, cache)
    parts = []
    for done, batch in enumerate(windows.batches):
        tick("computing features", done, len(windows.batches))
        parts.append(maker.features(batch))
    tick("computing features", len(windows.batches), len(windows.batches))
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
