"""Platt scaling: a label's score to the probability that it is there, one slope and one intercept per label."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

Array = npt.NDArray[np.float64]


JEFFREYS = 0.5


class Platt(NamedTuple):
    """The probability of a label is 1 / (1 + exp(-(slope x score + intercept)))."""

    slope: float
    intercept: float


def fitted_platt(
    scores: Array, there: npt.NDArray[np.bool_], weights: Array | None = None, doubt: float = JEFFREYS
) -> Platt:
    """Slope and intercept for which the truth is likeliest.

    The truth is taken as almost certain only, as if half an example had been of the other kind: (n + 1/2) / (n + 1) for
    n examples with the label, 1/2 / (n + 1) for n without; so scores which part both sides make no certainty. A slope
    below 0 would turn the model's answers round; it becomes 0, and every signal gets the label's share.

    Args:
        scores: of signals that the model did not learn from, (signal,).
        there: whether the label is there, (signal,).
        weights: of signals, (signal,); all alike by default. Their sums are the n above.
        doubt: examples of either kind that are added in thought, 1/2 above; Platt's own is 1, which leaves a label of
            four parts at 5/6 however plain its fault.

    Source: Platt (1999), Probabilistic outputs for support vector machines; Lin, Lin, Weng (2007), A note on Platt's
    probabilistic outputs, for the loss; Jeffreys (1946), An invariant form for the prior probability, for the half.

    Example:
        >>> scores, there = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([False, False, True, True])
        >>> slope, intercept = fitted_platt(scores, there)
        >>> slope > 0, abs(intercept) < 1e-6
        (True, True)
    """
    weights = np.ones(len(scores)) if weights is None else weights
    n_with, n_without = float(weights[there].sum()), float(weights[~there].sum())
    wanted = np.where(there, (n_with + doubt) / (n_with + 2 * doubt), doubt / (n_without + 2 * doubt))
    scale = float(np.abs(scores).max()) or 1.0
    scaled = scores / scale

    def loss(line: Array) -> tuple[float, Array]:
        logit = line[0] * scaled + line[1]
        missed = weights * (expit(logit) - wanted)
        return float((weights * (np.logaddexp(0, logit) - wanted * logit)).sum()), np.array(
            [(missed * scaled).sum(), missed.sum()]
        )

    start = np.array([0.0, np.log((n_with + 1) / (n_without + 1))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)],
                     options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000})  # fmt: skip
    return Platt(float(found.x[0]) / scale, float(found.x[1]))
