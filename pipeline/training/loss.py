"""Loss: cross-entropy against truth that may lie between labels, with every class given the same say."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Balance(NamedTuple):
    """What a label's presence and its absence weigh.

    Attributes:
        yes, no: (label,); multiclass uses `yes` alone.
    """

    yes: Tensor
    no: Tensor


def balance_of(targets: Tensor, multiclass: bool) -> Balance:
    """Weights under which classes (multilabel: the two sides of every label) have the same say.

    Args:
        targets: of the whole training side, (window, label), 0 or 1.
        multiclass: whether labels exclude one another.

    Returns:
        Weights whose mean over windows is 1; a label with one side only keeps weight 1.

    Example:
        >>> balance_of(torch.tensor([[1.0], [0.0], [0.0], [0.0]]), multiclass=False)
        Balance(yes=tensor([2.]), no=tensor([0.6667]))
    """
    count, positives = len(targets), targets.sum(dim=0)
    if multiclass:
        yes = count / (targets.shape[1] * positives.clamp(min=1))
        return Balance(yes, torch.ones_like(yes))
    one_sided = (positives == 0) | (positives == count)
    yes, no = (count / (2 * side.clamp(min=1)) for side in (positives, count - positives))
    return Balance(torch.where(one_sided, 1.0, yes), torch.where(one_sided, 1.0, no))


def soft_loss(logits: Tensor, targets: Tensor, balance: Balance, multiclass: bool) -> Tensor:
    """Mean cross-entropy; each part of a mixed truth weighs what its own class weighs.

    Linear in the truth: the loss against a mixture is the mixture of the losses.

    Args:
        logits: (window, label).
        targets: (window, label), shares between 0 and 1; multiclass: that sum to 1.
        balance: what each class, or each side of a label, weighs.
        multiclass: softmax over labels, or one sigmoid each.

    Example:
        >>> even = Balance(torch.ones(2), torch.ones(2))
        >>> soft_loss(torch.zeros(1, 2), torch.tensor([[0.3, 0.7]]), even, multiclass=True)
        tensor(0.6931)
    """
    if multiclass:
        surprise = -nn.functional.log_softmax(logits, dim=1)
        return (balance.yes * targets * surprise).sum(dim=1).mean()
    # -log sigmoid(z) = softplus(-z), and of the other side softplus(z).
    present = balance.yes * targets * nn.functional.softplus(-logits)
    absent = balance.no * (1 - targets) * nn.functional.softplus(logits)
    return (present + absent).mean()
