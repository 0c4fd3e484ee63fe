"""Pooling: strided energies to time cells, as a few small products instead of one of mostly zeros."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.engine.bands import Band
from pipeline.preprocessing.engine.cell_weights import Stretch, cell_weights

Array = npt.NDArray[np.float64]


class Pooling(NamedTuple):
    """How strided samples become cells.

    Attributes:
        start: first sample used.
        step: samples from one block of neighbouring cells to the next.
        weights: shape (block, cell of the block, sample).
    """

    start: int
    step: int
    weights: Array

    @property
    def end(self) -> int:
        """One past the last sample used."""
        blocks, _, taps = self.weights.shape
        return int(self.start + (blocks - 1) * self.step + taps)


def _in_blocks(stretches: list[Stretch], size: int) -> Pooling:
    blocks = [stretches[begin : begin + size] for begin in range(0, len(stretches), size)]
    firsts = [min(stretch.first for stretch in block) for block in blocks]
    start = firsts[0]
    step = min(((first - start) // number for number, first in enumerate(firsts) if number), default=1)
    ends = [max(stretch.end for stretch in block) for block in blocks]
    taps = max(end - start - number * step for number, end in enumerate(ends))
    weights = np.zeros((len(blocks), size, taps))
    for number, block in enumerate(blocks):
        for cell, stretch in enumerate(block):
            shift = start + number * step
            weights[number, cell, stretch.first - shift : stretch.end - shift] = stretch.weights
    return Pooling(start, step, weights)


def pooling(band: Band, n_samples: int, columns: int) -> Pooling:
    """Weights that turn the strided energies of a band into means over `columns` equal cells of the window.

    Example:
        >>> from pipeline.preprocessing.engine.bands import Padding
        >>> band = Band(0, 1, Padding(10, 128), low=0, high=40, length=64)
        >>> pooling(band, n_samples=100, columns=4).weights.sum(axis=-1).round(3)
        array([[1., 1., 1., 1.]])
    """
    per_sample = band.length / band.padding.length
    # A sample stands for half a sample to either side of it, so that a window read backwards is its mirror image.
    edges = (band.padding.lead - 0.5 + np.arange(columns + 1) * n_samples / columns) * per_sample
    stretches = cell_weights(edges, band.length)
    # In larger blocks most weights are zero; smaller ones make more and slower products.
    small = _in_blocks(stretches, min(8, columns))
    # Where cells are narrower than strided samples, two blocks may begin at the same one, and have no step.
    return small if small.step and small.end <= band.length else _in_blocks(stretches, columns)
