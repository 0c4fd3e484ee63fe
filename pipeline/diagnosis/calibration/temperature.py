"""Temperature: one number that makes a multiclass model as sure of itself as it is right (Guo et al. 2017)."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

Array = npt.NDArray[np.float64]

LOG_SPAN = 10.0
"""Temperatures between exp(-10) and exp(10)."""


def fitted_temperature(logits: Array, truth: npt.NDArray[np.integer], weights: Array | None = None) -> float:
    """The temperature T for which softmax(logits / T) makes the truth likeliest.

    Args:
        logits: of signals that the model did not learn from, (signal, label).
        truth: place of the true label, (signal,).
        weights: of signals, (signal,); all alike by default.

    Source: Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks.

    Example:
        >>> logits = np.log([[0.9, 0.1]] * 10)
        >>> truth = np.array([0] * 9 + [1])
        >>> round(fitted_temperature(logits, truth), 3)
        1.0
    """
    weights = np.ones(len(truth)) if weights is None else weights

    def loss(log_beta: float) -> float:
        said = log_softmax(np.exp(log_beta) * logits, axis=1)[np.arange(len(truth)), truth]
        return -float((weights * said).sum())

    found = minimize_scalar(loss, bounds=(-LOG_SPAN, LOG_SPAN), method="bounded", options={"xatol": 1e-10})
    return float(np.exp(-found.x))
