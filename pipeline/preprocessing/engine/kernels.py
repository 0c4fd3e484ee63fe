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
Complex = npt.NDArray[np.complex128]

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
    if _surely_long(band, responses):
        return None
    ratio = Fraction(band.padding.length, band.length)
    finer = ratio.denominator
    times = math.ceil(_STEP / ratio.numerator)
    step, phases = times * ratio.numerator, times * finer
    heights, near = _wavelets(band, responses, finer, (_LONGEST // 2 + 2 * step) * finer)
    reach = _reach(heights, heights.max(), finer)
    if 2 * reach > _LONGEST:
        return None
    size = -(-(2 * reach + 1 + step) // step) * step
    apart = np.arange(phases) * ratio.numerator - (np.arange(size)[:, None] - reach) * finer
    taken = near[:, apart + near.shape[1] // 2].transpose(1, 2, 0).reshape(size, -1)
    table = np.concatenate([taken.real, taken.imag], axis=1).astype(np.float32)
    before = start // phases
    count = -(-end // phases) - before
    return Kernels(before * step - reach, step, count, phases, start - before * phases, table)


def _reach(heights: Array, peak: float, finer: int) -> int:
    """Samples from the middle of wavelets to where they end; they are about 0, at steps of 1 / finer of a sample."""
    far = np.flatnonzero(heights > _TRACE * peak)
    farthest: int = np.minimum(far, len(heights) - far).max(initial=0)
    return math.ceil(farthest / finer)


def _surely_long(band: Band, responses: Array) -> bool:
    """Whether one row tells that wavelets are too long: the one of the narrowest response, at whole samples only.

    Most bands' are, and a band's wavelets at all their phases take much room.
    """
    gains = np.abs(responses)
    narrowest = responses[(gains.sum(axis=1) / gains.max(axis=1)).argmin()]
    length = band.padding.length
    spectrum = np.zeros(length)
    np.add.at(spectrum, np.arange(band.low, band.high) % length, narrowest)
    # No wavelet of the band is higher than if all its frequencies met.
    peak = gains.sum(axis=1).max() / length
    shape: Complex = np.fft.ifft(spectrum)
    return 2 * _reach(np.abs(shape), peak, 1) > _LONGEST


def _wavelets(band: Band, responses: Array, finer: int, near: int) -> tuple[Array, Complex]:
    """Every wavelet at steps of 1 / finer of a sample, about 0, one after the other, as they are long.

    Returns:
        The height of the highest one at every step, and of all of them the `near` steps before 0 and those from 0 on,
        shape (row, 2 near).
    """
    length = band.padding.length * finer
    places, kept = np.arange(band.low, band.high) % length, np.arange(-near, near) % length
    heights, shapes = np.zeros(length), np.empty((len(responses), 2 * near), dtype=np.complex128)
    for row, response in enumerate(responses):
        wide = np.zeros(length, dtype=np.complex128)
        wide[places] = response
        shape = np.fft.ifft(wide) * finer
        np.maximum(heights, np.abs(shape), out=heights)
        shapes[row] = shape[kept]
    return heights, shapes


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
