"""Heads in closed form (or nearly): features and truth to a linear layer, in seconds."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from pydantic import Field
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from pipeline.models.head import CLIP
from pipeline.strict import Strict
from pipeline.training.loss import balance_of


class HeadConfig(Strict):
    """How a head is found.

    `ridge`: class-weighted ridge regression on +-1 labels. `logistic`: class-weighted logistic regression, whose
    logits are log-odds.
    """

    method: Literal["ridge", "logistic"] = "ridge"
    strength: float | None = Field(None, gt=0, description="penalty; 3 for ridge, 10 for logistic if absent")


class Solution(NamedTuple):
    """A linear layer over standardised features."""

    weight: Tensor
    bias: Tensor
    centre: Tensor
    spread: Tensor


def balanced(targets: Tensor) -> Tensor:
    """Weights that give the two sides of every label the same say.

    Args:
        targets: (window, label), 0 or 1.

    Returns:
        (window, label), mean 1; a label with one side only keeps weight 1.

    Example:
        >>> balanced(torch.tensor([[1.0], [0.0], [0.0], [0.0]])).flatten()
        tensor([2.0000, 0.6667, 0.6667, 0.6667])
    """
    balance = balance_of(targets, multiclass=False)
    return torch.where(targets > 0.5, balance.yes, balance.no)


def ridge(features: Tensor, targets: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """Class-weighted ridge regression of +-1 labels on standardised features.

    Minimises, per label, sum_i w_i (f_i b / sqrt(d) + c - y_i)^2 + strength (|b|^2 + c^2), in its dual form where
    there are more features than windows.

    Args:
        features: (window, feature), standardised and clipped.
        targets: (window, label), 0 or 1.
        strength: penalty.

    Returns:
        Weight (label, feature) and bias (label,).

    Source: Hoerl and Kennard (1970); the dual as in Saunders, Gammerman and Vovk (1998), eq. 6.
    """
    size = features.shape[1]
    scaled = torch.cat([features.double() / size**0.5, torch.ones(len(features), 1, dtype=torch.float64)], dim=1)
    signs, weights = 2 * targets.double() - 1, balanced(targets).double()
    solve = _dual if len(scaled) < scaled.shape[1] else _primal
    solution = torch.stack([solve(scaled, signs[:, k], weights[:, k], strength) for k in range(targets.shape[1])])
    return (solution[:, :-1] / size**0.5).float(), solution[:, -1].float()


def _dual(features: Tensor, signs: Tensor, weights: Tensor, strength: float) -> Tensor:
    gram = features @ features.T + torch.diag(strength / weights)
    dual: Tensor = torch.linalg.solve(gram, signs)
    return features.T @ dual


def _primal(features: Tensor, signs: Tensor, weights: Tensor, strength: float) -> Tensor:
    weighted = features * weights[:, None]
    gram = features.T @ weighted + strength * torch.eye(features.shape[1], dtype=features.dtype)
    solution: Tensor = torch.linalg.solve(gram, weighted.T @ signs)
    return solution


def logistic(features: Tensor, targets: Tensor, strength: float, multiclass: bool) -> tuple[Tensor, Tensor]:
    """Class-weighted logistic regression with penalty `strength / 2 |b|^2`: softmax over classes, or one per label.

    A label with one side only gets zero weights and the logit of a firm no (or yes).
    """
    data = features.double().numpy()
    if multiclass and targets.sum(dim=0).bool().sum() > 2:
        return _softmax(data, targets, strength)
    pairs = [_one_label(data, targets[:, k].numpy(), strength) for k in range(targets.shape[1])]
    weight, bias = (torch.from_numpy(np.stack(part)).float() for part in zip(*pairs, strict=True))
    return weight, bias


def _model(strength: float) -> LogisticRegression:
    return LogisticRegression(C=1.0 / strength, class_weight="balanced", max_iter=2000, tol=1e-6)


def _one_label(data: np.ndarray, truth: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    if truth.min() == truth.max():
        return np.zeros(data.shape[1]), np.array(10.0 if truth[0] > 0.5 else -10.0)
    fitted = _model(strength).fit(data, truth > 0.5)
    return fitted.coef_[0], fitted.intercept_[0]


def _softmax(data: np.ndarray, targets: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    fitted = _model(strength).fit(data, targets.argmax(dim=1).numpy())
    weight = torch.zeros(targets.shape[1], data.shape[1])
    bias = torch.full((targets.shape[1],), -10.0)
    weight[fitted.classes_] = torch.from_numpy(fitted.coef_).float()
    bias[fitted.classes_] = torch.from_numpy(fitted.intercept_).float()
    return weight, bias


def solve_head(features: Tensor, targets: Tensor, config: HeadConfig, multiclass: bool) -> Solution:
    """Standardise features on these windows, clip, and find the linear layer.

    Args:
        features: (window, feature).
        targets: (window, label), 0 or 1.
        config: method and strength.
        multiclass: whether labels exclude one another.

    Example:
        >>> features = torch.tensor([[-1.0], [-2.0], [1.0], [2.0]])
        >>> truth = torch.tensor([[0.0], [0.0], [1.0], [1.0]])
        >>> found = solve_head(features, truth, HeadConfig(method="ridge", strength=1e-6), multiclass=False)
        >>> bool(found.weight > 0), bool(found.bias.abs() < 1e-4)
        (True, True)
    """
    centre = features.mean(dim=0)
    spread = features.std(dim=0, correction=0)
    spread = torch.where(spread < 1e-6 * spread.max().clamp(min=1e-12), torch.ones_like(spread), spread)
    clipped = torch.clamp((features - centre) / spread, -CLIP, CLIP)
    if config.method == "ridge":
        weight, bias = ridge(clipped, targets, config.strength or 3.0)
    else:
        weight, bias = logistic(clipped, targets, config.strength or 10.0, multiclass)
    return Solution(weight, bias, centre, spread)
