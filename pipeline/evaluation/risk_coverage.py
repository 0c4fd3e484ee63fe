"""Risk-coverage: how many answers are wrong among those that are given, as more and more unsure ones are withheld."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


class RiskCoverage(NamedTuple):
    """Answers ranked from the surest down.

    Attributes:
        coverage: share of recordings answered, ascending, (recording,).
        risk: share of wrong ones among them, (recording,).
        aurc: mean of `risk`, the area under the curve; 0 is best.
        excess: `aurc` less that of an order which knows which answers are wrong; 0 is best, whatever the accuracy.
    """

    coverage: Floats
    risk: Floats
    aurc: float
    excess: float


def risk_coverage(confidence: Floats, wrong: Truths) -> RiskCoverage:
    """The curve, from answering only the surest to answering all.

    Answers of the same confidence come in no order: their errors are spread evenly among them.

    Args:
        confidence: of each answer, (recording,).
        wrong: whether it is wrong, (recording,).

    Source: Geifman, El-Yaniv (2017), Selective classification for deep neural networks; Geifman, Uziel, El-Yaniv
    (2019), Bias-reduced uncertainty estimation for deep neural classifiers, for the excess.

    Example:
        >>> found = risk_coverage(np.array([0.9, 0.8, 0.6, 0.5]), np.array([False, False, True, False]))
        >>> found.risk.round(3).tolist(), round(found.aurc, 4), round(found.excess, 4)
        ([0.0, 0.0, 0.333, 0.25], 0.1458, 0.0833)
    """
    n = len(wrong)
    if n == 0:
        return RiskCoverage(np.zeros(0), np.zeros(0), float("nan"), float("nan"))
    _, place, counts = np.unique(-np.asarray(confidence), return_inverse=True, return_counts=True)
    each = (np.bincount(place, wrong) / counts).repeat(counts)  # errors of a tie, spread over its answers
    answered = np.arange(1, n + 1)
    risk = each.cumsum() / answered
    known = np.sort(np.asarray(wrong)).cumsum() / answered
    return RiskCoverage(answered / n, risk, float(risk.mean()), float(risk.mean() - known.mean()))
