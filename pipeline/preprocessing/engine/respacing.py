"""Respacing: values of the band-limited curve through samples, evenly spaced, each window at a spacing of its own.

A window's spectrum, cut off where the new spacing would fold it, gives the curve twice as fine by an inverse transform;
a value between those is a weighted sum of the few around it, by weights that the spectrum was divided by before.
Source: Barnett, Magland and af Klinteberg (2019), A parallel nonuniform fast Fourier transform library based on an
"exponential of semicircle" kernel, SIAM J. Sci. Comput. 41(5), C479-C504 (their type 2).
"""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pipeline.preprocessing.engine.fourier import irfft, power_of_two, rfft

TAPS = 6
"""Values a sum takes: five digits."""

SHARPNESS = 2.3 * TAPS
"""Of the weights. Source: the same paper, section 3."""

EDGE = 64
"""Samples by which a window is continued at either end, so that its ends cast no ripples inwards."""

FLAT, END = 0.8, 1.0
"""Shares of the new Nyquist frequency: flat up to the first, nothing left at the second."""

_PARTS = 1 << 10
"""A spacing is split into whole parts of a sample, counted in integers, and a rest."""


def _weight(distance: Tensor) -> Tensor:
    """Exponential of a semicircle over `TAPS` values."""
    height = (1 - (distance * (2 / TAPS)).square()).clamp(min=0.0)
    return torch.exp(SHARPNESS * (height.sqrt() - 1))


def _division(length: int) -> npt.NDArray[np.float64]:
    """What the weights do to each frequency of the spectrum of a window of `length`, read twice as fine."""
    nodes, node_weights = np.polynomial.legendre.leggauss(64)
    distance = nodes * TAPS / 2
    weight = np.exp(SHARPNESS * (np.sqrt(1 - nodes**2) - 1)) * node_weights * TAPS / 2
    frequency = np.arange(length // 2 + 1) / (2 * length)
    return np.asarray(np.cos(2 * np.pi * frequency[:, None] * distance) @ weight)


def places(spacing: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
    """Where values lie that are `spacing` samples apart: whole samples from the first one, and the part beyond.

    A product in float32 would lose the part: of the 24 bits of 12000.37, ten are left for what is after the point.

    Args:
        spacing: (batch,).
        number: 0, 1, 2, ..., int64, (place,).

    Returns:
        int64 and float32 in 0 to 1, both (batch, place).

    Example:
        >>> whole, part = places(torch.tensor([0.75]), torch.arange(3))
        >>> whole.tolist(), part.tolist()
        ([[0, 0, 1]], [[0.0, 0.75, 0.5]])
    """
    finer = spacing[:, None] * _PARTS
    coarse = finer.floor()
    product = number * coarse.long()
    rest = (product % _PARTS).to(spacing.dtype) / _PARTS + number * ((finer - coarse) / _PARTS)
    beyond = rest.floor()
    return product // _PARTS + beyond.long(), rest - beyond


class Respacing(nn.Module):
    """Windows at other spacings, one per window.

    Args:
        n_samples: length of a window.
        count: values wanted of each.

    Example:
        >>> wave = torch.cos(2 * torch.pi * 0.05 * torch.arange(200.0))[None, None]
        >>> thirds = Respacing(n_samples=200, count=5)(wave, torch.tensor([1 / 3]))
        >>> bool((thirds[0, 0] - torch.cos(2 * torch.pi * 0.05 * torch.arange(5) / 3)).abs().max() < 1e-2)
        True
    """

    fade: Tensor
    number: Tensor
    frequency: Tensor
    gain: Tensor

    def __init__(self, n_samples: int, count: int) -> None:
        super().__init__()
        self.n_samples = n_samples
        self.edge = min(EDGE, n_samples - 1)
        self.length = power_of_two(n_samples + 2 * self.edge)
        frequency = np.arange(self.length // 2 + 1) / self.length
        gain = 2 / _division(self.length)
        gain[-1] /= 2  # at Nyquist a spectrum twice as long holds a mirror image, too
        fade = 0.5 + 0.5 * np.cos(np.pi * (np.arange(self.edge) + 1) / (self.edge + 1))
        self.register_buffer("number", torch.arange(count), persistent=False)
        for name, constant in (("fade", fade), ("frequency", frequency), ("gain", gain)):
            self.register_buffer(name, torch.from_numpy(constant).float(), persistent=False)

    def _continued(self, samples: Tensor) -> Tensor:
        """Turned about either end point, so that value and slope go on, and faded out."""
        first, last = samples[..., :1], samples[..., -1:]
        before = 2 * first - samples[..., 1 : self.edge + 1]
        after = 2 * last - samples[..., self.n_samples - 1 - self.edge : -1].flip(-1)
        return torch.cat([(before * self.fade).flip(-1), samples, after * self.fade], dim=-1)

    def _finer(self, samples: Tensor, spacing: Tensor) -> Tensor:
        """The curve at half samples, without what the spacing would fold: (batch, channel, 2 * length)."""
        of_nyquist = self.frequency * (2 * spacing[:, None])
        fallen = ((of_nyquist - FLAT) / (END - FLAT)).clamp(0.0, 1.0)
        gain = self.gain * (0.5 + 0.5 * torch.cos(math.pi * fallen))
        spectrum = rfft(self._continued(samples), self.length) * gain[:, None, :, None]
        return irfft(nn.functional.pad(spectrum, (0, 0, 0, self.length // 2)), 2 * self.length)

    def forward(self, samples: Tensor, spacing: Tensor) -> Tensor:
        """Values at 0, 1, 2, ... times the spacing.

        Args:
            samples: any unit, shape (batch, channel, time).
            spacing: in samples, above 0, (batch,).

        Returns:
            Shape (batch, channel, value); zeros past the window's end. What lies below 0.8 of the new Nyquist frequency
            is kept to 1e-4 and better, but for some samples at either end; nothing above Nyquist folds back.
        """
        finer = self._finer(samples, spacing)
        whole, part = places(2 * spacing, self.number)
        first = (whole + (2 * self.edge - TAPS // 2 + 1)).clamp(0, 2 * self.length - TAPS)
        total = torch.zeros_like(samples[..., :1])
        for tap in range(TAPS):
            near = (first + tap)[:, None].expand(-1, samples.shape[1], -1)
            total = total + finer.gather(-1, near) * _weight(part + (TAPS // 2 - 1 - tap))[:, None]
        return total * (whole < 2 * self.n_samples)[:, None]
