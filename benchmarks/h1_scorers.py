"""Scorers: what makes scores of windows that test, from numbers of all windows and the truth of those that train."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import Tensor

from pipeline.models.head import LinearHead
from pipeline.training.heads import HeadConfig, solve_head

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
        layer = LinearHead(features.shape[1], targets.shape[1])
        layer.set(*solve_head(features[train], targets[train], config, multiclass=False))
        with torch.inference_mode():
            return layer(features[test]).numpy()  # type: ignore[no-any-return]

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


def own_over_others(cells: Tensor, planes: Sequence[str], labels: Sequence[str]) -> Tensor:
    """Fault-order cells to scores without any training: a plane's mean less the best other plane's.

    Args:
        cells: (window, plane, row, column).
        planes: the label of each plane.
        labels: order of the scores.

    Returns:
        (window, label).

    Example:
        >>> cells = torch.tensor([4.0, 1.0, 2.0]).reshape(1, 3, 1, 1)
        >>> own_over_others(cells, ["outer_race", "inner_race", "ball"], ["ball", "inner_race", "outer_race"])
        tensor([[-2., -3.,  2.]])
    """
    means = cells.mean(dim=(-2, -1))
    places = [list(planes).index(label) for label in labels]
    others = [means[:, [other for other in range(len(planes)) if other != place]].amax(dim=1) for place in places]
    return means[:, places] - torch.stack(others, dim=1)
