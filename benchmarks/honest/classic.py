"""Classic features: what was read from vibration before images, and is still the best published on H1."""

import torch
from torch import Tensor

from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.samples.envelope import squared_envelope

CARRIER_HZ = (500.0, 6000.0)
HARMONICS = 5
FAMILIES = 3
"""Outer race, inner race, ball: the first three orders of a batch."""
TOLERANCE = 0.015
"""Slip: a line is looked for so far beside where it should be."""


def time_statistics(samples: Tensor) -> Tensor:
    """RMS, peak to peak, kurtosis, skewness and crest factor.

    Args:
        samples: (..., time), mean removed.

    Returns:
        (..., 5).

    Example:
        >>> time_statistics(torch.tensor([1.0, -1.0, 1.0, -1.0]))
        tensor([1., 2., 1., 0., 1.])
    """
    centred = samples - samples.mean(dim=-1, keepdim=True)
    rms = centred.square().mean(dim=-1).sqrt()
    scaled = centred / rms.clamp(min=1e-12)[..., None]
    span = centred.amax(dim=-1) - centred.amin(dim=-1)
    crest = scaled.abs().amax(dim=-1)
    return torch.stack([rms, span, scaled.pow(4).mean(dim=-1), scaled.pow(3).mean(dim=-1), crest], dim=-1)


def envelope_spectrum(samples: Tensor, rate_hz: float) -> Tensor:
    """Spectrum of the envelope, not squared: on the tuning folds a forest reads it much better than the squared one.

    Args:
        samples: (..., time).
        rate_hz: sampling rate.

    Returns:
        (..., frequency), one step per window length; what swings by +-a reads a.
    """
    envelope = squared_envelope(samples, rate_hz, CARRIER_HZ).sqrt()
    swing = envelope - envelope.mean(dim=-1, keepdim=True)
    spectrum: Tensor = torch.fft.rfft(swing).abs()
    return spectrum * (2.0 / samples.shape[-1])


def envelope_peaks(batch: Batch) -> Tensor:
    """Heights of the envelope's spectrum at five harmonics of each fault frequency.

    Args:
        batch: windows of one signal, (window, 1, time).

    Returns:
        (window, 15): outer race, inner race, ball, harmonic by harmonic.
    """
    rate_hz = float(batch.rate_hz[0])
    magnitude = envelope_spectrum(batch.values[:, 0], rate_hz)
    step_hz = rate_hz / batch.values.shape[-1]
    frequencies_hz = torch.arange(magnitude.shape[-1]) * step_hz
    faults_hz = (batch.orders[0, :FAMILIES] * batch.speed_hz[0]).tolist()
    peaks = []
    for line_hz in (fault_hz * harmonic for fault_hz in faults_hz for harmonic in range(1, HARMONICS + 1)):
        near = (frequencies_hz - line_hz).abs() <= max(TOLERANCE * line_hz, step_hz)
        peaks.append(magnitude[:, near].amax(dim=-1))
    return torch.stack(peaks, dim=-1)


def classic_features(batch: Batch) -> Tensor:
    """Time statistics and envelope peaks of one signal's windows, (window, 20)."""
    return torch.cat([time_statistics(batch.values[:, 0]), envelope_peaks(batch)], dim=-1)


def log_level(batch: Batch) -> Tensor:
    """The level alone, (window, 1): what a score owes to loudness."""
    return time_statistics(batch.values[:, 0])[:, :1].log()
