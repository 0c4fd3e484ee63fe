"""Filter bank: every row of a scalogram as energies of time cells, strided and decimated band by band.

The zero-padded window is transformed once. A row's wavelet answers to a part of that spectrum only, so the inverse
transform of that part, much shorter than the window, gives exact samples of the row's outcome W, just as far apart as
the spectrum of |W|^2 allows. Their weighted mean is the energy of a time cell. No scalogram at the full rate is made.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pipeline.preprocessing.engine.bands import Band, Padding, plan
from pipeline.preprocessing.engine.by_products import products_wanted
from pipeline.preprocessing.engine.fourier import ifft, rfft
from pipeline.preprocessing.engine.kernels import Kernels, kernels, stretches
from pipeline.preprocessing.engine.magnitude import energy
from pipeline.preprocessing.engine.mothers import Mother
from pipeline.preprocessing.engine.pooling import pooling

Array = npt.NDArray[np.float64]


def _unfolded(numbers: npt.NDArray[np.int64], length: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Where a real signal's spectrum is found at frequencies below zero and above Nyquist, and the sign of its parts.

    A sampled signal's spectrum repeats with the rate, and its lower half mirrors the upper.
    """
    within = numbers % length
    mirrored = within > length // 2
    sign = np.stack([np.ones(len(numbers)), np.where(mirrored, -1.0, 1.0)], axis=-1)
    return np.where(mirrored, length - within, within), sign


