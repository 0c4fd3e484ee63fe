import math

import numpy as np
import pytest
import torch
from scipy.signal import hilbert

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.samples.envelope import (
    Envelope,
    EnvelopeConfig,
    squared_envelope,
    squared_envelope_spectrum,
)

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


@pytest.mark.parametrize(
    ("options", "band"), [({}, (0.0, 500.0)), ({"min_hz": 100.0, "max_hz": 300.0}, (100.0, 300.0))]
)
def test_stage_is_scipys_analytic_signal_with_zeros_after_the_window(
    options: dict[str, float], band: tuple[float, float]
) -> None:
    samples = torch.randn(2, 3, 600, generator=torch.Generator().manual_seed(0)) + 4.0
    stage = Envelope(EnvelopeConfig(**options), Setting(RATE_HZ, 600))
    plain = np.zeros((2, 3, 1024))
    plain[..., :600] = samples.double() - samples.double().mean(dim=-1, keepdim=True)
    hz = np.fft.rfftfreq(1024, 1 / RATE_HZ)
    spectrum = np.fft.rfft(plain) * ((hz >= band[0]) & (hz <= band[1]))
    theirs = np.abs(hilbert(np.fft.irfft(spectrum), axis=-1)[..., :600]) ** 2
    ours = stage(Batch.of(samples, RATE_HZ)).values
    assert np.abs(ours.numpy() - theirs).max() < 1e-5 * theirs.max()
    assert stage.band_hz() == band


def test_a_centred_envelope_has_no_mean_and_the_same_shape() -> None:
    samples = torch.randn(2, 1, 512, generator=torch.Generator().manual_seed(0))
    plain, centred = (
        Envelope(EnvelopeConfig(centre=centre), Setting(RATE_HZ, 512))(Batch.of(samples)).values
        for centre in (False, True)
    )
    assert float(centred.mean(dim=-1).abs().max()) < 1e-6
    assert torch.allclose(plain - centred, plain.mean(dim=-1, keepdim=True), atol=1e-5)


def test_behind_the_envelope_a_fault_is_at_its_own_order_at_every_speed() -> None:
    """Impacts at 3.6 per turn ring at 300 Hz: the resonance stays in Hz, their beat is an order."""
    rate_hz, speeds_hz = 2000.0, torch.tensor([7.0, 10.0, 13.0])
    since = (torch.arange(8192) / rate_hz)[None] % (1 / (3.6 * speeds_hz[:, None]))
    samples = torch.exp(-200 * since) * torch.sin(2 * math.pi * 300 * since)
    stages = [
        {"envelope": {"min_hz": 200.0, "centre": True}},
        {"order": {"turns": 25, "samples_per_turn": 32}},
        {"stft": {"n_fft": 640, "hop": 160, "min_order": 1.0}},
    ]
    chain = Chain(stages, Setting(rate_hz, 8192))
    batch = Batch(samples[:, None], torch.full((3,), rate_hz), speeds_hz, torch.zeros(3, 4))
    axes = chain.axes()
    assert axes is not None
    orders = torch.tensor(axes.rows.values)[chain(batch).values[:, 0].mean(dim=-1).argmax(dim=-1)]
    assert torch.allclose(orders, torch.tensor(3.6), atol=0.026)
