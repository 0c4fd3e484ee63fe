"""Drift: whether recordings have become less like what a model was trained on, over all machines it listens to.

Every diagnosis may carry `outside_p`, how often a signal like those trained on would look as strange. Machines differ,
and a model's training side is small, so these values themselves prove nothing of a plant: a sound machine may be odd
every night. A night is therefore ranked among the nights before it (`nights`), which makes it a conformal p-value of
"this night is drawn like those", exact whatever the model was trained on. Recordings of one night depend on each other,
and machines share loads and weather; so a night is one rank and places one bet, however many recordings it has. What
that costs: a change shows after some nights, not in one.

Ville's inequality asks for ranks that are 1/2 on average whatever came before. Of exchangeable nights they are, of any
number of points and recordings. Where the promise ends: nights that follow one another (wear, seasons, a slow
controller) are no draws from one urn, and what makes machines stranger for weeks is drift here, whatever made it. A
point that was strange from its first night on is no drift; its verdicts say so one by one.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import numpy as np

from pipeline.batch.trends.jumper import Floats, log10_capital
from pipeline.batch.trends.nights import Heard, nights_of

ODDS = 100.0
"""Capital at which it is drift: at most 1 in 100 plants without any is ever told of one (Ville's inequality)."""

MOST_ODDS = 1e6
"""More says no more."""

DATING_STAKES, LEAST_GAIN = np.arange(0.25, 2.01, 0.25), 0.02


class Drift(NamedTuple):
    """A change for the stranger.

    Attributes:
        since: the first recording of the nights that made the capital.
        told_by: a recording of the night in which it became drift.
        odds: the highest capital since, at most a million; a fair game reaches it once in so many plants.
        highest: a recording of the night in which that was.
    """

    since: Heard
    told_by: Heard
    odds: float
    highest: Heard


def drift_in(heard: Iterable[Heard], before: date) -> Drift | None:
    """Whether, and since when, recordings are stranger than those of the same points before.

    Args:
        heard: diagnoses of one model, in the order of their recordings.
        before: a day; it and later ones may not be over, and wait.
    """
    nights = list(nights_of(one for one in heard if one.at.date() < before))
    ranks = np.array([night.rank for night in nights])
    log10 = log10_capital(ranks)
    reached = np.flatnonzero(log10 >= np.log10(ODDS))
    if not len(reached):
        return None
    told = int(reached[0])
    highest = told + int(np.argmax(log10[told:]))
    odds = float(min(10.0 ** min(log10[highest], 300.0), MOST_ODDS))
    return Drift(nights[began(ranks[: told + 1])].first, nights[told].first, odds, nights[highest].first)


def began(ranks: Floats) -> int:
    """The night from which on the ranks up to the last are best explained by a bet of one stake.

    Args:
        ranks: up to that of the night in which a drift was told, shape (night,).

    Source: Page (1954), Continuous inspection schemes, Biometrika 41, 100-115: where the sum of the logarithms stood
    lowest; here for the stake whose sum has risen most since.

    Example:
        >>> began(np.array([0.9, 0.4, 0.7, 0.1, 0.2, 0.1]))
        3
    """
    gains = np.log(np.maximum(1.0 + DATING_STAKES[:, None] * (0.5 - ranks), LEAST_GAIN))
    sums = np.pad(gains.cumsum(axis=1), ((0, 0), (1, 0)))
    lowest = sums[:, :-1].min(axis=1)
    best = int(np.argmax(sums[:, -1] - lowest))
    return int(np.argmin(sums[best, :-1]))
