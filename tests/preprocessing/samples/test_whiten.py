import math

import numpy as np
import pytest
import torch
from scipy.signal import welch
from scipy.stats import kurtosis

from pipeline.preprocessing.samples.whiten import whiten, whitened

RATE_HZ = 12000


def impacts_through_a_resonance(n_samples: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Impacts at 107 Hz that ring at 3 kHz, under a loud tone, a wide hump of noise and a floor; and these alone."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(n_samples) / RATE_HZ
    since = time_s % (1 / 107)
    impacts = np.exp(-since * 1500) * np.sin(2 * math.pi * 3000 * since)
    hump = np.convolve(rng.standard_normal(n_samples), np.hanning(60), "same")
    under = 5 * np.sin(2 * math.pi * 59 * time_s) + 0.5 * hump + 0.03 * rng.standard_normal(n_samples)
    return impacts + under, under


@pytest.mark.parametrize("exponent", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("n_samples", [4096, 3000])
def test_whiten_is_the_formula_in_float64(n_samples: int, exponent: float) -> None:
    samples, _ = impacts_through_a_resonance(n_samples)
    spectrum = np.fft.rfft(samples - samples.mean(), 4096)
    spectrum[[0, -1]] = 0
    magnitude = np.where(spectrum == 0, 1, np.abs(spectrum) / math.sqrt(4096))
    truth = np.fft.irfft(spectrum / magnitude**exponent)[:n_samples]
    ours = whiten(torch.from_numpy(samples).float(), exponent).numpy()
    assert np.abs(ours - truth).max() < 2e-4 * np.abs(truth).max()


def test_the_spectrum_is_flat_afterwards_and_its_level_one() -> None:
    samples, _ = impacts_through_a_resonance(4096)
    ours = whiten(torch.from_numpy(samples).float()).numpy()
    magnitude = np.abs(np.fft.rfft(ours))
    np.testing.assert_allclose(magnitude[1:-1], math.sqrt(4096), rtol=1e-3)
    assert magnitude[[0, -1]].max() < 1e-3
    assert ours.std() == pytest.approx(1.0, abs=0.01)


def test_a_cropped_window_is_flat_in_the_mean() -> None:
    samples, _ = impacts_through_a_resonance(12000)
    hz, before = welch(samples, RATE_HZ, nperseg=256)
    _, after = welch(whiten(torch.from_numpy(samples).float()).numpy(), RATE_HZ, nperseg=256)
    seen = (hz > 200) & (hz < 5800)
    assert before[seen].max() / before[seen].min() > 1000
    assert after[seen].max() / after[seen].min() < 10


def test_impacts_stand_out_of_what_hid_them() -> None:
    samples, under = impacts_through_a_resonance(12000)
    # The tone breaks off at the ends of the window: these are impacts, too.
    white, without = (whiten(torch.from_numpy(each).float()).numpy()[100:-100] for each in (samples, under))
    assert kurtosis(samples) < 0
    assert kurtosis(white) > 1.5
    assert abs(kurtosis(without)) < 0.5


def test_gain_and_offset_do_not_matter() -> None:
    samples = torch.from_numpy(impacts_through_a_resonance(3000)[0]).float()
    assert torch.allclose(whiten(1e-3 * samples + 0.02), whiten(samples), atol=5e-3)


def test_a_frequency_with_nothing_in_it_stays_at_nothing() -> None:
    time = torch.arange(1024, dtype=torch.float64)
    two = torch.cos(2 * math.pi * 101 * time / 1024) + 0.01 * torch.cos(2 * math.pi * 307 * time / 1024)
    magnitude = torch.fft.rfft(whiten(two.float())).abs()
    assert magnitude[[101, 307]].tolist() == pytest.approx([32.0, 32.0], rel=1e-3)
    others = torch.ones(513, dtype=torch.bool)
    others[[101, 307]] = False
    # Nor is what rounding to float32 leaves raised to the level of what is there, in all but a few frequencies.
    assert float(magnitude[others].square().mean().sqrt()) < 32 / 5


def test_a_spectrum_of_zeros_and_ones_keeps_both() -> None:
    spectrum = torch.zeros(9, 2)
    spectrum[3] = torch.tensor([3e-4, 4e-4])
    assert torch.equal(whitened(spectrum).norm(dim=-1).round(decimals=4), 4.0 * torch.eye(9)[3])


def test_silence_stays_silent_with_finite_slopes() -> None:
    silent = torch.zeros(2, 500, requires_grad=True)
    after = whiten(silent)
    after.square().sum().backward()
    assert not after.any()
    assert silent.grad is not None
    assert silent.grad.isfinite().all()
