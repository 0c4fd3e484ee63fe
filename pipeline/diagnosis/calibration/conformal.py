"""Conformal: p-values that keep their promise for a part never met, whatever the model.

Every physical part (specimen) counts once, however many recordings of it there are: each recording of a part has an
equal share of that part's weight 1 / (K + 1), K parts in all, and the last share is the new part's own. Then the chance
that a recording of a new part gets a p-value of at most a is a at most, if parts are exchangeable: drawn alike, the new
one like those known. With one recording per part this is ordinary split conformal prediction.

Source: Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world; Lee, Barber, Willett (2023),
Distribution-free inference with hierarchical data, for the weights; Angelopoulos, Bates (2023), Conformal prediction: a
gentle introduction.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROUNDING = 1e-9
"""Sums of shares such as 1/10 miss their value by less."""


class Known(NamedTuple):
    """Strangeness of recordings that the model did not learn from, sorted, to which new ones are compared.

    Attributes:
        scores: ascending, (recording,).
        above: total weight of this recording and all stranger ones, (recording,).
        n_parts: how many parts they are of.
    """

    scores: Array
    above: Array
    n_parts: int

    @property
    def floor(self) -> float:
        """The least p-value there can be: that of a recording stranger than all."""
        return 1 / (self.n_parts + 1)


def known(scores: Array, part: npt.NDArray[np.integer]) -> Known:
    """Scores of recordings, each with the part that it is of.

    Example:
        >>> known(np.array([3.0, 1.0, 2.0]), np.array([0, 1, 1])).above
        array([0.66666667, 0.5       , 0.33333333])
    """
    _, place, counts = np.unique(part, return_inverse=True, return_counts=True)
    order = np.argsort(scores, kind="stable")
    weights = 1 / ((len(counts) + 1) * counts[place][order])
    return Known(np.asarray(scores, dtype=float)[order], weights[::-1].cumsum()[::-1], len(counts))


def p_value(score: float, against: Known) -> float:
    """How often a recording of a new part would be at least as strange.

    Example:
        >>> three = known(np.array([1.0, 2.0, 3.0]), np.arange(3))
        >>> p_value(2.5, three), p_value(9.0, three)
        (0.5, 0.25)
    """
    first = int(np.searchsorted(against.scores, score, side="left"))
    stranger = float(against.above[first]) if first < len(against.scores) else 0.0
    return min(1.0, stranger + against.floor)


def ruled_out(strangeness: float, against: Known, alpha: float) -> bool:
    """Whether a p-value is at most alpha, whatever sums of shares such as 1/10 miss their value by."""
    return p_value(strangeness, against) <= alpha + ROUNDING


def highest_level(n_parts: int) -> float:
    """The highest level at which a set can leave anything out: K / (K + 1); above it every set holds every label.

    Example:
        >>> highest_level(9)
        0.9
    """
    return n_parts / (n_parts + 1)


def fewest_parts(level: float) -> float:
    """With how many parts a set can leave anything out at a level; see `highest_level`.

    Example:
        >>> fewest_parts(0.9), fewest_parts(0.95)
        (9.0, 19.0)
    """
    return round(level / (1 - level), 6)
