"""Kernels: a band's wavelets as weights of neighbouring samples, for engines that multiply matrices best.

Where wavelets are short, summing samples under them takes less work than two transforms made of products. The strided
samples of a band come at a few phases between the window's own, so all rows at all phases are one matrix, and
stretches of the window are multiplied by it.
"""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from pipeline.preprocessing.engine.bands import Band

Array = npt.NDArray[np.float64]

_TRACE = 1e-7
"""Where a wavelet has fallen below this share of its peak, it has ended."""

_LONGEST = 256
"""Samples under a wavelet; above, transforms made of products are less work."""

_STEP = 16
"""A stretch begins at least so many samples after the last one, so that neighbours share little work."""


class Kernels(NamedTuple):
    """How a stretch of the padded window becomes strided samples of all rows.

    Attributes:
        first: where the first stretch begins, in samples of the padded window; it may lie before it.
        step: from one stretch to the next.
        n_stretches: how many.
        phases: strided samples that a stretch gives.
        skipped: of the first stretch, which come before the first one wanted.
        table: shape (sample, 2 x phase x row), real parts before imaginary ones; a whole number of steps long.
    """

    first: int
    step: int
    n_stretches: int
    phases: int
    skipped: int
    table: npt.NDArray[np.float32]


def kernels(band: Band, responses: Array, start: int, end: int) -> Kernels | None:
    """Kernels for the strided samples `start` to before `end` of a band.

    Args:
        band: rows and their part of the spectrum.
        responses: of its rows to that part, shape (row, frequency).
        start, end: samples wanted.

    Returns:
        None where wavelets are too long for this to be less work.
    """
    length = band.padding.length
    ratio = Fraction(length, band.length)
    finer = ratio.denominator
    wide = np.zeros((len(responses), length * finer), dtype=np.complex128)
    wide[:, np.arange(band.low, band.high) % (length * finer)] = responses
    # Every wavelet at steps of 1 / finer of a sample, about 0.
    shapes = np.fft.ifft(wide) * finer
    heights = np.abs(shapes).max(axis=0)
    far = np.flatnonzero(heights > _TRACE * heights.max())
    reach = math.ceil(np.minimum(far, length * finer - far).max() / finer)
    if 2 * reach > _LONGEST:
        return None
    times = math.ceil(_STEP / ratio.numerator)
    step, phases = times * ratio.numerator, times * finer
    size = -(-(2 * reach + 1 + step) // step) * step
    apart = np.arange(phases) * ratio.numerator - (np.arange(size)[:, None] - reach) * finer
    taken = shapes[:, apart % (length * finer)].transpose(1, 2, 0).reshape(size, -1)
    table = np.concatenate([taken.real, taken.imag], axis=1).astype(np.float32)
    before = start // phases
    count = -(-end // phases) - before
    return Kernels(before * step - reach, step, count, phases, start - before * phases, table)


def stretches(values: Tensor, first: int, size: int, step: int, count: int) -> Tensor:
    """Stretches of a signal that may overlap, zeros where there is none.

    Args:
        values: shape (signal, time, ...).
        first: where the first stretch begins; it may lie before the signal.
        size, step, count: length of a stretch, from one to the next, and how many.

    Returns:
        Shape (signal, count, size, ...).

    Example:
        >>> stretches(torch.arange(1, 6)[None], first=-1, size=3, step=2, count=2)
        tensor([[[0, 1, 2],
                 [2, 3, 4]]])
    """
    steps = -(-size // step)
    total = (count + steps - 1) * step
    kept = values[:, max(first, 0) : first + total]
    before = max(-first, 0)
    beside = (0, 0) * (values.dim() - 2)
    filled = pad(kept, (*beside, before, total - before - kept.shape[1]))
    rows = filled.reshape(values.shape[0], count + steps - 1, step, *values.shape[2:])
    return torch.cat([rows[:, number : number + count] for number in range(steps)], dim=2)[:, :, :size]
