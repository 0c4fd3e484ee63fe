import numpy as np
import pytest
import torch
from scipy import stats

from pipeline.preprocessing.augment.noise import Noise, NoiseConfig, noise
from pipeline.preprocessing.base import Batch, Setting


def windows(count: int = 4) -> torch.Tensor:
    """Two channels of unlike level, on an offset that is no power."""
    time = torch.arange(2000) / 2000
    tone = torch.sin(2 * torch.pi * 50 * time) * torch.tensor([1.0, 30.0])[:, None] + 5.0
    return tone.repeat(count, 1, 1)


def snr_db(clean: torch.Tensor, noisy: torch.Tensor) -> np.ndarray:
    added = (noisy - clean).double().numpy()
    return 10 * np.log10(clean.double().numpy().var(axis=-1) / added.var(axis=-1))


def test_the_ratio_measured_is_the_ratio_asked_in_every_channel() -> None:
    asked = torch.tensor([-10.0, 0.0, 10.0, 40.0])
    found = snr_db(windows(), noise(windows(), asked))
    np.testing.assert_allclose(found, np.stack([asked, asked], axis=1), atol=2e-3)


def test_the_noise_is_white_gaussian_and_each_channels_own() -> None:
    added = (noise(windows(), torch.zeros(4)) - windows()).double().numpy()
    flat = (added / added.std(axis=-1, keepdims=True)).reshape(8, -1)
    assert stats.kstest(flat.reshape(-1), "norm").pvalue > 1e-3
    together = np.corrcoef(flat)
    assert np.abs(together - np.eye(8)).max() < 0.12  # 1 / sqrt(2000) = 0.022 each
    halves = np.abs(np.fft.rfft(flat))[:, 1:1000] ** 2
    ratio = halves[:, :500].sum() / halves[:, 500:999].sum()
    assert ratio == pytest.approx(1.0, abs=0.15)


def test_ratios_fill_the_range_asked_for() -> None:
    torch.manual_seed(0)
    stage = Noise(NoiseConfig(snr_db=(3.0, 9.0)), Setting(None, 2000)).train()
    clean = windows(300)
    found = snr_db(clean, stage(Batch.of(clean)).values)
    assert found.min() == pytest.approx(3.0, abs=0.1)
    assert found.max() == pytest.approx(9.0, abs=0.1)
    np.testing.assert_allclose(found[:, 0], found[:, 1], atol=5e-3)
