"""Fitting: answers on parts that a model had not met to its calibration."""

import numpy as np
import numpy.typing as npt

from pipeline.diagnosis.calibration.calibration import Calibration, pooled_scores
from pipeline.diagnosis.calibration.correlation import intraclass_correlation
from pipeline.diagnosis.calibration.platt import fitted_platt
from pipeline.diagnosis.calibration.temperature import fitted_temperature
from pipeline.models.calibration_card import CalibrationCard

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_PARTS = 10
"""Below this no set at the usual level 0.9 could leave anything out, and a slope would be that of single parts."""

LEVEL = 0.9
OUTSIDE_LEVEL = 0.05
OUT_OF_FOLD = "answers on specimens left out of training, fold by fold"


def calibrated(
    window_logits: Array,
    owner: Places,
    truth: npt.NDArray[np.bool_],
    part: Places,
    labels: tuple[str, ...],
    *,
    multiclass: bool,
    level: float = LEVEL,
    outside_level: float = OUTSIDE_LEVEL,
    basis: str = OUT_OF_FOLD,
) -> Calibration:
    """Scales, and the scores that sets are made from. Every part counts once, however many recordings of it there are.

    Args:
        window_logits: from models that had not met the part, (window, label).
        owner: the recording of each window, (window,).
        truth: (recording, label).
        part: the specimen of each recording, by number, (recording,).
        labels: of the model.
        multiclass: whether they exclude one another.
        level, outside_level: kept in the card.
        basis: whose answers these are, in words.
    """
    correlation = correlations(window_logits, owner, truth, multiclass)
    scores = np.stack([pooled_scores(window_logits[owner == place], correlation) for place in range(len(truth))])
    _, number, counts = np.unique(part, return_inverse=True, return_counts=True)
    weights = 1 / counts[number]
    lines = () if multiclass else tuple(fitted_platt(scores[:, k], truth[:, k], weights) for k in range(len(labels)))
    card = CalibrationCard(
        level=level,
        outside_level=outside_level,
        temperature=fitted_temperature(scores, truth.argmax(axis=1), weights) if multiclass else None,
        slopes=tuple(line.slope for line in lines),
        intercepts=tuple(line.intercept for line in lines),
        correlation=tuple(correlation.tolist()),
        basis=basis,
        specimens=len(counts),
        recordings=len(truth),
    )
    return Calibration(card, labels, multiclass, scores, truth, number.astype(np.int64))


def correlations(window_logits: Array, owner: Places, truth: npt.NDArray[np.bool_], multiclass: bool) -> Array:
    """How alike the windows of one signal are, beyond what their truth explains.

    Returns:
        (label,); for multiclass (1,), the mean over labels, so that pooling favours none.
    """
    if multiclass:
        window_logits = window_logits - window_logits.mean(axis=1, keepdims=True)
    _, kind = np.unique(truth[owner], axis=0, return_inverse=True)
    each = np.array([intraclass_correlation(column, owner, kind.reshape(-1)) for column in window_logits.T])
    return each.mean(keepdims=True) if multiclass else each
