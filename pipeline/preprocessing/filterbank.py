"""Filter bank: every row of a scalogram as energies of time cells, strided and decimated band by band.

The zero-padded window is transformed once. A row's wavelet answers to a part of that spectrum only, so the inverse
transform of that part, much shorter than the window, gives exact samples of the row's outcome W, just as far apart as
the spectrum of |W|^2 allows. Their weighted mean is the energy of a time cell. No scalogram at the full rate is made.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pipeline.preprocessing.cell_weights import Stretch, cell_weights
from pipeline.preprocessing.magnitude import energy
from pipeline.preprocessing.mothers import Mother

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
        >>> from pipeline.preprocessing.mothers import mother
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


def _unfolded(numbers: npt.NDArray[np.int64], length: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Where a real signal's spectrum is found at frequencies below zero and above Nyquist, and the sign of its parts.

    A sampled signal's spectrum repeats with the rate, and its lower half mirrors the upper.
    """
    within = numbers % length
    mirrored = within > length // 2
    sign = np.stack([np.ones(len(numbers)), np.where(mirrored, -1.0, 1.0)], axis=-1)
    return np.where(mirrored, length - within, within), sign


class Pooling(NamedTuple):
    """How strided samples become cells.

    Attributes:
        start: first sample used.
        step: samples from one block of neighbouring cells to the next.
        weights: shape (block, sample, cell of the block).
    """

    start: int
    step: int
    weights: Array

    @property
    def end(self) -> int:
        """One past the last sample used."""
        blocks, taps = self.weights.shape[:2]
        return int(self.start + (blocks - 1) * self.step + taps)


