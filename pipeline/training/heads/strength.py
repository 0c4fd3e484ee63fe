"""Strength: how much a head is held back, chosen on parts that the head in question never saw."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.folds import folds

FOLDS = 5
STRENGTHS = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3)
"""Penalties to choose from, strong to weak."""

Solve = Callable[[Tensor, Tensor, Sequence[float]], tuple[Tensor, Tensor]]
"""Features, truth and penalties -> weight (strength, label, feature) and bias (strength, label)."""

Lack = Callable[[Tensor, Tensor], Tensor]
"""Logits and truth, both of all windows -> what is lacking, (window, label)."""


def dealt(groups: Tensor, targets: Tensor, seed: int, k: int = FOLDS) -> Tensor:
    """Which fold each window is held out in; all windows of a group in one, labels as even as groups allow.

    Args:
        groups: whose windows they are, (window,).
        targets: (window, label).
        seed: order among equals.
        k: folds wanted; fewer where there are fewer groups, none (all in fold 0) for a single group.

    Example:
        >>> specimens, truth = torch.tensor([7, 7, 8, 8, 9, 9]), torch.tensor([1.0, 1, 0, 0, 0, 0])[:, None]
        >>> held = dealt(specimens, truth, seed=0, k=3)
        >>> sorted(held[::2].tolist()), bool((held[::2] == held[1::2]).all())
        ([0, 1, 2], True)
    """
    rows = [_as_row(group, targets[groups == group]) for group in sorted(set(groups.tolist()))]
    held = torch.zeros_like(groups)
    for number, (_, outside) in enumerate(folds(rows, k, seed=seed)):
        held[torch.isin(groups, torch.tensor([int(row.signal) for row in outside]))] = number
    return held


def _as_row(group: int, truth: Tensor) -> Row:
    present = (truth > 0.5).any(dim=0).nonzero().flatten().tolist()
    return Row(str(group), str(group), specimen=str(group), labels=tuple(map(str, present)) or ("none",))


def chosen(solve: Solve, lack: Lack, features: Tensor, targets: Tensor, held: Tensor) -> float | None:
    """The penalty under which heads do best on groups they never saw; of equals the strongest.

    Where a fold's training side knows one side of a label only, that label is not judged in this fold.

    Args:
        solve: how heads are found.
        lack: what is lacking to the truth, as the heads' own method sees it.
        features: (question, feature), standardised and clipped.
        targets: (question, label).
        held: the fold in which each question is held out, (question,).

    Returns:
        One of STRENGTHS; None where no fold can judge, such as with one specimen of each label.
    """
    logits = torch.zeros(len(STRENGTHS), *targets.shape)
    judged = torch.zeros(targets.shape, dtype=torch.bool)
    numbers = sorted(set(held.tolist()))
    for fold in numbers if len(numbers) > 1 else ():
        inside, outside = held != fold, held == fold
        judged[outside] = targets[inside].amin(dim=0) < targets[inside].amax(dim=0)
        weight, bias = solve(features[inside], targets[inside], STRENGTHS)
        logits[:, outside] = features[outside] @ weight.transpose(1, 2) + bias[:, None]
    if not judged.any():
        return None
    lacks = torch.stack([lack(found, targets)[judged].sum() for found in logits])
    return STRENGTHS[int(lacks.argmin())]
