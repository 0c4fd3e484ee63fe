"""Envelope bank: squared-envelope spectra of several carrier bands from one spectrum of the samples.

A band's part of the spectrum, moved down to 0 Hz, is the spectrum of its analytic signal but for a carrier that no
magnitude shows; its inverse transform needs to be no longer than the band is wide.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.preprocessing.engine.fourier import ifft, power_of_two, rfft
from pipeline.preprocessing.engine.magnitude import energy, root

_QUIETEST = 1e-20
"""Of a mean squared envelope; below it there is nothing to divide by."""

FADING = 0.2
"""A band of which less than this share is audible fades, as what swings there is rounding more than sound."""


class Carriers(NamedTuple):
    """Bands of one width, and how far their envelope spectra are read.

    Attributes:
        lows: lowest frequency of each band, in cycles per sample.
        width: of every band, in cycles per sample.
        highest: end of the envelope spectrum, in cycles per sample, at most `width`.
    """

    lows: tuple[float, ...]
    width: float
    highest: float


class EnvelopeBank(nn.Module):
    """Spectrum in, squared-envelope spectra out, one per band.

    Args:
        carriers: the bands.
        n_samples: length of a window.
        length: of the transform whose spectrum comes in, at least `n_samples`.

    Attributes:
        n_places: of an envelope spectrum; place k is k / `length` cycles per sample.
        noise_level: of what comes out where noise fills a band, near 0 Hz.

    Example:
        >>> time = torch.arange(4096.0)
        >>> knocking = (1 + torch.cos(2 * torch.pi * time / 64)) * torch.cos(2 * torch.pi * time / 8)
        >>> bank = EnvelopeBank(Carriers((0.0625, 0.25), width=0.125, highest=0.05), 4096, 4096)
        >>> bank(rfft(knocking, 4096)[None]).argmax(dim=-1)
        tensor([[64, ...]])
    """

    window: Tensor
    shape: Tensor

    def __init__(self, carriers: Carriers, n_samples: int, length: int) -> None:
        super().__init__()
        self.n_bins = round(carriers.width * length)
        self.firsts = [round(low * length) for low in carriers.lows]
        # |z|^2 is twice as wide as z; what wraps around must not reach what is read.
        self.strided = min(length, power_of_two(self.n_bins + round(carriers.highest * length)))
        self.n_places = round(carriers.highest * length)
        inside = int(n_samples * self.strided / length)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(inside) + 0.5) / inside)
        self._keep("window", window)
        self.noise_level = math.sqrt((window**2).sum() * self.strided / self.n_bins)
        # The root of a sine over the band: its skirts sum to an even whole with the next band's, half a width further.
        self._keep("shape", np.sqrt(np.sin(np.pi * (np.arange(self.n_bins) + 0.5) / self.n_bins)))

    def _keep(self, name: str, constant: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
        self.register_buffer(name, torch.from_numpy(constant).float(), persistent=False)

    def _bands_of(self, values: Tensor) -> Tensor:
        return torch.stack([values[:, first : first + self.n_bins] for first in self.firsts], dim=1)

    def forward(self, spectrum: Tensor, audible: Tensor | None = None) -> Tensor:
        """How strongly each band's squared envelope swings, relative to its mean, at every frequency.

        Args:
            spectrum: shape (batch, frequency, 2).
            audible: how much of each frequency is more than nothing, 0 to 1, shape (batch, frequency); all if absent.

        Returns:
            Shape (batch, band, place); a gain on the samples changes nothing, silence gives zeros.
        """
        parts = self._bands_of(spectrum)
        shaped = nn.functional.pad(parts * self.shape[:, None], (0, 0, 0, self.strided - self.n_bins))
        squared = energy(ifft(shaped))[..., : len(self.window)]
        mean = squared.mean(dim=-1, keepdim=True)
        swing = (squared / mean.clamp(min=_QUIETEST) - (mean > _QUIETEST).to(squared.dtype)) * self.window
        if audible is not None:
            share = (self._bands_of(audible) * self.shape.square()).sum(
                dim=-1, keepdim=True
            ) / self.shape.square().sum()
            swing = swing * (share / FADING).clamp(max=1.0)
        return root(energy(rfft(swing, self.strided)[..., : self.n_places, :]))