def _in_blocks(stretches: list[Stretch], size: int) -> Pooling:
    blocks = [stretches[begin : begin + size] for begin in range(0, len(stretches), size)]
    firsts = [min(stretch.first for stretch in block) for block in blocks]
    start = firsts[0]
    step = min(((first - start) // number for number, first in enumerate(firsts) if number), default=1)
    ends = [max(stretch.end for stretch in block) for block in blocks]
    taps = max(end - start - number * step for number, end in enumerate(ends))
    weights = np.zeros((len(blocks), taps, size))
    for number, block in enumerate(blocks):
        for cell, stretch in enumerate(block):
            shift = start + number * step
            weights[number, stretch.first - shift : stretch.end - shift, cell] = stretch.weights
    return Pooling(start, step, weights)


def _pooling(band: Band, n_samples: int, columns: int) -> Pooling:
    per_sample = band.length / band.padding.length
    # A sample stands for half a sample to either side of it, so that a window read backwards is its mirror image.
    edges = (band.padding.lead - 0.5 + np.arange(columns + 1) * n_samples / columns) * per_sample
    stretches = cell_weights(edges, band.length)
    # Short rows are weighed in one product; in long ones most weights would be zero.
    pooling = _in_blocks(stretches, 16 if band.length >= 1024 else columns)
    return pooling if pooling.end <= band.length else _in_blocks(stretches, columns)


class FilterBank(nn.Module):
    """Samples in, energies of time cells out, one row per frequency.

    Args:
        frequencies: of the rows, falling, in cycles per sample, at most 0.5.
        mother: the wavelet, scaled to each row's frequency.
        n_samples: length of a window.
        columns: time cells, all of one length, which need not be a whole number of samples.
        gains: one factor per row on W; 1 if absent: a unit sine then reads 1 in its row.

    Example:
        >>> from pipeline.preprocessing.mothers import mother
        >>> bank = FilterBank(np.array([0.25, 0.1]), mother("morlet"), n_samples=400, columns=4)
        >>> bank(torch.cos(2 * torch.pi * 0.1 * torch.arange(400.0)))[:, 1].round(decimals=4)
        tensor([0., 1.])
    """

    def __init__(
        self, frequencies: Array, mother: Mother, n_samples: int, columns: int, gains: Array | None = None
    ) -> None:
        super().__init__()
        self.n_samples, self.columns, self.n_rows = n_samples, columns, len(frequencies)
        gains = np.ones(self.n_rows) if gains is None else gains
        self.bands = plan(frequencies, mother, n_samples, columns)
        self.paddings = list(dict.fromkeys(band.padding for band in self.bands))
        self.lowest = {}
        for number, padding in enumerate(self.paddings):
            numbers = [edge for band in self.bands if band.padding == padding for edge in (band.low, band.high)]
            self.lowest[padding] = min(numbers)
            taken, sign = _unfolded(np.arange(min(numbers), max(numbers)), padding.length)
            self.register_buffer(f"taken_{number}", torch.from_numpy(taken), persistent=False)
            self._keep(f"sign_{number}", sign)
        self.poolings = [_pooling(band, n_samples, columns) for band in self.bands]
        for number, (band, pooling) in enumerate(zip(self.bands, self.poolings, strict=True)):
            rows = slice(band.first, band.last)
            relative = np.arange(band.low, band.high) / band.padding.length / frequencies[rows, None]
            response = gains[rows, None] * mother.response(relative) * (band.length / band.padding.length)
            # Once for the real and once for the imaginary part: one plain product of real numbers.
            self._keep(f"response_{number}", np.stack([response, response], axis=-1))
            self._keep(f"weights_{number}", pooling.weights)

    def _keep(self, name: str, constant: Array) -> None:
        self.register_buffer(name, torch.from_numpy(constant).float(), persistent=False)

    def _spectrum(self, samples: Tensor, padding: Padding) -> Tensor:
        """The padded window's spectrum at all frequencies its bands read, (signal, 1, frequency, 2)."""
        after = padding.length - padding.lead - self.n_samples
        spectrum = torch.fft.rfft(nn.functional.pad(samples, (padding.lead, after)))
        number = self.paddings.index(padding)
        pairs = torch.view_as_real(spectrum)[:, None, self.get_buffer(f"taken_{number}")]
        return pairs * self.get_buffer(f"sign_{number}")

    def _strided(self, samples: Tensor) -> list[Tensor]:
        """W of each band but for its carrier, shape (signal, row, strided sample), complex."""
        spectra = {padding: self._spectrum(samples, padding) for padding in self.paddings}
        strided = []
        for number, band in enumerate(self.bands):
            begin, missing = self.lowest[band.padding], band.length - (band.high - band.low)
            part = spectra[band.padding][..., band.low - begin : band.high - begin, :]
            answer = nn.functional.pad(part * self.get_buffer(f"response_{number}"), (0, 0, 0, missing))
            strided.append(torch.fft.ifft(torch.view_as_complex(answer)))
        return strided

    def _cells(self, energies: Tensor, number: int) -> Tensor:
        pooling, weights = self.poolings[number], self.get_buffer(f"weights_{number}")
        blocks, taps, size = weights.shape
        used = energies[..., pooling.start : pooling.end].flatten(0, 1)
        stretches = used.unfold(-1, taps, pooling.step).transpose(0, 1)
        cells = torch.bmm(stretches, weights).transpose(0, 1)
        return cells.reshape(*energies.shape[:2], blocks * size)[..., : self.columns]

    def forward(self, samples: Tensor) -> Tensor:
        """Mean of |W|^2 over each time cell.

        Args:
            samples: shape (..., time).

        Returns:
            Energies, shape (..., row, column), in the unit of `samples` squared; rounding may leave some a trace
            below zero.
        """
        signals = samples.reshape(-1, self.n_samples)
        cells = [self._cells(energy(outcome), number) for number, outcome in enumerate(self._strided(signals))]
        return torch.cat(cells, dim=1).reshape(*samples.shape[:-1], self.n_rows, self.columns)

    def coefficients(self, samples: Tensor) -> list[tuple[Band, Tensor, Tensor]]:
        """W itself where it is sampled: to look at, and to check.

        Args:
            samples: shape (time,).

        Returns:
            For each band: the band, the times in samples from the start of the window, and W, complex, shape
            (row, strided sample).
        """
        outcomes = []
        for band, strided in zip(self.bands, self._strided(samples[None]), strict=True):
            number = torch.arange(band.length, dtype=torch.float64)
            carrier = torch.polar(torch.ones_like(number), 2 * torch.pi * band.low * number / band.length)
            times = number * (band.padding.length / band.length) - band.padding.lead
            outcomes.append((band, times, strided[0] * carrier.to(strided.dtype)))
        return outcomes
