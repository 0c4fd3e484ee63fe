"""Envelope: how the strength of a band rises and falls; a damaged bearing beats there at its fault frequency."""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.engine.fourier import ifft, power_of_two, rfft
from pipeline.preprocessing.engine.magnitude import energy, root
from pipeline.preprocessing.sampling import BandConfig, BandStage, sampling_of


class EnvelopeConfig(BandConfig):
    """Of which band, cut out sharply; of everything, if absent."""

    centre: bool = Field(False, description="remove the mean of each envelope, so that only its rise and fall is left")


def squared_envelope(samples: Tensor, rate_hz: float, band_hz: tuple[float, float] | None = None) -> Tensor:
    """Squared magnitude of the analytic signal, of the whole signal or of a band cut out sharply.

    Args:
        samples: any unit, shape (..., time).
        rate_hz: sampling rate.
        band_hz: lowest and highest frequency kept, both included; all if absent.

    Returns:
        Squared envelope, same shape, in the unit of `samples` squared.

    Raises:
        StageError: for a band that holds no frequency of this signal.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, section 5.

    Example:
        >>> time_s = torch.arange(800) / 800
        >>> squared_envelope(3 * torch.cos(2 * torch.pi * 100 * time_s), rate_hz=800)[:3].round(decimals=3)
        tensor([9., 9., 9.])
    """
    length = samples.shape[-1]
    return _squared(samples, _positive(length, rate_hz, band_hz).to(samples), length)


def _squared(samples: Tensor, gain: Tensor, length: int) -> Tensor:
    analytic = ifft(rfft(samples, length) * gain[:, None], length)
    return energy(analytic)[..., : samples.shape[-1]]


def _positive(length: int, rate_hz: float, band_hz: tuple[float, float] | None) -> Tensor:
    """Positive frequencies twice, negative ones never; 0 Hz and Nyquist, which are their own mirror, once."""
    gain = torch.full((length // 2 + 1,), 2.0)
    gain[0] = 1.0
    if length % 2 == 0:
        gain[-1] = 1.0
    return gain if band_hz is None else gain * _inside(band_hz, length, rate_hz)


def _inside(band_hz: tuple[float, float], length: int, rate_hz: float) -> Tensor:
    frequencies_hz = torch.arange(length // 2 + 1, dtype=torch.float64) * (rate_hz / length)
    inside = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    if not inside.any():
        wanted = f"{band_hz[0]:g}-{band_hz[1]:g} Hz"
        step, nyquist = rate_hz / length, rate_hz / 2
        raise StageError(
            f"envelope: nothing in {wanted}: steps are {step:g} Hz, Nyquist {nyquist:g} Hz; widen the band"
        )
    return inside


def squared_envelope_spectrum(
    samples: Tensor, rate_hz: float, band_hz: tuple[float, float] | None = None
) -> tuple[Tensor, Tensor]:
    """Spectrum of the squared envelope: its mean removed, under a Hann window.

    Args:
        samples: any unit, shape (..., time).
        rate_hz: sampling rate.
        band_hz: lowest and highest frequency of the carrier; all if absent.

    Returns:
        Frequencies in Hz, shape (frequency,), and magnitudes, shape (..., frequency), in the unit of `samples`
        squared: a part of the squared envelope that swings by +-a reads a.

    Raises:
        StageError: for a band that holds no frequency of this signal.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, section 5.

    Example:
        >>> time_s = torch.arange(1000) / 1000
        >>> knocking = (1 + 0.5 * torch.cos(2 * torch.pi * 20 * time_s)) * torch.cos(2 * torch.pi * 200 * time_s)
        >>> frequencies_hz, magnitude = squared_envelope_spectrum(knocking, rate_hz=1000)
        >>> frequencies_hz[magnitude.argmax()], magnitude.max()
        (tensor(20.), tensor(1.0000))
    """
    squared = squared_envelope(samples, rate_hz, band_hz)
    n_samples = samples.shape[-1]
    window = torch.hann_window(n_samples, device=samples.device, dtype=samples.dtype)
    swing = (squared - squared.mean(dim=-1, keepdim=True)) * window
    frequencies_hz = torch.arange(n_samples // 2 + 1, device=samples.device) * (rate_hz / n_samples)
    return frequencies_hz, root(energy(rfft(swing, n_samples))) * (2.0 / window.sum())


class Envelope(BandStage[EnvelopeConfig]):
    """`squared_envelope` of every channel after removal of its mean; zeros follow a window up to a power of two."""

    Config = EnvelopeConfig
    gain: Tensor

    def __init__(self, config: EnvelopeConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.length = power_of_two(setting.n_samples)
        self.register_buffer("gain", self._gain(), persistent=False)

    def _gain(self) -> Tensor:
        low, high = self.config.limits(self.setting, "envelope")
        sampling = sampling_of(self.setting)
        open_ended = low is None and high is None
        band = None if open_ended else (low or 0.0, high or sampling.nyquist)
        return _positive(self.length, sampling.rate, band)

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time), in the unit of the samples squared."""
        squared = _squared(batch.values - batch.values.mean(dim=-1, keepdim=True), self.gain, self.length)
        return squared - squared.mean(dim=-1, keepdim=True) if self.config.centre else squared
