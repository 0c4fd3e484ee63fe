"""Bands: which rows of a filter bank are transformed together, and how densely they must be sampled."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.engine.mothers import Mother

Array = npt.NDArray[np.float64]

_OVERHEAD = 6_000
"""What starting another band costs, in samples transformed."""

_LARGEST = 1 << 16
"""Samples of a band per window: a batch of 64 stays below 32 MiB, which allocators hand out again without faults."""

_SHORT = 1.0625
"""A window padded to so many times its length still counts as hardly padded."""

_SMOOTH = sorted(odd << power for odd in (1, 3, 5, 9, 15, 25, 27, 45, 75, 81, 125, 135) for power in range(4, 26))


def fast_length(at_least: float) -> int:
    """The next length that every transform library does fast: 16 times small factors.

    Example:
        >>> fast_length(1000), fast_length(12001)
        (1024, 12288)
    """
    return next(length for length in _SMOOTH if length >= at_least)


class Padding(NamedTuple):
    """A window with `lead` zeros before it, and zeros after it up to `length`: room for wavelets that reach out."""

    lead: int
    length: int


class Band(NamedTuple):
    """Neighbouring rows that are transformed together.

    Attributes:
        first, last: its rows, `last` not included.
        padding: which padded window's spectrum it reads.
        low, high: its part of that spectrum, `high` not included; negative frequencies have negative numbers.
        length: of the inverse transform: strided samples of each row.
    """

    first: int
    last: int
    padding: Padding
    low: int
    high: int
    length: int


def _paddings(frequencies: Array, mother: Mother, n_samples: int) -> list[Padding]:
    """One padding per row: a short one shared by all rows it is enough for, and the longest for the others."""
    reach = np.minimum(mother.reach / frequencies, 2 * n_samples)
    # Cells at the ends of the window are weighed from strided samples a little outside it, too.
    lead = np.ceil(3 * 0.5 / (mother.spread * frequencies))
    wanted = lead + n_samples + np.ceil(reach)
    short = wanted <= _SHORT * n_samples
    paddings = [Padding(0, 0)] * len(frequencies)
    for rows in (np.flatnonzero(short), np.flatnonzero(~short)):
        for row in rows:
            paddings[row] = Padding(int(lead[rows].max()), fast_length(wanted[rows].max()))
    return paddings


def _part(lowest: float, highest: float, mother: Mother, length: int) -> tuple[int, int]:
    """The numbers of the frequencies that rows from `lowest` to `highest` answer to."""
    low = math.floor(length * mother.lowest * (lowest if mother.lowest > 0 else highest))
    return low, math.ceil(length * mother.highest * highest) + 1


def _strided_length(frequency: float, mother: Mother, padding: Padding, cell: float) -> int:
    """Samples that a row needs so that its energy is known everywhere; `cell` is the length of a cell in samples."""
    wanted = 2 * mother.spread * frequency * padding.length
    per_cell = cell * wanted / padding.length
    return fast_length(wanted if per_cell >= 4 else 1.4 * wanted)


def plan(frequencies: Array, mother: Mother, n_samples: int, columns: int) -> list[Band]:
    """Part the rows into bands so that the whole costs least.

    Args:
        frequencies: of the rows, falling, in cycles per sample.
        mother: the wavelet.
        n_samples: length of a window.
        columns: time cells of a row.

    Example:
        >>> from pipeline.preprocessing.engine.mothers import mother
        >>> bands = plan(np.geomspace(0.4, 0.1, 5), mother("morlet"), n_samples=1000, columns=50)
        >>> [(band.first, band.last, band.length) for band in bands]
        [(0, 4, 1152), (4, 5, 288)]
    """
    paddings = _paddings(frequencies, mother, n_samples)
    lengths = [
        _strided_length(frequency, mother, padding, n_samples / columns)
        for frequency, padding in zip(frequencies, paddings, strict=True)
    ]
    cheapest: list[tuple[float, list[Band]]] = [(0.0, [])]
    for last in range(1, len(frequencies) + 1):
        options = []
        for first in range(last - 1, -1, -1):
            low, high = _part(frequencies[last - 1], frequencies[first], mother, paddings[first].length)
            band = Band(first, last, paddings[first], low, high, max(lengths[first:last]))
            size = (last - first) * band.length
            together = band.padding == paddings[last - 1] and high - low <= band.length and size <= _LARGEST
            if last - first > 1 and not together:
                break
            cost, bands = cheapest[first]
            options.append((cost + size + _OVERHEAD, [*bands, band]))
        cheapest.append(min(options, key=lambda option: option[0]))
    return cheapest[-1][1]
