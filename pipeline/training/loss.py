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
        targets: of the whole training side, (window, label), shares between 0 and 1.
        multiclass: whether labels exclude one another.

    Returns:
        Weights whose mean over windows is 1; a class nobody has, and a label with one side only, keep weight 1.

    Example:
        >>> balance_of(torch.tensor([[1.0], [0.0], [0.0], [0.0]]), multiclass=False)
        Balance(yes=tensor([2.]), no=tensor([0.6667]))
    """
    count, positives = len(targets), targets.sum(dim=0)
    if multiclass:
        present = positives > 0
        yes = torch.where(present, count / (present.sum() * positives.clamp(min=1e-6)), 1.0)
        return Balance(yes, torch.ones_like(yes))
    one_sided = (positives == 0) | (positives == count)
    yes, no = (count / (2 * side.clamp(min=1e-6)) for side in (positives, count - positives))
    return Balance(torch.where(one_sided, 1.0, yes), torch.where(one_sided, 1.0, no))


def no_balance(n_labels: int) -> Balance:
    """Weights under which every window counts alike.

    Example:
        >>> no_balance(2).yes
        tensor([1., 1.])
    """
    return Balance(torch.ones(n_labels), torch.ones(n_labels))


def window_weights(targets: Tensor, balance: Balance, multiclass: bool) -> Tensor:
    """How often a window should be drawn, so that classes come equally often: what its own truth weighs.

    Args:
        targets: (window, label), shares between 0 and 1.
        balance: what each class, or each side of a label, weighs.
        multiclass: whether labels exclude one another.

    Returns:
        (window,); multilabel: the mean over labels.

    Example:
        >>> targets = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
        >>> window_weights(targets, balance_of(targets, multiclass=True), multiclass=True)
        tensor([2.0000, 0.6667, 0.6667, 0.6667])
    """
    if multiclass:
        return (balance.yes * targets).sum(dim=1)
    return (balance.yes * targets + balance.no * (1 - targets)).mean(dim=1)


def smoothed(targets: Tensor, share: float, multiclass: bool) -> Tensor:
    """Truth that leaves a share of itself to chance: among all classes, or to the other side of a label.

    Args:
        targets: (window, label), shares between 0 and 1.
        share: of the truth, 0 leaves it as it is.
        multiclass: whether labels exclude one another.

    Source: Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, section 7.

    Example:
        >>> smoothed(torch.tensor([[1.0, 0.0, 0.0, 0.0]]), 0.2, multiclass=True)
        tensor([[0.8500, 0.0500, 0.0500, 0.0500]])
        >>> smoothed(torch.tensor([[1.0, 0.0]]), 0.2, multiclass=False)
        tensor([[0.9000, 0.1000]])
    """
    return (1 - share) * targets + share / (targets.shape[1] if multiclass else 2)


def window_losses(logits: Tensor, targets: Tensor, balance: Balance, multiclass: bool) -> Tensor:
    """Cross-entropy of every window; each part of a mixed truth weighs what its own class weighs.

    Linear in the truth: the loss against a mixture is the mixture of the losses.

    Args:
        logits: (window, label).
        targets: (window, label), shares between 0 and 1; multiclass: that sum to 1.
        balance: what each class, or each side of a label, weighs.
        multiclass: softmax over labels, or one sigmoid each and the mean over labels.

    Returns:
        (window,).

    Example:
        >>> window_losses(torch.zeros(1, 2), torch.tensor([[0.3, 0.7]]), no_balance(2), multiclass=True)
        tensor([0.6931])
    """
    if multiclass:
        surprise = -nn.functional.log_softmax(logits, dim=1)
        return (balance.yes * targets * surprise).sum(dim=1)
    # -log sigmoid(z) = softplus(-z), and of the other side softplus(z).
    present = balance.yes * targets * nn.functional.softplus(-logits)
    absent = balance.no * (1 - targets) * nn.functional.softplus(logits)
    return (present + absent).mean(dim=1)


def soft_loss(logits: Tensor, targets: Tensor, balance: Balance, multiclass: bool) -> Tensor:
    """Mean over windows of `window_losses`.

    Example:
        >>> soft_loss(torch.zeros(1, 2), torch.tensor([[0.3, 0.7]]), no_balance(2), multiclass=True)
        tensor(0.6931)
    """
    return window_losses(logits, targets, balance, multiclass).mean()
