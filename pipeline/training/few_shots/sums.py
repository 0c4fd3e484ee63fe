"""Sums: all that ridge regression and class means need of windows, in a size that does not grow with their number.

Windows of the same truth are one group. Of a group, a triangular factor R is kept with R'R = sum of x x', where x is 1
and the standardised features of a window: a sufficient statistic of every weighted least squares over groups, and of
means and covariances. No samples are in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sums:
    """Groups of windows, each summed up.

    Attributes:
        answers: the truth of each group, (group, answer), 0 or 1.
        factors: per group, (row, 1 + feature), no more rows than columns.

    Example:
        >>> sums = Sums.of(torch.tensor([[2.0], [4.0], [0.0]]), torch.tensor([[1.0], [1.0], [0.0]]))
        >>> sums.counts.tolist(), sums.means.flatten().tolist()
        ([1, 2], [0.0, 3.0])
    """

    answers: Tensor
    factors: tuple[Tensor, ...]

    @classmethod
    def of(cls, features: Tensor, answers: Tensor) -> Self:
        """Windows summed up.

        Args:
            features: what a head's last layer sees, (window, feature).
            answers: what it is to say, (window, answer), 0 or 1.
        """
        groups, owner = torch.unique(answers, dim=0, return_inverse=True)
        ones = torch.ones(len(features), 1)
        rows = torch.cat([ones, features.detach().float().cpu()], dim=1)
        return cls(groups.float(), tuple(_compressed(rows[owner == place]) for place in range(len(groups))))

    @property
    def counts(self) -> Tensor:
        """Windows of each group, (group,)."""
        return torch.stack([factor[:, 0].double().square().sum() for factor in self.factors]).round().long()

    @property
    def means(self) -> Tensor:
        """Mean features of each group, (group, feature), in double precision."""
        return torch.stack([gram[0, 1:] / gram[0, 0] for gram in self.grams])

    @property
    def grams(self) -> tuple[Tensor, ...]:
        """Sum of x x' of each group, (1 + feature, 1 + feature), in double precision."""
        return tuple(factor.double().T @ factor.double() for factor in self.factors)

    def plus(self, other: "Sums") -> "Sums":
        """The sums of both sets of windows; groups of the same truth become one.

        Example:
            >>> one = Sums.of(torch.tensor([[2.0]]), torch.tensor([[1.0]]))
            >>> one.plus(Sums.of(torch.tensor([[4.0]]), torch.tensor([[1.0]]))).means.item()
            3.0
        """
        rows: dict[tuple[float, ...], list[Tensor]] = {}
        for sums in (self, other):
            for answer, factor in zip(sums.answers.tolist(), sums.factors, strict=True):
                rows.setdefault(tuple(answer), []).append(factor)
        return Sums(torch.tensor(list(rows)), tuple(_compressed(torch.cat(found)) for found in rows.values()))

    def widened(self, n_answers: int) -> "Sums":
        """The same windows asked for more labels, none of which they have."""
        missing = n_answers - self.answers.shape[1]
        return Sums(torch.nn.functional.pad(self.answers, (0, missing)), self.factors)


def weighted(grams: Sequence[Tensor], weights: Tensor) -> Tensor:
    """Sum of x x' over all groups, each with a weight of its own, (group,).

    Example:
        >>> weighted([torch.eye(2), torch.ones(2, 2)], torch.tensor([2.0, 1.0])).tolist()
        [[3.0, 1.0], [1.0, 3.0]]
    """
    return torch.stack([weight * gram for weight, gram in zip(weights, grams, strict=True)]).sum(dim=0)


def logit_scale(sums: Sums, weight: Tensor, bias: Tensor, together: bool) -> tuple[Tensor, Tensor]:
    """Mean and deviation of a linear head's logits over the windows summed up.

    Args:
        sums: the windows.
        weight, bias: (answer, feature) and (answer,).
        together: one of each for all answers, instead of one per answer.

    Returns:
        Mean and deviation, each (answer,), or of no dimension.
    """
    lines = torch.cat([bias[:, None], weight], dim=1).double()
    moment = torch.stack(sums.grams).sum(dim=0)
    count = moment[0, 0]
    mean, square = lines @ moment[:, 0] / count, ((lines @ moment) * lines).sum(dim=1) / count
    if together:
        count, mean, square = count * len(lines), mean.mean(), square.mean()
    spread = ((square - mean**2).clamp(min=0) * count / (count - 1).clamp(min=1)).sqrt()
    return mean.float(), spread.float()


def _compressed(rows: Tensor) -> Tensor:
    """No more rows than columns, with the same sum of x x'."""
    if len(rows) <= rows.shape[1]:
        return rows
    factor: Tensor = torch.linalg.qr(rows.double(), mode="r").R
    return factor.float()
