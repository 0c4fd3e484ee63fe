"""Share: how often something holds, with an interval that counts physical parts, not recordings.

Recordings of one part are alike: ten of one bearing are hardly more than one witness. So a share is the mean over parts
of each part's own share, and its interval is that of as many independent trials as there are parts: Clopper and Pearson
(1934), with the sum of the parts' shares as the number of successes (Korn and Graubard 1998 do so for samples in
clusters). No mean of shares spreads more than one of whole successes, so the interval is wide rather than narrow.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

CONFIDENCE = 0.95


class Share(NamedTuple):
    """A share of recordings.

    Attributes:
        value: 0 to 1, every part counting once.
        low, high: its interval of 95 %, by the number of parts.
        of_recordings: every recording counting once.
        n_recordings, n_specimens: what was counted.
    """

    value: float
    low: float
    high: float
    of_recordings: float
    n_recordings: int
    n_specimens: int


def share(held: Sequence[bool] | npt.NDArray[np.bool_], specimens: Sequence[Hashable]) -> Share | None:
    """How often something held; None of nothing.

    Args:
        held: whether it held, (recording,).
        specimens: the part of each recording.

    Example:
        >>> share([True, True, True, False], ["a", "a", "a", "b"]).value  # one part always, one never
        0.5
        >>> tuple(round(value, 3) for value in share([True] * 10, range(10))[:3])
        (1.0, 0.692, 1.0)
    """
    if len(held) == 0:
        return None
    n_specimens = len(set(specimens))
    value = float(np.average(np.asarray(held, dtype=float), weights=once_each(specimens)))
    low, high = interval(value, n_specimens)
    return Share(value, low, high, float(np.mean(held)), len(held), n_specimens)


def once_each(specimens: Sequence[Hashable]) -> npt.NDArray[np.float64]:
    """Weights of recordings by which every part counts once: 1 / recordings of the part, (recording,).

    Example:
        >>> once_each(["a", "a", "b"])
        array([0.5, 0.5, 1. ])
    """
    counts = Counter(specimens)
    return np.array([1 / counts[name] for name in specimens])


def effective(specimens: Sequence[Hashable]) -> float:
    """How many parts, recorded equally often, tell as much as these where every recording counts once.

    (sum n)^2 / sum n^2 of their recordings n: the variance of a mean over recordings is that over the variance of a
    part's own mean, where recordings of one part are all alike; otherwise it is less.

    Source: Kish (1965), Survey sampling, on unequal weights.

    Example:
        >>> effective(["a", "a", "b", "b"]), effective(["a"] * 9 + ["b"]), effective([])
        (2.0, 1.2195121951219512, 0.0)
    """
    counts = Counter(specimens).values()
    return sum(counts) ** 2 / max(sum(count**2 for count in counts), 1)


def interval(value: float, n_trials: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share of some trials; they and their successes may be fractions.

    Source: Clopper, Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial;
    Korn, Graubard (1998), Confidence intervals for proportions with small expected number of positive counts.

    Example:
        >>> tuple(round(edge, 4) for edge in interval(0.5, 10))
        (0.1871, 0.8129)
    """
    hits, tail = value * n_trials, (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, n_trials - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n_trials - hits)) if hits < n_trials else 1.0
    return low, high
