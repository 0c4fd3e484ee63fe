"""Window features: what nets that stay as they are make of a set of windows, and of changed copies of them."""

from collections.abc import Sequence

import torch

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.preprocessing.augment.augmentation import augmenting
from pipeline.progress import Tick, unwatched
from pipeline.training.window_set import WindowSet


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
