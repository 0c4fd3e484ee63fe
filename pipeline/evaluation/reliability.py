"""Reliability: whether what is said with a probability of 0.8 is true eight times out of ten."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.share import effective, interval

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

BINS = 15
"""As Guo et al. (2017) and most since, so that figures can be compared."""

MANY = 2000
"""Statements in a bin above which the distribution of their truths is not added up coin by coin."""


class Bin(NamedTuple):
    """Statements of nearly one probability.

    Attributes:
        probability: their mean probability.
        share: how many of them are true, 0 to 1.
        low, high: interval of 95 % of that share, of as many trials as there are effectively parts.
        n: statements.
        n_specimens: parts that they are of.
    """

    probability: float
    share: float
    low: float
    high: float
    n: int
    n_specimens: int


def places_of(probabilities: Floats, n_bins: int = BINS, equal_mass: bool = False) -> npt.NDArray[np.int64]:
    """The bin of each statement.

    Bins of equal width are (0, 1/n], (1/n, 2/n], ..., 0 being in the first. Bins of equal mass are parted at quantiles;
    statements of one probability are never parted, so bins may be empty.

    Args:
        probabilities: (statement,).
        n_bins: of them.
        equal_mass: whether bins hold equally many statements, not equal spans of probability.

    Example:
        >>> places_of(np.array([0.0, 0.5, 0.51, 1.0]), n_bins=2)
        array([0, 0, 1, 1])
        >>> places_of(np.array([0.1, 0.2, 0.3, 0.4]), n_bins=2, equal_mass=True)
        array([0, 0, 1, 1])
    """
    edges = np.linspace(0, 1, n_bins + 1)
    edges = np.quantile(probabilities, edges) if equal_mass and len(probabilities) else edges
    return np.searchsorted(edges[1:-1], probabilities)


def reliability_curve(
    probabilities: Floats,
    true: Truths,
    specimens: Sequence[Hashable] | None = None,
    *,
    n_bins: int = BINS,
    equal_mass: bool = False,
) -> tuple[Bin, ...]:
    """Said against true, bin by bin; empty bins are left out.

    Args:
        probabilities: with which something was said, (statement,).
        true: whether it is true, (statement,).
        specimens: the part each statement is about; each its own by default. Shares count statements, so intervals
            count parts by how evenly statements are spread over them (`effective`).
        n_bins, equal_mass: see `places_of`.

    Source: Murphy, Winkler (1977), Reliability of subjective probability forecasts; Guo et al. (2017).

    Example:
        >>> curve = reliability_curve(np.array([0.2, 0.2, 0.9, 0.9]), np.array([False, True, True, True]), n_bins=2)
        >>> [(one.probability, one.share, one.n) for one in curve]
        [(0.2, 0.5, 2), (0.9, 1.0, 2)]
    """
    names = list(range(len(true)) if specimens is None else specimens)
    place = places_of(probabilities, n_bins, equal_mass)
    found = []
    for number in np.unique(place):
        inside = np.flatnonzero(place == number)
        parts = [names[index] for index in inside]
        held = float(true[inside].mean())
        low, high = interval(held, effective(parts))
        found.append(Bin(float(probabilities[inside].mean()), held, low, high, len(inside), len(set(parts))))
    return tuple(found)


def calibration_error(
    probabilities: Floats,
    true: Truths,
    *,
    n_bins: int = BINS,
    equal_mass: bool = False,
    weights: Floats | None = None,
) -> float:
    """ECE: the mean gap between said and true, 0 to 1, bins weighted by their statements.

    Args:
        probabilities: with which something was said, (statement,).
        true: whether it is true, (statement,).
        n_bins, equal_mass: see `places_of`.
        weights: of statements, (statement,); all alike by default, as usual.

    Source: Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning; equal
    mass: Nixon et al. (2019), Measuring calibration in deep learning.

    Example:
        >>> round(calibration_error(np.array([0.5, 0.5, 0.8, 0.8]), np.array([True, False, True, True])), 12)
        0.1
    """
    if len(true) == 0:
        return float("nan")
    weights = np.ones(len(true)) if weights is None else weights
    gaps = np.bincount(places_of(probabilities, n_bins, equal_mass), weights * (probabilities - true))
    return float(np.abs(gaps).sum() / weights.sum())


def debiased_error(probabilities: Floats, true: Truths, *, n_bins: int = BINS) -> float:
    """Root of the mean squared gap, less what chance alone adds to it in bins of few statements; never below 0.

    A bin of n statements misses its own share by its variance over n, even where the model is perfectly calibrated;
    that much is taken off. Bins are of equal mass, and those of a single statement, which tell nothing, are left out.

    Source: Kumar, Liang, Ma (2019), Verified uncertainty calibration, its debiased estimator.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> said = rng.uniform(size=60)
        >>> true = rng.uniform(size=60) < said  # perfectly calibrated
        >>> round(calibration_error(said, true), 2), round(debiased_error(said, true), 2)
        (0.16, 0.02)
    """
    place = places_of(probabilities, n_bins, equal_mass=True)
    counts = np.bincount(place)
    enough = counts > 1
    if not enough.any():
        return float("nan")
    n = counts[enough]
    held, said = (np.bincount(place, values)[enough] / n for values in (true, probabilities))
    squared = (held - said) ** 2 - held * (1 - held) / (n - 1)
    return float(np.sqrt(max(0.0, float((n * squared).sum() / n.sum()))))


def error_by_chance(probabilities: Floats, *, n_bins: int = BINS, equal_mass: bool = False) -> float:
    """The ECE to be expected of a perfectly calibrated model that says just this, of as many independent statements.

    Exact: in each bin the number of true statements is a sum of unlike coins, whose mean distance from its own mean is
    added up from its distribution. Recordings that repeat a part bring it higher still.

    Source: Bröcker, Smith (2007), Increasing the reliability of reliability diagrams, for the idea.

    Example:
        >>> error_by_chance(np.array([0.5]))  # one statement is true or not: either way 0.5 off
        0.5
        >>> error_by_chance(np.full(2, 0.5))
        0.25
    """
    if len(probabilities) == 0:
        return float("nan")
    place = places_of(probabilities, n_bins, equal_mass)
    gaps = (_mean_distance(probabilities[place == number]) for number in np.unique(place))
    return sum(gaps) / len(probabilities)


def _mean_distance(chances: Floats) -> float:
    """How far, on average, the number of heads is from its mean; of very many coins by the normal distribution."""
    if len(chances) > MANY:
        return float(np.sqrt(2 / np.pi * (chances * (1 - chances)).sum()))
    heads = np.ones(1)
    for chance in chances:
        heads = np.append(heads, 0.0) * (1 - chance) + np.append(0.0, heads) * chance
    return float(np.abs(np.arange(len(heads)) - chances.sum()) @ heads)
