"""Speed change: the same machine a little faster or slower; samples and `speed_hz` change together."""

import math

import torch
from pydantic import Field
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.augment.augmentation import Augmentation, AugmentationConfig, drawn
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.engine.fourier import power_of_two

STEPS = 1 << 20
"""Factors are whole multiples of 2^-20, so that phases can be reckoned exactly, in integers."""


class SpeedChangeConfig(AugmentationConfig):
    """How much faster or slower."""

    most_percent: float = Field(10.0, gt=0, le=50, description="faster or slower by no more than this")


def _chirp(factor: Tensor, n_samples: int) -> Tensor:
    """e^(i pi c j^2 / n) for j = 0, 1, ..., n - 1 and every factor c: complex, shape (batch, time)."""
    steps = (factor * STEPS).round().long()[:, None]
    period = 2 * STEPS * n_samples
    # In float32 c j^2 / n loses the very digits that a phase is made of.
    turns = (steps * torch.arange(n_samples, device=factor.device).square() % period) / period
    return torch.polar(torch.ones_like(turns), 2.0 * math.pi * turns)


def speed_change(samples: Tensor, factor: Tensor) -> Tensor:
    """Windows resampled, so that a tone at f is heard at f times a factor while the rate stays.

    The window's own Fourier series is read at other times: the interpolation is exact for what is band-limited, and
    lines that would pass Nyquist are left out. Past its end, a faster window goes on with its start, as `time_shift`
    does; a slower one leaves its end out.

    All k t of the series e^(2 pi i k c t / n) at once, each window with its own c, by 2 k t = k^2 + t^2 - (t - k)^2:
    two chirps and a convolution.

    Args:
        samples: any unit, shape (batch, channel, time); what lies at Nyquist itself is left out.
        factor: above 1 is faster, shape (batch,); rounded to multiples of 2^-20.

    Returns:
        Same shape.

    Source: Bluestein (1970), A linear filtering approach to the computation of discrete Fourier transform; Rabiner,
        Schafer and Rader (1969), The chirp z-transform algorithm.

    Example:
        >>> tone = torch.sin(2 * torch.pi * 10 * torch.arange(400) / 400)[None, None]
        >>> int(torch.fft.rfft(speed_change(tone, torch.tensor([1.2]))).abs().argmax())
        12
    """
    n_samples = samples.shape[-1]
    n_lines = (n_samples + 1) // 2
    length = power_of_two(n_samples + n_lines - 1)
    line = torch.arange(n_lines, device=samples.device)
    # A line and its mirror image at once; 0 Hz is its own.
    weight = torch.where(line > 0, 2.0, 1.0) / n_samples
    heard = line * factor[:, None].clamp(min=1.0) < n_samples / 2
    chirp = _chirp(factor, n_samples)
    lines = torch.fft.rfft(samples)[..., :n_lines] * (weight * heard * chirp[:, :n_lines])[:, None]
    back = chirp.conj()
    kernel = torch.zeros(len(back), length, dtype=back.dtype, device=back.device)
    kernel[:, :n_samples] = back
    kernel[:, length - n_lines + 1 :] = back[:, 1:n_lines].flip(-1)
    spread = torch.fft.ifft(torch.fft.fft(lines, length) * torch.fft.fft(kernel)[:, None])[..., :n_samples]
    moved: Tensor = (spread * chirp[:, None]).real
    return moved


class SpeedChange(Augmentation[SpeedChangeConfig]):
    """`speed_change` of every window by its own factor, in training; `speed_hz` goes with it, so no order moves.

    Resonances move as well, which those of a real machine do not: it is a faster machine with a lighter structure.

    Raises:
        StageError: for samples at equal shaft angles, in which no speed moves anything.
    """

    Config = SpeedChangeConfig

    def __init__(self, config: SpeedChangeConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if setting.samples_per_turn is not None:
            raise StageError("speed_change: takes samples at equal times, not at equal angles; put it before order")

    @property
    def slows(self) -> float:
        """As much as the config says: a window that slow holds so many turns fewer."""
        return self.config.most_percent / 100.0

    def changed(self, batch: Batch) -> Batch:
        """Faster or slower windows and their speeds; an unknown speed stays unknown."""
        factor = drawn((1.0 - self.slows, 1.0 + self.slows), (len(batch.values),), batch.values.device)
        factor = (factor * STEPS).round() / STEPS
        return batch._replace(values=speed_change(batch.values, factor), speed_hz=batch.speed_hz * factor)
