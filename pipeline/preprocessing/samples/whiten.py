"""Whiten: every frequency equally strong, so that resonances and the shaft's own lines hide no impacts."""

import torch
from pydantic import Field
from torch import Tensor, nn

from pipeline.preprocessing.base import Batch, Stage, StageConfig
from pipeline.preprocessing.engine.fourier import irfft, power_of_two, rfft
from pipeline.preprocessing.engine.magnitude import energy

NOTHING = 2.0**-21
"""Of the root mean square of a spectrum: below it is what rounding in float32 leaves, and that is not raised."""

_TRACE = 2.0**-40
"""A magnitude that no instrument sees: silence stays silent."""


class WhitenConfig(StageConfig):
    """How thoroughly."""

    exponent: float = Field(1.0, ge=0, le=1, description="1 makes the spectrum flat, 0 leaves it as it is")


def whiten(samples: Tensor, exponent: float = 1.0) -> Tensor:
    """Divide the spectrum by its own magnitude (cepstral prewhitening), or by a power of it.

    What repeats evenly (a shaft's harmonics) and what rings (a resonance) loses its strength over the rest; impacts,
    whose phases fall together, stand out. 0 Hz and Nyquist, whose phase is only a sign, are removed.

    Args:
        samples: any unit, shape (..., time); zeros follow up to a power of two.
        exponent: of the magnitude.

    Returns:
        Same shape: X / |X|^exponent, |X| in the unit of `samples`, so that white noise keeps its level with exponent 0
        and has a root mean square of about 1 with exponent 1. A frequency with nothing in it stays at nothing.

    Source: Borghesani, Pennacchi, Randall, Sawalhi and Ricci (2013), Application of cepstrum pre-whitening for the
        diagnosis of bearing faults under variable speed conditions, MSSP 36, 370-384.

    Example:
        >>> samples = torch.tensor([0.0, 4.0, 0.0, -2.0, 0.0, 1.0, 0.0, 0.0])
        >>> torch.fft.rfft(whiten(samples)).abs().square().round(decimals=3) / 8
        tensor([0., 1., 1., 1., 0.])
    """
    n_samples = samples.shape[-1]
    length = power_of_two(n_samples)
    spectrum = rfft(samples - samples.mean(dim=-1, keepdim=True), length)
    return irfft(whitened(spectrum, exponent), length)[..., :n_samples]


def whitened(spectrum: Tensor, exponent: float = 1.0, floor: Tensor | None = None) -> Tensor:
    """The spectrum of what `whiten` gives.

    Args:
        spectrum: of samples without their mean, real and imaginary parts, shape (..., length // 2 + 1, 2), length even.
        exponent: of the magnitude.
        floor: squared magnitudes below it are raised as much as it is, and no more, shape (..., 1).

    Returns:
        Same shape; |.| of every frequency is the root of the length, with exponent 1.

    Example:
        >>> whitened(torch.tensor([[9.0, 0.0], [3.0, 4.0], [9.0, 0.0]]))
        tensor([[0.0000, 0.0000],
                [1.2000, 1.6000],
                [0.0000, 0.0000]])
    """
    length = 2 * (spectrum.shape[-2] - 1)
    squared = energy(spectrum) / length
    least = squared.mean(dim=-1, keepdim=True) * NOTHING**2 + _TRACE**2
    if floor is not None:
        least = torch.maximum(least, floor / length)
    gain = torch.maximum(squared, least) ** (-exponent / 2)
    return nn.functional.pad((spectrum * gain[..., None])[..., 1:-1, :], (0, 0, 1, 1))


class Whiten(Stage[WhitenConfig]):
    """`whiten` of every channel."""

    Config = WhitenConfig

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time)."""
        return whiten(batch.values, self.config.exponent)
