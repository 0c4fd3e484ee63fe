"""Bandpass: only what lies between two frequencies, without moving anything in time."""

import math

import torch
from pydantic import Field
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.engine.fourier import irfft, power_of_two, rfft
from pipeline.preprocessing.sampling import BandConfig, BandStage, sampling_of


class BandpassConfig(BandConfig):
    """Between which limits, one of them or both, and how soft its edges are."""

    edge: float = Field(0.1, ge=0, le=1, description="width of each edge as a share of its limit; 0 cuts sharply")


def bandpass(
    samples: Tensor,
    rate_hz: float,
    min_hz: float | None = None,
    max_hz: float | None = None,
    edge: float = 0.1,
) -> Tensor:
    """Cut a band out of the spectrum: zero phase, so that what stands at a moment stays there.

    Args:
        samples: any unit, shape (..., time); outside the window they are taken as their mean.
        rate_hz: sampling rate.
        min_hz, max_hz: limits, where the gain is one half (with sharp edges: 1); an absent one is not there.
        edge: width of the half cosine from 0 to 1 about each limit, as a share of that limit.

    Returns:
        Same shape and unit. Bands that share a limit add up to the whole, if their edges are soft.

    Example:
        >>> time_s = torch.arange(1000) / 1000
        >>> low, high = (torch.cos(2 * torch.pi * hz * time_s) for hz in (50, 200))
        >>> kept = bandpass(low + high, rate_hz=1000, min_hz=100)
        >>> bool((kept - high)[100:900].abs().max() < 0.01)
        True
    """
    length = power_of_two(samples.shape[-1])
    return _filtered(samples, _gain(length, rate_hz, min_hz, max_hz, edge).to(samples), length)


def _filtered(samples: Tensor, gain: Tensor, length: int) -> Tensor:
    mean = samples.mean(dim=-1, keepdim=True)
    kept = irfft(rfft(samples - mean, length) * gain[:, None], length)[..., : samples.shape[-1]]
    return kept + mean * gain[0]


def _gain(length: int, rate: float, low: float | None, high: float | None, edge: float) -> Tensor:
    frequencies = torch.arange(length // 2 + 1, dtype=torch.float64) * (rate / length)
    gain = torch.ones_like(frequencies)
    if low:
        gain = gain * _rising(frequencies, low, edge)
    if high is not None:
        gain = gain * (1 - _rising(frequencies, high, edge)) if edge else gain * (frequencies <= high)
    return gain


def _rising(frequencies: Tensor, limit: float, edge: float) -> Tensor:
    """From 0 to 1 about a limit, 1 at a sharp one."""
    if not edge:
        return (frequencies >= limit).double()
    risen = ((frequencies - limit) / (edge * limit) + 0.5).clamp(0.0, 1.0)
    return 0.5 - 0.5 * torch.cos(math.pi * risen)


class Bandpass(BandStage[BandpassConfig]):
    """`bandpass` of every channel."""

    Config = BandpassConfig
    gain: Tensor

    def __init__(self, config: BandpassConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        low, high = config.limits(setting, "bandpass")
        if not low and high is None:
            raise StageError("bandpass: lets everything through; give min_hz, max_hz or both")
        sampling = sampling_of(setting)
        self.length = power_of_two(setting.n_samples)
        gain = _gain(self.length, sampling.rate, low, high, config.edge)
        if not gain.any():
            step = f"{sampling.rate / self.length:g} {sampling.unit}"
            band = f"{low or 0:g}-{high or sampling.nyquist:g} {sampling.unit}"
            raise StageError(f"bandpass: nothing in {band}, steps are {step}; widen the band")
        self.register_buffer("gain", gain.float(), persistent=False)

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time), in the unit of the samples."""
        return _filtered(batch.values, self.gain, self.length)
