"""Ridge: a linear head in closed form, in milliseconds."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pipeline.training.loss import balance_of


def sides_of(targets: Tensor) -> tuple[Tensor, Tensor]:
    """What the two sides of every label weigh: those it is true of together as much as the others.

    Args:
        targets: (window, label), shares between 0 and 1.

    Returns:
        Of a share its part that is there and its part that is not, each (window, label); mean of their sum 1; a label
        with one side only keeps weight 1.

    Example:
        >>> there, missing = sides_of(torch.tensor([[1.0], [0.0], [0.0], [0.0]]))
        >>> (there + missing).flatten()
        tensor([2.0000, 0.6667, 0.6667, 0.6667])
    """
    balance = balance_of(targets, multiclass=False)
    return targets * balance.yes, (1 - targets) * balance.no


def squares(logits: Tensor, targets: Tensor) -> Tensor:
    """What ridge makes small, but for its penalty: weighted squares, label by label, (window, label).

    Example:
        >>> squares(torch.tensor([[0.5], [-1.0]]), torch.tensor([[1.0], [0.0]])).flatten()
        tensor([0.2500, 0.0000])
    """
    there, missing = sides_of(targets)
    return there * (logits - 1) ** 2 + missing * (logits + 1) ** 2


def ridge(features: Tensor, targets: Tensor, strengths: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Class-weighted ridge regression of +-1 labels on standardised features, for each of some penalties.

    Minimises, per label, sum_i w_i (f_i b / sqrt(d) + c - y_i)^2 + strength (|b|^2 + c^2), in its dual form where
    there are more features than windows. What does not depend on label and penalty is computed once. Truth between 0
    and 1 is pulled to both sides, to each by its share. A label with one side only is answered and weighs nothing.

    Args:
        features: (window, feature), standardised and clipped.
        targets: (window, label), shares between 0 and 1.
        strengths: penalties.

    Returns:
        Weight (strength, label, feature) and bias (strength, label).

    Source: Hoerl and Kennard (1970); the dual as in Saunders, Gammerman and Vovk (1998), eq. 6.

    Example:
        >>> weight, bias = ridge(torch.tensor([[-1.0], [1.0]]), torch.tensor([[0.0], [1.0]]), [1e-9, 2.0])
        >>> weight.flatten(), bias.abs().max() < 1e-6
        (tensor([1.0000, 0.5000]), tensor(True))
    """
    size, exact = features.shape[1], targets.double()
    scaled = torch.cat([features.double() / size**0.5, torch.ones(len(features), 1, dtype=torch.float64)], dim=1)
    there, missing = sides_of(exact)
    solve = _dual if len(scaled) < scaled.shape[1] else _primal
    solution = solve(scaled, there, missing, strengths)
    for label in (exact == exact[:1]).all(dim=0).nonzero().flatten():
        solution[:, label, :-1], solution[:, label, -1] = 0.0, 2 * exact[0, label] - 1
    return (solution[..., :-1] / size**0.5).float(), solution[..., -1].float()


def _dual(features: Tensor, there: Tensor, missing: Tensor, strengths: Sequence[float]) -> Tensor:
    """Solutions (strength, label, feature) by way of a weight per window; one Gram matrix for all of them."""
    gram, diagonal = features @ features.T, torch.arange(len(features))
    weights, signs = there + missing, (there - missing) / (there + missing)
    found = []
    for strength in strengths:
        for label in range(signs.shape[1]):
            system = gram.clone()
            system[diagonal, diagonal] += strength / weights[:, label]
            found.append(_solved(system, signs[:, label]))
    return (torch.stack(found) @ features).reshape(len(strengths), signs.shape[1], -1)


def _primal(features: Tensor, there: Tensor, missing: Tensor, strengths: Sequence[float]) -> Tensor:
    """Solutions (strength, label, feature) directly.

    The two sides of a label have a weight each, so its moments are those of all windows and those of its own ones: with
    classes that exclude one another, twice the work of one label, however many there are.
    """
    whole, eye = features.T @ features, torch.eye(features.shape[1], dtype=features.dtype)
    found = []
    for label in range(there.shape[1]):
        lowest = (there + missing)[:, label].amin()
        above = (there + missing)[:, label] - lowest
        own = above > 1e-12
        part = features[own]
        moments = lowest * whole + (part * above[own, None]).T @ part
        wanted = features.T @ (there - missing)[:, label]
        found.append(torch.stack([_solved(moments + strength * eye, wanted) for strength in strengths]))
    return torch.stack(found, dim=1)


def _solved(system: Tensor, wanted: Tensor) -> Tensor:
    solution: Tensor = torch.cholesky_solve(wanted[:, None], torch.linalg.cholesky(system))
    return solution[:, 0]