class FilterBank(nn.Module):
    """Samples in, energies of time cells out, one row per frequency.

    Args:
        frequencies: of the rows, falling, in cycles per sample, at most 0.5.
        mother: the wavelet, scaled to each row's frequency.
        n_samples: length of a window.
        columns: time cells, all of one length, which need not be a whole number of samples.
        gains: one factor per row on W; 1 if absent: a unit sine then reads 1 in its row.

    Example:
        >>> from pipeline.preprocessing.engine.mothers import mother
        >>> bank = FilterBank(np.array([0.25, 0.1]), mother("morlet"), n_samples=400, columns=4)
        >>> bank(torch.cos(2 * torch.pi * 0.1 * torch.arange(400.0)))[:, 1].round(decimals=4)
        tensor([0., 1.])
    """

    def __init__(
        self, frequencies: Array, mother: Mother, n_samples: int, columns: int, gains: Array | None = None
    ) -> None:
        super().__init__()
        self.n_samples, self.columns, self.n_rows = n_samples, columns, len(frequencies)
        self.frequencies, self.mother = frequencies, mother
        self.gains = np.ones(self.n_rows) if gains is None else gains
        self.bands = plan(frequencies, mother, n_samples, columns)
        self.paddings = list(dict.fromkeys(band.padding for band in self.bands))
        self.lowest = {}
        for number, padding in enumerate(self.paddings):
            numbers = [edge for band in self.bands if band.padding == padding for edge in (band.low, band.high)]
            self.lowest[padding] = min(numbers)
            taken, sign = _unfolded(np.arange(min(numbers), max(numbers)), padding.length)
            self.register_buffer(f"taken_{number}", torch.from_numpy(taken), persistent=False)
            self._keep(f"sign_{number}", sign)
        self.poolings = [pooling(band, n_samples, columns) for band in self.bands]
        for number, (band, pooled) in enumerate(zip(self.bands, self.poolings, strict=True)):
            response = self._responses(band) * (band.length / band.padding.length)
            # Once for the real and once for the imaginary part: one plain product of real numbers.
            self._keep(f"response_{number}", np.stack([response, response], axis=-1))
            self._keep(f"weights_{number}", pooled.weights)

    def _responses(self, band: Band) -> Array:
        """What each row of a band answers to each frequency of its part."""
        rows = slice(band.first, band.last)
        relative = np.arange(band.low, band.high) / band.padding.length / self.frequencies[rows, None]
        return self.gains[rows, None] * self.mother.response(relative)

    def _keep(self, name: str, constant: Array) -> None:
        self.register_buffer(name, torch.from_numpy(constant).float(), persistent=False)

    def _spectrum(self, samples: Tensor, padding: Padding) -> Tensor:
        """The padded window's spectrum at all frequencies its bands read, (signal, 1, frequency, 2)."""
        after = padding.length - padding.lead - self.n_samples
        pairs = rfft(nn.functional.pad(samples, (padding.lead, after)), padding.length)
        number = self.paddings.index(padding)
        return pairs[:, None, self.get_buffer(f"taken_{number}")] * self.get_buffer(f"sign_{number}")

    def _strided(self, samples: Tensor) -> Iterator[Tensor]:
        """W of each band but for its carrier, shape (signal, row, strided sample, 2); one after the other."""
        spectra = {padding: self._spectrum(samples, padding) for padding in self.paddings}
        for number, band in enumerate(self.bands):
            # Kept until the next one is made: what allocators get back all at once, they give back to the system.
            answer = nn.functional.pad(self._answer(spectra, number), (0, 0, 0, band.length - (band.high - band.low)))
            yield ifft(answer)

    def _answer(self, spectra: dict[Padding, Tensor], number: int) -> Tensor:
        """Each row's answer to its part of the spectrum, (signal, row, frequency, 2)."""
        band = self.bands[number]
        begin = self.lowest[band.padding]
        part = spectra[band.padding][..., band.low - begin : band.high - begin, :]
        return part * self.get_buffer(f"response_{number}")

    def _cells(self, energies: Tensor, number: int) -> Tensor:
        pooled, weights = self.poolings[number], self.get_buffer(f"weights_{number}")
        blocks, size, taps = weights.shape
        used = energies[..., pooled.start : pooled.end].flatten(0, 1)
        stretches = used.unfold(-1, taps, pooled.step).permute(1, 2, 0)
        cells = torch.bmm(weights, stretches).permute(2, 0, 1)
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
        if products_wanted():
            cells = self._by_products(signals)
        else:
            cells = [self._cells(energy(outcome), number) for number, outcome in enumerate(self._strided(signals))]
        return torch.cat(cells, dim=1).reshape(*samples.shape[:-1], self.n_rows, self.columns)

    def _by_products(self, signals: Tensor) -> list[Tensor]:
        """The same cells by products of matrices: kernels where wavelets are short, transforms where they are long."""
        found = [
            kernels(band, self._responses(band), pooled.start, pooled.end)
            for band, pooled in zip(self.bands, self.poolings, strict=True)
        ]
        long = {band.padding for band, short in zip(self.bands, found, strict=True) if short is None}
        spectra = {padding: self._spectrum(signals, padding) for padding in long}
        return [
            self._cells(energy(ifft(self._answer(spectra, number), band.length)), number)
            if short is None
            else self._cells_by_kernels(signals, number, short)
            for number, (band, short) in enumerate(zip(self.bands, found, strict=True))
        ]

    def _cells_by_kernels(self, signals: Tensor, number: int, short: Kernels) -> Tensor:
        """Cells of one band, time before rows all the way, so that nothing large is turned over."""
        band, pooled, weights = self.bands[number], self.poolings[number], self.get_buffer(f"weights_{number}")
        first = short.first - band.padding.lead
        frames = stretches(signals, first, len(short.table), short.step, short.n_stretches)
        outcome = frames @ torch.from_numpy(short.table).to(signals)
        real, imaginary = outcome.chunk(2, dim=-1)
        energies = (real * real + imaginary * imaginary).reshape(
            signals.shape[0], short.n_stretches * short.phases, band.last - band.first
        )
        blocks, size, taps = weights.shape
        used = stretches(energies, short.skipped, taps, pooled.step, blocks)
        cells = (weights @ used).reshape(signals.shape[0], blocks * size, -1)
        return cells[:, : self.columns].transpose(1, 2)

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
            outcomes.append((band, times, torch.view_as_complex(strided[0]) * carrier.to(torch.complex64)))
        return outcomes
