"""Nearness: how far a point lies from its nearest neighbours of the training side, along what varies there."""

from dataclasses import dataclass

import torch
from torch import Tensor

MOST_AXES = 24
NEIGHBOURS = 3
CLIP = 6.0
"""Deviations from the mean beyond which a number says no more than that it is far off."""

LEAST_SHARE = 0.01
"""Of the strongest axis's variance, added to all: along an axis in which training hardly varied, nothing is far."""

MOST_POINTS = 2000
LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Neighbourhood:
    """Where the training side lies in a space of features.

    Attributes:
        centre, spread: of each feature, (feature,).
        axes: directions of greatest variance, scaled so that each has about the variance 1, (feature, axis).
        points: the training side along them, (signal, axis).
    """

    centre: Tensor
    spread: Tensor
    axes: Tensor
    points: Tensor

    def distance(self, features: Tensor) -> Tensor:
        """Mean distance to the three nearest of the training side, (signal, feature) -> (signal,)."""
        theirs = self._along(features)
        nearest = torch.cdist(theirs, self.points).sort(dim=1).values[:, :NEIGHBOURS]
        return nearest.mean(dim=1)

    def furthest(self, features: Tensor) -> Tensor:
        """Which feature lies furthest from its mean, in its own deviations, (signal, feature) -> (signal,)."""
        return ((features - self.centre) / self.spread).abs().argmax(dim=1)

    def _along(self, features: Tensor) -> Tensor:
        return torch.clamp((features - self.centre) / self.spread, -CLIP, CLIP) @ self.axes

    def tensors(self) -> dict[str, Tensor]:
        """By name, as a bundle keeps them."""
        return {name: getattr(self, name) for name in ("centre", "spread", "axes", "points")}


def axes_for(n_signals: int) -> int:
    """Along how many axes a training side of so many signals, and every fold of it, are compared to others.

    Half as many as there are signals: along as many as that, each signal lies as far from the others as a stranger; and
    folds that took fewer axes than the whole training side would find all distances shorter than it does.

    Example:
        >>> axes_for(12), axes_for(500)
        (6, 24)
    """
    return min(MOST_AXES, max(1, n_signals // 2))


def neighbourhood(features: Tensor, n_axes: int = MOST_AXES) -> Neighbourhood:
    """The neighbourhood of a training side.

    Args:
        features: of its signals, (signal, feature); two signals at least. Of more than 2,000 some are kept, evenly.
        n_axes: directions that are compared, those of greatest variance.

    Source: Sun, Ming, Zhu, Li (2022), Out-of-distribution detection with deep nearest neighbors.

    Example:
        >>> found = neighbourhood(torch.eye(4).repeat(3, 1))
        >>> near, far = found.distance(torch.tensor([[1.0, 0, 0, 0], [5.0, -5, 5, -5]]))
        >>> bool(near < 1e-3), bool(far > 1)
        (True, True)
    """
    centre = features.mean(dim=0)
    spread = features.std(dim=0, unbiased=False).clamp_min(LEAST_SPREAD)
    scaled = torch.clamp((features - centre) / spread, -CLIP, CLIP)
    middle = scaled.mean(dim=0)
    _, lengths, directions = torch.linalg.svd(scaled - middle, full_matrices=False)
    variances = lengths.square() / len(features)
    axes = directions[:n_axes].T / (variances[:n_axes] + LEAST_SHARE * variances[0]).sqrt().clamp_min(LEAST_SPREAD)
    some = torch.linspace(0, len(features) - 1, min(len(features), MOST_POINTS)).round().long()
    return Neighbourhood(centre, spread, axes.contiguous(), scaled[some] @ axes)
