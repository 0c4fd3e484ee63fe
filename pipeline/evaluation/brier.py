"""Brier: the mean squared error of probabilities, and where it comes from."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.reliability import BINS, places_of

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


class BrierParts(NamedTuple):
    """score = reliability - resolution + uncertainty + within.

    Attributes:
        score: of one label, 0 (perfect) to 1.
        reliability: mean squared gap between said and true, bin by bin; 0 is best.
        resolution: how far the bins' shares lie apart; high is good.
        uncertainty: of the label itself, p (1 - p); no model changes it.
        within: what binning hides: variance of the probabilities within bins, less twice how they go with the truth
            there.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


def brier_scores(probabilities: Floats, truth: Truths, weights: Floats | None = None) -> Floats:
    """Per label, (recording, label) -> (label,): the mean squared gap between probability and truth.

    Multilabel: each is a score of its own, 0 to 1. Multiclass: their sum is Brier's own score, 0 to 2.

    Args:
        probabilities, truth: (recording, label).
        weights: of recordings, (recording,); all alike by default.

    Source: Brier (1950), Verification of forecasts expressed in terms of probability.

    Example:
        >>> brier_scores(np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([[True, False], [False, True]]))
        array([0.145, 0.145])
    """
    return np.asarray(np.average((probabilities - truth) ** 2, axis=0, weights=weights))


def brier_skill(probabilities: Floats, truth: Truths) -> float | None:
    """Share of the error of always saying the labels' shares here that a model saves: 1 perfect, 0 no better, below 0
    worse; None where every recording has the same labels.

    Example:
        >>> truth = np.array([[True], [False]])
        >>> brier_skill(np.array([[1.0], [0.0]]), truth), brier_skill(np.array([[0.5], [0.5]]), truth)
        (1.0, 0.0)
    """
    shares = truth.mean(axis=0)
    lazy = float((shares * (1 - shares)).sum())
    return 1 - float(brier_scores(probabilities, truth).sum()) / lazy if lazy else None


def decomposed(probabilities: Floats, true: Truths, *, n_bins: int = BINS) -> BrierParts:
    """The score of one label and its parts, which add up exactly.

    Args:
        probabilities: of the label, (recording,).
        true: whether it is there, (recording,).
        n_bins: of equal width.

    Source: Murphy (1973), A new vector partition of the probability score; Stephenson, Coelho, Jolliffe (2008), Two
    extra components in the Brier score decomposition, for what is within bins.

    Example:
        >>> parts = decomposed(np.array([0.2, 0.2, 0.9, 0.9]), np.array([False, False, True, True]))
        >>> [round(float(value), 3) for value in parts]
        [0.025, 0.025, 0.25, 0.25, 0.0]
    """
    place = places_of(probabilities, n_bins)
    counts = np.bincount(place)
    there = counts > 0
    weights = counts[there] / len(true)
    held, said = (
        np.bincount(place, true)[there] / counts[there],
        np.bincount(place, probabilities)[there] / counts[there],
    )
    base = float(true.mean())
    score = float(((probabilities - true) ** 2).mean())
    reliability = float((weights * (said - held) ** 2).sum())
    resolution = float((weights * (held - base) ** 2).sum())
    uncertainty = base * (1 - base)
    return BrierParts(score, reliability, resolution, uncertainty, score - reliability + resolution - uncertainty)
