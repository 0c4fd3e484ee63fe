"""Resonance: another structure between fault and sensor, as second-order resonances that a window passes through."""

from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.augment.augmentation import Augmentation, AugmentationConfig, Range, drawn
from pipeline.preprocessing.augment.level import swing
from pipeline.preprocessing.base import Batch, Setting

LOWEST, HIGHEST = 0.05, 0.45
"""Where resonances lie if the config does not say, as shares of the sampling rate."""


class ResonanceConfig(AugmentationConfig):
    """How many resonances, where, how sharp and how strong."""

    count: int = Field(2, ge=1, le=16, description="resonances that a window passes through")
    frequency_hz: Range | None = Field(None, description="0.05 to 0.45 of the sampling rate if absent")
    damping: Range = Field((0.01, 0.08), description="share of critical damping")
    gain_db: Range = Field((3.0, 15.0), description="at its top, over what is far from it; below 0 a resonance absorbs")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.damping[0] <= 0:
            raise ValueError(f"damping must be above 0, got {self.damping[0]:g}")
        if self.frequency_hz is not None and self.frequency_hz[0] <= 0:
            raise ValueError(f"frequency_hz must be above 0, got {self.frequency_hz[0]:g}")
        return self


def transfer(frequencies_hz: Tensor, frequency_hz: Tensor, damping: Tensor, gain_db: Tensor) -> Tensor:
    """What a chain of resonances lets through: 1 far from them, `gain_db` at the top of each.

    Each is 1 + (g - 1) m, with the mobility m = 2 i d r / (1 - r^2 + 2 i d r) of a mass on a damped spring,
    r = f / f0, whose top is exactly at f0 and 2 d f0 wide at half power.

    Args:
        frequencies_hz: shape (frequency,).
        frequency_hz, damping, gain_db: of each resonance, shape (batch, resonance).

    Returns:
        Complex, shape (batch, frequency).

    Source: Ewins (2000), Modal testing, 2nd ed., chapter 2: mobility of one degree of freedom, viscous damping.

    Example:
        >>> one = torch.ones(1, 1)
        >>> transfer(torch.tensor([0.0, 100.0, 1e6]), 100 * one, 0.05 * one, 20 * one).abs()
        tensor([[ 1., 10.,  1.]])
    """
    ratio = frequencies_hz / frequency_hz[..., None]
    damped = torch.complex(torch.zeros_like(ratio), 2.0 * damping[..., None] * ratio)
    mobility = damped / (1.0 - ratio.square() + damped)
    return (1.0 + (10.0 ** (gain_db[..., None] / 20.0) - 1.0) * mobility).prod(dim=1)


def resonance(samples: Tensor, rate_hz: float, frequency_hz: Tensor, damping: Tensor, gain_db: Tensor) -> Tensor:
    """Windows as another structure would have passed them on, with the power they had.

    The filter is on the spectrum, hence circular: what still rings at the end of a window goes on at its start.

    Args:
        samples: any unit, shape (batch, channel, time).
        rate_hz: sampling rate.
        frequency_hz, damping, gain_db: of each resonance, shape (batch, resonance).

    Returns:
        Same shape; each channel keeps its mean and its power about it.

    Source: as `transfer`.

    Example:
        >>> knock, one = torch.zeros(1, 1, 1000), torch.ones(1, 1)
        >>> knock[..., 0] = 1.0
        >>> ringing = resonance(knock, 1000.0, 100 * one, 0.02 * one, 40 * one)
        >>> int(torch.fft.rfft(ringing).abs().argmax())
        100
    """
    n_samples = samples.shape[-1]
    before, mean = swing(samples)
    frequencies_hz = torch.arange(n_samples // 2 + 1, device=samples.device) * (rate_hz / n_samples)
    through = transfer(frequencies_hz, frequency_hz, damping, gain_db)
    rung: Tensor = torch.fft.irfft(torch.fft.rfft(samples - mean) * through[:, None], n=n_samples)
    after, _ = swing(rung)
    return mean + rung * (before / torch.where(after > 0, after, 1.0))


class Resonance(Augmentation[ResonanceConfig]):
    """`resonance` of every window through a structure of its own, in training.

    Raises:
        StageError: where the rate is unknown, or a resonance would lie above Nyquist.
    """

    Config = ResonanceConfig

    def __init__(self, config: ResonanceConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if setting.rate_hz is None:
            raise StageError("resonance: is in Hz and needs samples of a known rate; give rate_hz, put it before order")
        self.rate_hz = setting.rate_hz
        self.frequency_hz = config.frequency_hz or (LOWEST * self.rate_hz, HIGHEST * self.rate_hz)
        if self.frequency_hz[1] >= self.rate_hz / 2:
            came = f"frequency_hz up to {self.frequency_hz[1]:g}"
            raise StageError(f"resonance: {came} is not below Nyquist, {self.rate_hz / 2:g} Hz; lower it")

    def changed(self, batch: Batch) -> Batch:
        """Windows that rang elsewhere; facts stay."""
        options, shape, device = self.config, (len(batch.values), self.config.count), batch.values.device
        where, damping, gain_db = (
            drawn(between, shape, device) for between in (self.frequency_hz, options.damping, options.gain_db)
        )
        return batch._replace(values=resonance(batch.values, self.rate_hz, where, damping, gain_db))
