"""Fitness: one walk through a signal that tells whether it can be used at all, and its means."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.signals.recording import Samples

SINGLE_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Fitness:
    """What one walk has seen.

    Attributes:
        n_samples: samples per channel.
        means: per channel.
        lowest, highest: per channel; NaN where nothing was seen.
        n_bad: samples that are no number, over all channels.
        first_bad: index in time of the first of them.
    """

    n_samples: int
    means: npt.NDArray[np.float64]
    lowest: npt.NDArray[np.float64]
    highest: npt.NDArray[np.float64]
    n_bad: int = 0
    first_bad: int | None = None

    @property
    def reason(self) -> str | None:
        """Why the signal cannot be used for anything, None where it can.

        Example:
            >>> fitness_of([np.array([[1.0, 2.0]])]).reason is None
            True
            >>> fitness_of([np.array([[1.0, np.nan]]), np.array([[np.inf, 1.0]])]).reason
            '2 of 4 samples are not a number (NaN or infinite), the first at index 1'
        """
        if self.n_samples == 0:
            return "empty: the signal has no samples"
        if self.n_bad:
            return told_bad(self.n_bad, self.n_samples * len(self.means), self.first_bad)
        if np.array_equal(self.lowest, self.highest):
            return "constant: the samples never change; is the sensor connected?"
        largest = max(np.abs(self.lowest).max(), np.abs(self.highest).max())
        if largest > SINGLE_MAX:
            return f"samples up to {largest:.3g} are beyond single precision; check the file and its unit"
        return None


def told_bad(n_bad: int, n_samples: int, first: int | None) -> str:
    """Samples that are no numbers, in one line.

    Example:
        >>> told_bad(1, 1000, 17)
        '1 of 1000 samples is not a number (NaN or infinite), the first at index 17'
    """
    verb = "is" if n_bad == 1 else "are"
    return f"{n_bad} of {n_samples} samples {verb} not a number (NaN or infinite), the first at index {first}"


def fitness_of(blocks: Iterable[Samples]) -> Fitness:
    """Walk through a signal once.

    Args:
        blocks: pieces in order, any unit, each of shape (channel, time).

    Example:
        >>> seen = fitness_of([np.array([[1.0, 2.0]]), np.array([[6.0]])])
        >>> seen.n_samples, float(seen.means[0]), float(seen.highest[0])
        (3, 3.0, 6.0)
    """
    n_samples, n_bad, first_bad = 0, 0, None
    sums: list[npt.NDArray[np.float64]] = []
    ends: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] = []
    for block in blocks:
        if not block.shape[1]:
            continue
        with np.errstate(invalid="ignore", over="ignore"):  # such signals are refused below
            total = block.sum(axis=1, dtype=np.float64)
        if not np.isfinite(total).all():  # cheaper than looking at every sample of a sound signal
            bad = ~np.isfinite(block)
            n_bad += int(bad.sum())
            if first_bad is None and bad.any():
                first_bad = n_samples + int(np.argmax(bad.any(axis=0)))
        sums.append(total)
        ends.append((block.min(axis=1).astype(np.float64), block.max(axis=1).astype(np.float64)))
        n_samples += block.shape[1]
    if not n_samples:
        return Fitness(0, np.zeros(1), np.full(1, math.nan), np.full(1, math.nan))
    with np.errstate(invalid="ignore", over="ignore"):
        means = np.sum(sums, axis=0) / n_samples
    lowest, highest = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
    return Fitness(n_samples, means, lowest, highest, n_bad, first_bad)
