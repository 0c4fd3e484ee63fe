"""Logistic regression: a linear head whose logits are log-odds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from pipeline.training.loss import balance_of

FIRM = 10.0
"""The logit of a label that training saw on one side only."""

FLAT, NEARLY_FLAT = 1e-6, 1e-4
"""A mean loss whose slope is less is at its minimum; or near enough to tell which of two penalties is better."""


def surprise(logits: Tensor, targets: Tensor, multiclass: bool) -> Tensor:
    """What logistic regression makes small, but for its penalty: weighted cross-entropy, (window, label).

    Example:
        >>> surprise(torch.zeros(2, 1), torch.tensor([[1.0], [0.0]]), multiclass=False).flatten()
        tensor([0.6931, 0.6931])
    """
    balance = balance_of(targets, multiclass)
    if multiclass:
        return -balance.yes * targets * nn.functional.log_softmax(logits, dim=1)
    there = balance.yes * targets * nn.functional.softplus(-logits)
    return there + balance.no * (1 - targets) * nn.functional.softplus(logits)


def logistic(
    features: Tensor, targets: Tensor, strengths: Sequence[float], multiclass: bool, flat: float = FLAT
) -> tuple[Tensor, Tensor]:
    """Class-weighted logistic regression with penalty `strength / 2 |b|^2`, for each of some penalties.

    Softmax over classes, or one yes or no per label. Truth may lie between 0 and 1. A label that training saw on one
    side only weighs nothing and gets the logit of a firm no (or yes); it takes no part in a softmax.

    Args:
        features: (window, feature), standardised and clipped.
        targets: (window, label), shares between 0 and 1; multiclass: that sum to 1.
        strengths: penalties; each starts where the one before ended, so from strong to weak is fastest.
        multiclass: whether labels exclude one another.
        flat: the slope at which a minimum is reached.

    Returns:
        Weight (strength, label, feature) and bias (strength, label).

    Example:
        >>> weight, bias = logistic(torch.tensor([[-1.0], [1.0]]), torch.tensor([[0.0], [1.0]]), [1.0, 0.1], False)
        >>> bool(weight[1] > weight[0] > 0), bool(bias.abs().max() < 1e-4)
        (True, True)
    """
    data, truth = features.double(), targets.double()
    shares = truth.mean(dim=0)
    two_sided = (shares > 0) & (shares < 1)
    weight = torch.zeros(len(strengths), targets.shape[1], features.shape[1])
    bias = torch.where(shares > 0.5, FIRM, -FIRM).float().repeat(len(strengths), 1)
    if two_sided.any():
        start = np.zeros((int(two_sided.sum()), features.shape[1] + 1))
        loss = _loss_of(data, truth[:, two_sided], multiclass)
        with _one_thread():
            for place, strength in enumerate(strengths):
                start = _minimum(loss, strength, start, flat)
                found = torch.from_numpy(start).float()
                weight[place, two_sided], bias[place, two_sided] = found[:, :-1], found[:, -1]
    return weight, bias


@contextmanager
def _one_thread() -> Iterator[None]:
    """Of torch, and of what scipy multiplies with: each product takes a fraction of a millisecond, and threads would
    only wait for each other (two of them on two idle cores: ten times as long as one)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


Loss = Callable[[Tensor, float], tuple[Tensor, Tensor]]
"""Coefficients (label, feature + 1), the bias last, and a penalty -> what is to be smallest, and its slope."""


def _loss_of(data: Tensor, truth: Tensor, multiclass: bool) -> Loss:
    """`surprise` and penalty as a mean over windows, so that a slope means the same however many there are.

    Slopes are written out: a gradient traced by torch takes several times as long as these products.
    """
    balance = balance_of(truth, multiclass)
    there, missing = balance.yes * truth, balance.no * (1 - truth)

    def of_classes(logits: Tensor) -> tuple[Tensor, Tensor]:
        logs = logits.log_softmax(dim=1)
        return -(there * logs).sum(), there.sum(dim=1, keepdim=True) * logs.exp() - there

    def of_labels(logits: Tensor) -> tuple[Tensor, Tensor]:
        lacking = there * nn.functional.softplus(-logits) + missing * nn.functional.softplus(logits)
        yes = logits.sigmoid()
        return lacking.sum(), missing * yes - there * (1 - yes)

    def loss(coefficients: Tensor, strength: float) -> tuple[Tensor, Tensor]:
        weight, bias = coefficients[:, :-1], coefficients[:, -1]
        lacking, pull = (of_classes if multiclass else of_labels)(data @ weight.T + bias)
        slope = torch.cat([pull.T @ data + strength * weight, pull.sum(dim=0)[:, None]], dim=1)
        return (lacking + strength / 2 * weight.square().sum()) / len(data), slope / len(data)

    return loss


def _minimum(loss: Loss, strength: float, start: npt.NDArray[np.float64], flat: float) -> npt.NDArray[np.float64]:
    """The coefficients at which a convex loss is smallest, by limited-memory BFGS."""
    from scipy.optimize import minimize

    def value_and_slope(coefficients: Any) -> tuple[float, Any]:
        value, slope = loss(torch.from_numpy(coefficients.reshape(start.shape)), strength)
        return value.item(), slope.numpy().ravel()

    asked: Any = {"maxiter": 3000, "maxfun": 6000, "gtol": flat, "ftol": 64 * np.finfo(float).eps}
    found = minimize(value_and_slope, start.ravel(), jac=True, method="L-BFGS-B", options=asked)
    solution: npt.NDArray[np.float64] = found.x.reshape(start.shape)
    return solution
