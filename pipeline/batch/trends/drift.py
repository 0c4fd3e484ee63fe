"""Drift: whether recordings have become less like what a model was trained on, over all machines it listens to.

Every diagnosis may carry `outside_p`, how often a signal like those trained on would look as strange. Machines differ,
and a model's training side is small, so these values themselves prove nothing of a plant: a sound machine may be odd
every night. Each is therefore ranked among those of the same point on earlier nights, which makes it a conformal
p-value of "this night is drawn like the nights before it", exact whatever the model was trained on. Recordings of one
night depend on each other, and machines share loads and weather; so a night places one bet, on the mean of all its
ranks, which is 1/2 on average however they depend. What that costs: a change shows after some nights, not in one.

Ville's inequality asks for a mean of 1/2 given all nights before. For one point that is a theorem. For several it holds
night by night; whether earlier ranks of one point tell of the next night of another depends on the plant, and in
simulated ones with shared weather it costs nothing that can be seen (`benchmarks/drift.py`).

Where the promise ends: nights of a point that follow one another (wear, seasons, a slow controller) are no draws from
one urn, and what makes every machine stranger for weeks is drift here, whatever made it. A point that was strange from
its first night on is no drift; its verdicts say so one by one.
"""

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

import numpy as np

from pipeline.batch.trends.jumper import Floats, log10_capital

ODDS = 100.0
"""Capital at which it is drift: at most 1 in 100 plants without any is ever told of one (Ville's inequality)."""

MOST_ODDS = 1e6
"""More says no more."""

DATING_STAKES, LEAST_GAIN = np.arange(0.25, 2.01, 0.25), 0.02


class Heard(NamedTuple):
    """A diagnosis, as drift takes it.

    Attributes:
        diagnosis_id: of the store.
        at: when it was recorded.
        point: whose: site, machine, point, channel.
        content: of its file, by hash; decides between equals.
        outside_p: in (0, 1].
    """

    diagnosis_id: int
    at: datetime
    point: tuple[str, ...]
    content: str
    outside_p: float


class Night(NamedTuple):
    """All that was recorded in one day (UTC).

    Attributes:
        first: its first recording that could be ranked.
        rank: mean of all ranks, in [0, 1]; small where recordings were stranger than before.
    """

    first: Heard
    rank: float


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


def nights_of(heard: Iterable[Heard]) -> Iterator[Night]:
    """Nights with something to compare; every point's first night has nothing before it.

    Args:
        heard: in the order of their recordings.
    """
    for _, tonight in groupby(ranked(heard), lambda pair: pair[0].at.date()):
        first, *others = tonight
        yield Night(first[0], float(np.mean([first[1], *(rank for _, rank in others)])))


def ranked(heard: Iterable[Heard]) -> Iterator[tuple[Heard, float]]:
    """Each recording with its rank among those of its point on earlier nights, where there are such.

    The rank is the smoothed conformal p-value (number below + u (1 + number equal)) / (1 + number before); u is even
    in [0, 1) and comes from the file's hash, so that the same recordings always give the same ranks.

    Args:
        heard: in the order of their recordings.

    Source: Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world, section 2.2 (smoothed) and 4.5
    (Mondrian: a category for each point).

    Example:
        >>> from datetime import UTC
        >>> strange = [(1, 0.5), (2, 0.6), (3, 0.01)]
        >>> days = [Heard(day, datetime(2026, 5, day, tzinfo=UTC), ("pump",), f"{day}", p) for day, p in strange]
        >>> [rank < 1 / 3 for _, rank in ranked(days)]
        [False, True]
    """
    past: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for _, night in groupby(heard, lambda one: one.at.date()):
        tonight = list(night)
        yield from ((one, _rank(one, past[one.point])) for one in tonight if past[one.point])
        for one in tonight:
            insort(past[one.point], one.outside_p)


def _rank(one: Heard, past: Sequence[float]) -> float:
    below = bisect_left(past, one.outside_p)
    equal = bisect_right(past, one.outside_p) - below
    return (below + _even(one.content) * (1 + equal)) / (1 + len(past))


def _even(content: str) -> float:
    """A number in [0, 1) that is a file's own."""
    return int.from_bytes(hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()[:6], "big") / 2**48
