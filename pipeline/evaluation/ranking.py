"""Ranking: how often a score puts what it should find above what it should not (AUROC)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

Scores = npt.NDArray[np.floating[Any]]


def ranked_above(higher: Sequence[float] | Scores, lower: Sequence[float] | Scores) -> float | None:
    """AUROC: how often a score that should be higher is above one that should be lower; ties count half.

    Args:
        higher, lower: scores of the two sides, in any unit.

    Returns:
        0 to 1; None where a side is empty, and no ranking can be right or wrong.

    Source: Hanley and McNeil (1982), The meaning and use of the area under a ROC curve, Radiology 143.

    Example:
        >>> ranked_above([0.9, 0.5], [0.5, 0.1])
        0.875
        >>> ranked_above([], [0.5]) is None
        True
    """
    if not len(higher) or not len(lower):
        return None
    truth = np.repeat([True, False], [len(higher), len(lower)])
    return float(roc_auc_score(truth, np.concatenate([higher, lower])))
