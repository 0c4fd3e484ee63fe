"""Head update: the ridge head solved anew from sums of old windows and new examples, so that old classes are kept."""

import torch
from torch import Tensor

from pipeline.training.few_shots.sums import Sums, weighted
from pipeline.training.loss import balance_of


def ridge_of(sums: Sums, strength: float) -> tuple[Tensor, Tensor]:
    """Class-weighted ridge regression of +-1 answers, as `training.heads.ridge` solves it on the windows themselves.

    An answer with one side only is given and weighs nothing.

    Args:
        sums: of all windows.
        strength: penalty.

    Returns:
        Weight (answer, feature) and bias (answer,).

    Source: the normal equations of Hoerl and Kennard (1970), which see windows through their sums only.

    Example:
        >>> sums = Sums.of(torch.tensor([[-1.0], [1.0]]), torch.tensor([[0.0], [1.0]]))
        >>> weight, bias = ridge_of(sums, strength=1e-9)
        >>> round(weight.item(), 4), abs(round(bias.item(), 4))
        (1.0, 0.0)
    """
    size = sums.factors[0].shape[1] - 1
    scale = torch.full((size + 1,), size**-0.5, dtype=torch.float64)
    scale[0] = 1.0
    grams = [gram * scale[:, None] * scale for gram in sums.grams]
    balance = balance_of(sums.answers.repeat_interleave(sums.counts, dim=0), multiclass=False)
    weights = torch.where(sums.answers > 0.5, balance.yes, balance.no).double()
    signs = 2 * sums.answers.double() - 1
    penalty = strength * torch.eye(size + 1, dtype=torch.float64)
    solution = torch.stack(
        [
            torch.linalg.solve(
                weighted(grams, weights[:, k]) + penalty, weighted(grams, weights[:, k] * signs[:, k])[0]
            )
            for k in range(sums.answers.shape[1])
        ]
    )
    for label in (sums.answers == sums.answers[:1]).all(dim=0).nonzero().flatten():
        solution[label, 1:], solution[label, 0] = 0.0, signs[0, label]
    return (solution[:, 1:] / size**0.5).float(), solution[:, 0].float()
