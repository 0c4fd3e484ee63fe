"""Likelihood: ridge regression gives answers near -1 and 1; one factor makes log-odds of them."""

import torch
from torch import Tensor

from pipeline.training.loss import balance_of, soft_loss

FACTORS = torch.logspace(-1, 2, 91)
"""Tried in steps of 8 percent; windows that are told apart perfectly would ask for more without end."""


def in_log_odds(logits: Tensor, truth: Tensor, multiclass: bool) -> float:
    """The factor under which logits make the truth likeliest.

    Args:
        logits: (window, label).
        truth: (window, label), 0 or 1.
        multiclass: softmax over labels, or one sigmoid each.

    Example:
        >>> truth = torch.tensor([[1.0], [1.0], [1.0], [0.0]] + [[0.0], [0.0], [0.0], [1.0]])
        >>> said = torch.tensor([[1.0]] * 4 + [[-1.0]] * 4)  # right three times in four: log-odds of log 3
        >>> round(in_log_odds(said, truth, multiclass=False), 1)
        1.1
    """
    balance = balance_of(truth, multiclass)
    losses = torch.stack([soft_loss(factor * logits, truth, balance, multiclass) for factor in FACTORS])
    return float(FACTORS[losses.argmin()])
