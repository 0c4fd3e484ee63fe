"""Pooling: the logits of a signal's windows to one answer for the signal."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pipeline.signals.labels import HEALTHY


def pooled_logits(window_logits: Tensor) -> Tensor:
    """Mean over windows: (window, label) -> (label,).

    The mean, not the sum: windows of one signal hear the same machine, so they are far from independent witnesses.

    Example:
        >>> pooled_logits(torch.tensor([[1.0, -1.0], [3.0, -3.0]]))
        tensor([ 2., -2.])
    """
    return window_logits.mean(dim=0)


def probabilities(logits: Tensor, labels: Sequence[str], multiclass: bool) -> dict[str, float]:
    """Named probabilities of one signal.

    Multiclass: softmax, summing to 1. Multilabel: one independent probability per fault, and `healthy` = 1 - max.

    Example:
        >>> probabilities(torch.tensor([0.0, 0.0]), ["ball", "cage"], multiclass=False)
        {'ball': 0.5, 'cage': 0.5, 'healthy': 0.5}
    """
    values = torch.softmax(logits.double(), dim=0) if multiclass else torch.sigmoid(logits.double())
    named = dict(zip(labels, values.tolist(), strict=True))
    return named if multiclass else named | {HEALTHY: 1.0 - max(named.values())}


def answered(logits: Tensor, labels: Sequence[str], multiclass: bool) -> tuple[str, ...]:
    """Labels of an uncalibrated answer: the highest, or every one above one half; none means healthy.

    Example:
        >>> answered(torch.tensor([-1.0, 2.0]), ["ball", "cage"], multiclass=False)
        ('cage',)
        >>> answered(torch.tensor([-1.0, -2.0]), ["ball", "cage"], multiclass=False)
        ('healthy',)
    """
    if multiclass:
        return (labels[int(logits.argmax())],)
    return tuple(label for label, logit in zip(labels, logits.tolist(), strict=True) if logit > 0) or (HEALTHY,)
