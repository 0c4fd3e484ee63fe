"""Cell weights: the mean of a smooth curve over each cell of a grid, from samples that need not meet the cells.

A curve whose spectrum has all but ended at half the sampling rate is known between its samples too. The weights are
those of the best linear estimate for a curve of Gaussian spectrum (kriging), from the samples in and next to the cell
only: a bright cell then casts no shadow on dark ones further off.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtr

Array = npt.NDArray[np.float64]

WIDTH = 2.4
"""Deviation, in samples, of the curve's covariance: its spectrum falls to 1e-6 of its peak at half the rate."""

_RIDGE = 1e-10
_LONGEST = 96
"""Cells longer than this many samples are worked out at this length: their middle is flat."""


class Stretch(NamedTuple):
    """Weights of the samples `first`, `first + 1` and so on."""

    first: int
    weights: Array

    @property
    def end(self) -> int:
        """One past the last sample."""
        return self.first + len(self.weights)


def cell_weights(edges: Array, n_samples: int) -> list[Stretch]:
    """Weights that turn samples of a smooth curve into its mean over each cell.

    Args:
        edges: where cells begin and end, rising, in samples from the first sample; shape (cell + 1,).
        n_samples: how many samples there are; all cells must lie among them.

    Returns:
        For each cell the samples it takes and their weights.

    Example:
        >>> first, second = cell_weights(np.array([4.5, 8.5, 12.5]), n_samples=16)
        >>> (np.arange(16.0)[second.first : second.end] @ second.weights).round(2)
        np.float64(10.5)
    """
    return [_one_cell(begin, end, n_samples) for begin, end in pairwise(edges)]


def _one_cell(begin: float, end: float, n_samples: int) -> Stretch:
    cell = end - begin
    left_out = max(0, int(cell) - _LONGEST)
    # Cells shorter than the space between samples are interpolated, which takes more of them.
    beside = 2 if cell >= 4 else 8
    first = max(0, int(np.ceil(begin - beside)))
    last = min(n_samples - left_out, int(np.floor(end - left_out + beside)) + 1)
    piece = _integral(np.arange(first, last, dtype=np.float64), begin, end - left_out) / cell
    middle = len(piece) // 2
    return Stretch(first, np.concatenate([piece[:middle], np.full(left_out, 1.0 / cell), piece[middle:]]))


def _integral(positions: Array, begin: float, end: float) -> Array:
    within = ndtr((end - positions) / WIDTH) - ndtr((begin - positions) / WIDTH)
    solved: Array = cho_solve(_covariance(len(positions)), np.sqrt(2 * np.pi) * WIDTH * within)
    return solved


@lru_cache(maxsize=128)
def _covariance(count: int) -> tuple[Array, bool]:
    apart = np.arange(count)[:, None] - np.arange(count)
    factor: tuple[Array, bool] = cho_factor(np.exp(-0.5 * (apart / WIDTH) ** 2) + _RIDGE * np.eye(count))
    return factor
