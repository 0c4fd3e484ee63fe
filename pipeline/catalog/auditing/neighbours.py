"""Neighbours: a classifier of one number, so simple that what it can tell, the number tells."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST = 5
"""How many neighbours vote at most; and no more than a quarter of those there are."""

SAME = 1e-9
"""Relative difference below which two values are one: rounding of the same number."""


def near(asked: Floats, known: Floats, allowed: Bools) -> Floats:
    """Which known values are the nearest to each asked one, equals included.

    Args:
        asked: shape (asked,).
        known: shape (known,).
        allowed: whether a known value may answer for an asked one, shape (asked, known).

    Returns:
        1 for the nearest ones, otherwise 0, shape (asked, known).

    Example:
        >>> near(np.array([0.0]), np.array([5.0, 0.1, 0.2, 7.0]), np.ones((1, 4), bool))
        array([[0., 1., 0., 0.]])
    """
    apart = np.where(allowed, np.abs(asked[:, None] - known[None, :]), np.inf)
    wanted = max(1, min(MOST, len(known) // 4))
    edge = np.partition(apart, wanted - 1, axis=1)[:, wanted - 1 : wanted]
    slack = SAME * np.abs(known).max(initial=1.0)
    nearest: Floats = (allowed & (apart <= edge + slack)).astype(np.float64)
    return nearest


def balanced_accuracy(nearest: Floats, allowed: Bools, known: Floats, truth: Floats) -> Floats:
    """How well the neighbours' vote tells each label from the rest: mean of both recalls, 0.5 for who cannot tell.

    A vote counts by how rare it is among those allowed, so a common label does not win by number; a tie is half right.

    Args:
        nearest: as `near` tells.
        allowed: shape (asked, known).
        known: labels of the known ones, 0 or 1, shape (known, label).
        truth: labels of the asked ones, shape (asked, label).

    Returns:
        Shape (label,), 0 to 1; NaN for a label that all or none of the asked have.

    Example:
        >>> both = np.array([[1.0], [0.0]])
        >>> balanced_accuracy(np.eye(2), np.ones((2, 2), bool), both, both)
        array([1.])
    """
    votes = share(nearest @ known, allowed @ known)
    against = share(nearest @ (1 - known), allowed @ (1 - known))
    says = 0.5 + 0.5 * np.sign(votes - against)
    right = np.where(truth > 0, says, 1 - says)
    n_with, n_without = truth.sum(axis=0), (1 - truth).sum(axis=0)
    recalls = share((right * truth).sum(axis=0), n_with), share((right * (1 - truth)).sum(axis=0), n_without)
    return np.where((n_with > 0) & (n_without > 0), sum(recalls) / 2, np.nan)


def share(part: Floats, whole: Floats) -> Floats:
    """One by the other, zero of nothing."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
