"""Correlation: how alike the windows of one signal are, and how many independent ones they are worth."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def intraclass_correlation(scores: Array, owner: npt.NDArray[np.integer]) -> float:
    """Share of the scores' variance that lies between signals, not between the windows of one.

    The one-way analysis of variance for signals of unequal length; below 0, which chance can make it, it is 0.

    Args:
        scores: of windows, (window,), whatever the truth explains taken out.
        owner: the signal of each window, (window,).

    Returns:
        0 (windows are independent witnesses) to 1 (they all say the same); 1 where no signal has two windows.

    Source: Donner (1986), A review of inference procedures for the intraclass correlation coefficient.

    Example:
        >>> intraclass_correlation(np.array([1.0, 1.1, 5.0, 5.1]), np.array([0, 0, 1, 1])) > 0.99
        True
    """
    names, place, counts = np.unique(owner, return_inverse=True, return_counts=True)
    n, k = len(scores), len(names)
    if k < 2 or n == k:
        return 1.0
    means = np.bincount(place, scores) / counts
    between = float((counts * (means - scores.mean()) ** 2).sum()) / (k - 1)
    within = float(((scores - means[place]) ** 2).sum()) / (n - k)
    usual = (n - float((counts**2).sum()) / n) / (k - 1)
    spread = between + (usual - 1) * within
    return float(np.clip((between - within) / spread, 0.0, 1.0)) if spread > 0 else 1.0


def independent_windows(n_windows: int, correlation: Array) -> Array:
    """How many independent windows as many correlated ones are worth: n / (1 + (n - 1) r), the design effect of Kish.

    Example:
        >>> independent_windows(10, np.array([0.0, 1.0, 0.5])).round(2)
        array([10.  ,  1.  ,  1.82])
    """
    return n_windows / (1 + (n_windows - 1) * correlation)
