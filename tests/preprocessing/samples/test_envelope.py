import math

import numpy as np
import pytest
import torch
from scipy.signal import hilbert

from pipeline.errors import StageError
from pipeline.preprocessing.samples.envelope import squared_envelope, squared_envelope_spectrum

RATE_HZ = 1000.0


@pytest.mark.parametrize("n_samples", [512, 501])
def test_squared_envelope_is_that_of_scipys_analytic_signal(n_samples: int) -> None:
    samples = torch.randn(2, n_samples, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    theirs = np.abs(hilbert(samples.numpy(), axis=-1)) ** 2
    np.testing.assert_allclose(squared_envelope(samples, RATE_HZ).numpy(), theirs, atol=1e-10)
    np.testing.assert_allclose(squared_envelope(samples.float(), RATE_HZ).numpy(), theirs, atol=1e-4)


def test_a_band_lets_only_its_own_carrier_through() -> None:
    time_s = torch.arange(1000) / RATE_HZ
    low, high = 2 * torch.cos(2 * math.pi * 50 * time_s), 3 * torch.cos(2 * math.pi * 300 * time_s)
    squared = squared_envelope(low + high, RATE_HZ, band_hz=(200.0, 400.0))
    assert torch.allclose(squared, torch.full((1000,), 9.0), atol=1e-3)


def test_an_amplitude_modulated_tone_has_the_spectrum_of_the_textbook() -> None:
    """(1 + m cos) squared is 1 + m^2 / 2 + 2 m cos + m^2 / 2 cos of twice the angle."""
    time_s = torch.arange(2000) / RATE_HZ
    depth, beat_hz = 0.6, 20
    samples = (1 + depth * torch.cos(2 * math.pi * beat_hz * time_s)) * torch.cos(2 * math.pi * 250 * time_s)
    frequencies_hz, magnitude = squared_envelope_spectrum(samples, RATE_HZ)
    at = {int(hz): float(value) for hz, value in zip(frequencies_hz, magnitude, strict=True) if hz % 10 == 0}
    assert at[beat_hz] == pytest.approx(2 * depth, abs=1e-4)
    assert at[2 * beat_hz] == pytest.approx(depth**2 / 2, abs=1e-4)
    assert max(value for hz, value in at.items() if hz not in (beat_hz, 2 * beat_hz)) < 1e-4


def test_a_band_without_a_frequency_is_refused_with_the_numbers() -> None:
    with pytest.raises(StageError, match="nothing in 600-700 Hz: steps are 10 Hz, Nyquist 500 Hz; widen the band"):
        squared_envelope(torch.zeros(100), RATE_HZ, band_hz=(600.0, 700.0))
