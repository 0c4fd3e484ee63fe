"""Temperature: one number that makes a multiclass model as sure of itself as it is right (Guo et al. 2017)."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_softmax

Array = npt.NDArray[np.float64]

LOG_SPAN = 10.0
"""Temperatures between exp(-10) and exp(10) times the widest gap between two logits of a signal."""

EVEN = float(np.log(2.0))
"""Loss of something that had an even chance."""

UNIFORM = 1e6
"""Temperature of logits that never differed: whatever comes, all labels are equally likely."""


def fitted_temperature(logits: Array, truth: npt.NDArray[np.integer], weights: Array | None = None) -> float:
    """The temperature T for which softmax(logits / T) makes the truth likeliest.

    Where the logits part all or nearly all signals rightly, that would be 0, and a model without doubt. Instead it is
    the T at which so much success had an even chance: of n signals that are all right, each is right with a probability
    of 2^(-1/n).

    Args:
        logits: of signals that the model did not learn from, (signal, label).
        truth: place of the true label, (signal,).
        weights: of signals, (signal,); all alike by default.

    Source: Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks. The even chance: the median
    unbiased estimate of a chance that never failed.

    Example:
        >>> logits = np.log([[0.9, 0.1]] * 10)
        >>> truth = np.array([0] * 9 + [1])
        >>> round(fitted_temperature(logits, truth), 3)
        1.0
        >>> sure = fitted_temperature(logits[:5], truth[:5])
        >>> round(float((1 / (1 + 9 ** (-1 / sure))) ** 5), 6)
        0.5
    """
    weights = np.ones(len(truth)) if weights is None else weights
    gap = float(np.ptp(logits, axis=1).max())
    if gap == 0:
        return UNIFORM

    def loss(log_temperature: float) -> float:
        said = log_softmax(logits / (gap * np.exp(log_temperature)), axis=1)[np.arange(len(truth)), truth]
        return -float((weights * said).sum())

    found = float(minimize_scalar(loss, bounds=(-LOG_SPAN, LOG_SPAN), method="bounded", options={"xatol": 1e-10}).x)
    if loss(found) < EVEN < loss(LOG_SPAN):
        found = float(brentq(lambda log_temperature: loss(log_temperature) - EVEN, found, LOG_SPAN))
    return gap * float(np.exp(found))
