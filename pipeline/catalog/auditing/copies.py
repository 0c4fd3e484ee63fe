"""Copies: the same samples on both sides of a split, under whatever name, gain, offset or start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.catalog.auditing.anchored import Anchored
from pipeline.catalog.row import Row

NEEDED = 3
"""Hashes that must agree in order and distance. Any two stretches share one hash with a chance of 2 ** -64, so chance
alone gives no three, however many signals are compared."""

OFTEN = 4
"""A recording copied more often on one side is told by so many of its copies."""


@dataclass(frozen=True)
class Copy:
    """Two signals that hold the same samples, one on each side.

    Attributes:
        train, test: ids of the signals.
        later: how many samples after their place in `train` (both counted from the start of what is used) they are
            found in `test`.
        share: of what tells `test` from others, how much is also in `train`, 0 to 1.

    Example:
        >>> Copy("a", "b", later=-300, share=0.97).told
        "at least 97 % of 'b', which tests, is a copy of samples of 'a', which trains (300 samples earlier)"
    """

    train: str
    test: str
    later: int
    share: float

    @property
    def told(self) -> str:
        """The copy in one line."""
        shift = f" ({abs(self.later)} samples {'later' if self.later > 0 else 'earlier'})" if self.later else ""
        return (
            f"at least {self.share:.0%} of '{self.test}', which tests, is a copy of samples of '{self.train}', "
            f"which trains{shift}"
        ).replace("%", " %", 1)


class Pairs(NamedTuple):
    """Equal hashes on both sides: index of the signal on each side, and how much later it is in the test signal."""

    train: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    later: npt.NDArray[np.int64]


def copies(train: Sequence[tuple[Row, Anchored]], test: Sequence[tuple[Row, Anchored]]) -> tuple[Copy, ...]:
    """Every pair of signals, one of each side, with hashes in common at the same distance.

    Args:
        train, test: signals and their hashes.

    Example:
        >>> from pipeline.catalog.auditing.anchored import anchored
        >>> noise = np.random.default_rng(0).standard_normal((1, 20000))
        >>> train = [(Row("a", "a.wav"), anchored([noise]))]
        >>> test = [(Row("b", "b.wav"), anchored([noise[:, 500:] * 2 + 1]))]
        >>> [(copy.train, copy.test, copy.later) for copy in copies(train, test)]
        [('a', 'b', -500)]
    """
    met = equal_hashes([hashes for _, hashes in train], [hashes for _, hashes in test])
    if not len(met.train):
        return ()
    keys, counts = np.unique(np.stack(met, axis=1), axis=0, return_counts=True)
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for (one, other, later), count in zip(keys.tolist(), counts.tolist(), strict=True):
        best[one, other] = max(best.get((one, other), (0, 0)), (count, later))
    return tuple(
        Copy(train[one][0].signal, test[other][0].signal, later, count / len(test[other][1].hashes))
        for (one, other), (count, later) in sorted(best.items())
        if count >= NEEDED
    )


def equal_hashes(train: Sequence[Anchored], test: Sequence[Anchored]) -> Pairs:
    """Where a hash of the test side is also on the train side; no more than `OFTEN` places there."""
    hashes, places, owners = gathered(train)
    order = np.argsort(hashes, kind="stable")
    hashes, places, owners = hashes[order], places[order], owners[order]
    wanted, at, whose = gathered(test)
    first = np.searchsorted(hashes, wanted, "left")
    count = np.minimum(np.searchsorted(hashes, wanted, "right") - first, OFTEN)
    asked = np.repeat(np.arange(len(wanted)), count)
    met = first[asked] + np.arange(len(asked)) - np.repeat(np.cumsum(count) - count, count)
    return Pairs(owners[met], whose[asked], at[asked] - places[met])


def gathered(
    side: Sequence[Anchored],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All hashes of one side, their places, and the index of the signal each is from."""
    if not side:
        return np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64)
    owners = np.repeat(np.arange(len(side)), [len(one.hashes) for one in side])
    return np.concatenate([one.hashes for one in side]), np.concatenate([one.places for one in side]), owners
