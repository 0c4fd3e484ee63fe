"""Scorers: what makes scores of windows that test, from numbers of all windows and the truth of those that train."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import Tensor

from pipeline.models.classifier import Classifier
from pipeline.models.head import Head
from pipeline.training.fit import solve_heads
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.regime import TrainedBranchConfig

Scores = npt.NDArray[np.floating[Any]]
Scorer = Callable[[Tensor, Tensor], Scores]
"""Places of the windows that train and of those that test -> scores of the latter, (window, label)."""


def head(features: Tensor, targets: Tensor, config: HeadConfig) -> Scorer:
    """A linear head, solved on the windows that train, as a training run solves it.

    Args:
        features: of all windows, (window, feature).
        targets: truth of all windows, (window, label).
        config: how the head is found.
    """

    def score(train: Tensor, test: Tensor) -> Scores:
        layer = Head(features.shape[1], targets.shape[1])
        solve_head(layer, features[train], targets[train], config, multiclass=False)
        with torch.inference_mode():
            return layer(features[test]).numpy()  # type: ignore[no-any-return]

    return score


def heads(
    classifier: Classifier,
    configs: Sequence[TrainedBranchConfig],
    features: Sequence[Tensor],
    targets: Tensor,
    multiclass: bool,
    specimens: Tensor | None = None,
) -> Scorer:
    """The heads of a net, solved and summed on the windows that train, as a training run does it.

    Args:
        classifier: whose heads are solved, split by split.
        configs: per branch, how.
        features: per branch, of all windows, (window, feature).
        targets: truth of all windows, (window, label).
        multiclass: whether labels exclude one another.
        specimens: whose windows they are, (window,); needed where a strength is chosen.
    """

    def score(train: Tensor, test: Tensor) -> Scores:
        own = None if specimens is None else specimens[train]
        of_training = [found[train] for found in features]
        solve_heads(classifier, configs, of_training, targets[train], multiclass=multiclass, specimens=own)
        with torch.inference_mode():
            pairs = zip(classifier.branches, features, strict=True)
            return classifier.summed([branch.head(found[test]) for branch, found in pairs]).numpy()

    return score


def summed(scorers: Sequence[Scorer], shared: Sequence[bool]) -> Scorer:
    """Scores of several methods, each scaled by the spread of its own scores of the windows that train.

    Args:
        scorers: the methods; each is asked for the windows that train as well.
        shared: whether a method has one scale for all labels.
    """

    def score(train: Tensor, test: Tensor) -> Scores:
        total = np.zeros(())
        for scorer, one in zip(scorers, shared, strict=True):
            scores = scorer(train, torch.cat([train, test]))
            axis = None if one else 0
            own, asked = scores[: len(train)], scores[len(train) :]
            total = total + asked / own.std(axis=axis)
        return np.asarray(total)

    return score


def forest(features: Tensor, targets: Tensor) -> Scorer:
    """A random forest, its share of trees as score; the published best, with scikit-learn's own settings."""

    def score(train: Tensor, test: Tensor) -> Scores:
        trees = RandomForestClassifier(random_state=0, n_jobs=torch.get_num_threads())
        trees.fit(features[train].numpy(), targets[train].numpy())
        return np.stack([label[:, 1] for label in trees.predict_proba(features[test].numpy())], axis=1)

    return score


def fixed(scores: Tensor) -> Scorer:
    """Scores that no training changes, (window, label)."""
    return lambda train, test: scores[test].numpy()  # noqa: ARG005 - nothing is trained
