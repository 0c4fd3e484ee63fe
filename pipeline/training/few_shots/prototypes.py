"""Prototypes: every class is its mean, distances are measured by what all classes share; written as a linear head."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pipeline.training.few_shots.sums import Sums

NEVER = -10.0
"""The logit of a class without a single window."""


def prototypes_of(sums: Sums, multiclass: bool) -> tuple[Tensor, Tensor]:
    """The nearest prototype, in the distance that the scatter within classes gives, shrunk where windows are few.

    With one covariance S for all classes, log-odds are linear: the weight is S^-1 m for a class with mean m, or
    S^-1 (m1 - m0) for a label's presence against its absence, whose classes those two are. All classes are taken as
    equally likely.

    Args:
        sums: of all windows.
        multiclass: whether labels exclude one another.

    Returns:
        Weight (answer, feature) and bias (answer,), whose logits are log-odds.

    Source: Fisher (1936); Snell et al. (2017), Prototypical networks for few-shot learning, section 2.4, whose distance
        has no covariance.

    Example:
        >>> features, truth = torch.tensor([[-1.0], [-3.0], [1.0], [3.0]]), torch.tensor([[0.0], [0.0], [1.0], [1.0]])
        >>> weight, bias = prototypes_of(Sums.of(features, truth), multiclass=False)
        >>> bool(weight > 0), abs(round(bias.item(), 4))
        (True, 0.0)
    """
    find = _of_classes if multiclass else _of_labels
    weight, bias = find(sums)
    return weight.float(), bias.float()


def _of_classes(sums: Sums) -> tuple[Tensor, Tensor]:
    """Each class against all others."""
    n_classes = sums.answers.shape[1]
    weight = torch.zeros(n_classes, sums.means.shape[1], dtype=torch.float64)
    bias = torch.full((n_classes,), NEVER, dtype=torch.float64)
    place = sums.answers.argmax(dim=1)
    weight[place] = torch.linalg.solve(_shared_covariance(sums.grams), sums.means.T).T
    bias[place] = -(weight[place] * sums.means).sum(dim=1) / 2
    return weight, bias


def _of_labels(sums: Sums) -> tuple[Tensor, Tensor]:
    """Each label's presence against its absence."""
    found = [_of_label(sums.grams, present) for present in (sums.answers > 0.5).T]
    weight, bias = (torch.stack(part) for part in zip(*found, strict=True))
    return weight, bias


def _of_label(grams: Sequence[Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
    if present.all() or not present.any():
        never = torch.tensor(NEVER, dtype=torch.float64)
        return torch.zeros(len(grams[0]) - 1, dtype=torch.float64), -never if present.all() else never
    with_it, without = (
        torch.stack([g for g, there in zip(grams, side, strict=True) if there]).sum(dim=0)
        for side in (present, ~present)
    )
    yes, no = (_mean(gram) for gram in (with_it, without))
    weight = torch.linalg.solve(_shared_covariance([with_it, without]), yes - no)
    return weight, -weight @ (yes + no) / 2


def _mean(gram: Tensor) -> Tensor:
    return gram[0, 1:] / gram[0, 0]


def _shared_covariance(grams: Sequence[Tensor]) -> Tensor:
    """Covariance of windows about the mean of their own class, shrunk, (feature, feature)."""
    scatter = torch.stack([gram[1:, 1:] - gram[0, 0] * torch.outer(_mean(gram), _mean(gram)) for gram in grams])
    freedom = max(1, round(float(sum(gram[0, 0] for gram in grams))) - len(grams))
    return shrunk(scatter.sum(dim=0) / freedom, freedom)


def shrunk(covariance: Tensor, count: int) -> Tensor:
    """A covariance drawn towards a sphere of the same size, as far as the number of windows asks for.

    Args:
        covariance: (feature, feature).
        count: windows that it comes from.

    Source: Chen, Wiesel, Eldar and Hero (2010), Shrinkage algorithms for MMSE covariance estimation, eq. 23, without
        its terms 2 / p, as scikit-learn has it.

    Example:
        >>> shrunk(torch.diag(torch.tensor([3.0, 1.0])), count=1)
        tensor([[2., 0.],
                [0., 2.]])
    """
    size = len(covariance)
    trace, square = covariance.trace(), covariance.square().sum()
    if trace <= 0:
        return torch.eye(size, dtype=covariance.dtype)
    above, below = square + trace**2, (count + 1) * (square - trace**2 / size)
    share = 1.0 if below <= 0 else min(1.0, float(above / below))
    sphere = trace / size * torch.eye(size, dtype=covariance.dtype)
    return (1 - share) * covariance + share * sphere
