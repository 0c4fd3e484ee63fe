"""Correlation: how alike the windows of one signal are, and how many independent ones they are worth."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def intraclass_correlation(
    scores: Array, owner: npt.NDArray[np.integer], kind: npt.NDArray[np.integer] | None = None
) -> float:
    """Share of the scores' variance that lies between signals of a kind, not between the windows of one.

    The one-way analysis of variance for signals of unequal length, nested in kinds, whose means are taken out and
    counted as known; below 0, which chance can make it, it is 0.

    Args:
        scores: of windows, (window,).
        owner: the signal of each window, (window,).
        kind: what explains differences between signals, by number, (window,); all of one kind by default.

    Returns:
        0 (windows are independent witnesses) to 1 (they all say the same); 1 where no signal has two windows, and where
        no kind has two signals: then nobody can tell.

    Source: Donner (1986), A review of inference procedures for the intraclass correlation coefficient; Searle, Casella,
    McCulloch (1992), Variance components, chapter 3, for the nested one.

    Example:
        >>> intraclass_correlation(np.array([1.0, 1.1, 5.0, 5.1]), np.array([0, 0, 1, 1])) > 0.99
        True
    """
    kind = np.zeros(len(scores), dtype=np.int64) if kind is None else kind
    _, first, place, counts = np.unique(owner, return_index=True, return_inverse=True, return_counts=True)
    _, place_of_kind, kind_counts = np.unique(kind, return_inverse=True, return_counts=True)
    n, free, free_within = len(scores), len(counts) - len(kind_counts), len(scores) - len(counts)
    if free < 1 or free_within < 1:
        return 1.0
    own = place_of_kind[first]
    means, usual_means = np.bincount(place, scores) / counts, np.bincount(place_of_kind, scores) / kind_counts
    between = float((counts * (means - usual_means[own]) ** 2).sum()) / free
    within = float(((scores - means[place]) ** 2).sum()) / free_within
    usual = (n - float((np.bincount(own, counts**2) / kind_counts).sum())) / free
    spread = between + (usual - 1) * within
    return float(np.clip((between - within) / spread, 0.0, 1.0)) if spread > 0 else 1.0


def independent_windows(n_windows: int, correlation: Array) -> Array:
    """How many independent windows as many correlated ones are worth: n / (1 + (n - 1) r), the design effect of Kish.

    Example:
        >>> independent_windows(10, np.array([0.0, 1.0, 0.5])).round(2)
        array([10.  ,  1.  ,  1.82])
    """
    return n_windows / (1 + (n_windows - 1) * correlation)
