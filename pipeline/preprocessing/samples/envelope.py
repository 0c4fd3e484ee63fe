"""Envelope: how the strength of a band rises and falls; a damaged bearing beats there at its fault frequency."""

import torch
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.engine.magnitude import energy


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
    n_samples = samples.shape[-1]
    spectrum = torch.fft.rfft(samples)
    # Positive frequencies twice, negative ones never; 0 Hz and Nyquist, which are their own mirror, once.
    gain = torch.full((spectrum.shape[-1],), 2.0, device=samples.device, dtype=samples.dtype)
    gain[0] = 1.0
    if n_samples % 2 == 0:
        gain[-1] = 1.0
    if band_hz is not None:
        gain = gain * _inside(band_hz, n_samples, rate_hz).to(samples)
    return energy(torch.fft.ifft(spectrum * gain, n=n_samples))


def _inside(band_hz: tuple[float, float], n_samples: int, rate_hz: float) -> Tensor:
    frequencies_hz = torch.arange(n_samples // 2 + 1, dtype=torch.float64) * (rate_hz / n_samples)
    inside = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    if not inside.any():
        wanted = f"{band_hz[0]:g}-{band_hz[1]:g} Hz"
        step, nyquist = rate_hz / n_samples, rate_hz / 2
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
    return frequencies_hz, torch.fft.rfft(swing).abs() * (2.0 / window.sum())
