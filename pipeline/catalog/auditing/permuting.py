"""Permuting: how often chance alone would do as well, where signals of one specimen stand or fall together."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.catalog.auditing.neighbours import Floats

ROUNDS = 999
"""The smallest p that can be told is 1 / (ROUNDS + 1)."""

ENOUGH = 20
"""After so many rounds in which chance does as well, p is known well enough to say that it is not small."""


class Chance(NamedTuple):
    """What chance does: its mean score, and the share of rounds in which it does as well as was found."""

    mean: float
    p: float


def chance(
    score: Callable[[Floats], float], labels: Floats, units: npt.NDArray[np.int64], strata: Sequence[object]
) -> Chance:
    """The score when labels are dealt anew among units.

    Args:
        score: from labels, shape (signal, label), to one number.
        labels: as they are.
        units: the unit (a specimen) each signal is of, 0 to n - 1, shape (signal,).
        strata: one per unit; labels are dealt within a stratum only.

    Source: Besag, Clifford (1991), Sequential Monte Carlo p-values, Biometrika 78, 301-304, for when to stop.

    Example:
        >>> labels = np.repeat(np.eye(2), 10, axis=0)
        >>> chance(lambda dealt: float((dealt == labels).mean()), labels, np.arange(20), [0] * 20).p
        0.001
    """
    found = score(labels) - 1e-12
    scores: list[float] = []
    as_good = 0
    for dealt in rounds(labels, units, strata):
        scores.append(score(dealt))
        as_good += scores[-1] >= found
        if as_good == ENOUGH:
            return Chance(float(np.mean(scores)), ENOUGH / len(scores))
    return Chance(float(np.mean(scores)), (as_good + 1) / (len(scores) + 1))


def rounds(labels: Floats, units: npt.NDArray[np.int64], strata: Sequence[object]) -> Iterator[Floats]:
    """Labels dealt anew, `ROUNDS` times, the same ones at every call."""
    dealer = np.random.default_rng(0)
    _, first = np.unique(units, return_index=True)
    told = labels[first]
    members = [np.flatnonzero([other == stratum for other in strata]) for stratum in dict.fromkeys(strata)]
    for _ in range(ROUNDS):
        dealt = told.copy()
        for places in members:
            dealt[places] = told[dealer.permutation(places)]
        yield dealt[units]
