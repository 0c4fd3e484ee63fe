import numpy as np
import pytest
import torch
from scipy import signal

from pipeline.errors import StageError
from pipeline.preprocessing.augment.resonance import Resonance, ResonanceConfig, resonance, transfer
from pipeline.preprocessing.base import Batch, Setting

RATE_HZ = 12000.0


def test_a_chain_of_resonances_is_scipys_product_of_analogue_filters() -> None:
    where, damping, gain_db = [800.0, 2500.0], [0.02, 0.08], [20.0, -12.0]
    frequencies_hz = np.linspace(0, 6000, 501)
    wanted = np.ones(501, dtype=complex)
    for f0, d, g in zip(where, damping, gain_db, strict=True):
        w0, top = 2 * np.pi * f0, 10 ** (g / 20)
        bottom = [1, 2 * d * w0, w0**2]
        wanted *= signal.freqs([1, 2 * d * w0 * top, w0**2], bottom, worN=2 * np.pi * frequencies_hz)[1]
    found = transfer(
        torch.from_numpy(frequencies_hz).float(),
        torch.tensor([where]), torch.tensor([damping]), torch.tensor([gain_db]),
    )  # fmt: skip
    np.testing.assert_allclose(found[0].numpy(), wanted, atol=2e-4)


def test_a_resonance_peaks_where_it_was_drawn_and_is_as_wide_as_its_damping_says() -> None:
    knock = torch.zeros(3, 1, 12000)
    knock[..., 100] = 1.0
    where = torch.tensor([[700.0], [1500.0], [4000.0]])
    ringing = resonance(knock, RATE_HZ, where, torch.full((3, 1), 0.03), torch.full((3, 1), 40.0))
    spectrum = torch.fft.rfft(ringing[:, 0]).abs()[:, 1:]
    assert (spectrum.argmax(dim=1) + 1).tolist() == [700, 1500, 4000]
    for line, f0 in zip(spectrum, (700, 1500, 4000), strict=True):
        wide = int((line > line.max() / 2**0.5).sum())
        assert wide == pytest.approx(2 * 0.03 * f0, rel=0.05)


def test_a_knock_rings_after_it_and_dies_away_by_its_damping() -> None:
    knock = torch.zeros(1, 1, 12000)
    knock[..., 2000] = 1.0
    one = torch.ones(1, 1)
    ringing = resonance(knock, RATE_HZ, 1000 * one, 0.02 * one, 60 * one)[0, 0]
    envelope = np.abs(signal.hilbert(ringing.numpy()))
    assert np.abs(envelope[:1900]).max() < 0.02 * envelope.max()
    # exp(-2 pi f0 d t): after 10 ms at 1 kHz and 2 %, a factor of exp(-1.2566).
    assert envelope[2220] / envelope[2100] == pytest.approx(np.exp(-2 * np.pi * 1000 * 0.02 * 0.01), rel=0.05)


def test_power_and_mean_stay() -> None:
    samples = torch.randn(5, 2, 3001, generator=torch.Generator().manual_seed(0)) + 3.0
    stage = Resonance(ResonanceConfig(gain_db=(20.0, 20.0)), Setting(RATE_HZ, 3001)).train()
    after = stage(Batch.of(samples)).values
    assert not torch.allclose(after, samples, atol=0.1)
    assert torch.allclose(after.mean(dim=-1), samples.mean(dim=-1), atol=1e-5)
    assert torch.allclose(after.std(dim=-1), samples.std(dim=-1), rtol=1e-4)


def test_windows_draw_their_resonances_inside_the_range() -> None:
    stage = Resonance(
        ResonanceConfig(count=1, frequency_hz=(2000.0, 3000.0), damping=(0.01, 0.02), gain_db=(40.0, 40.0)),
        Setting(RATE_HZ, 1200),
    ).train()
    knock = torch.zeros(60, 1, 1200)
    knock[..., 0] = 1.0
    torch.manual_seed(0)
    tops_hz = torch.fft.rfft(stage(Batch.of(knock)).values[:, 0]).abs()[:, 1:].argmax(dim=1) * 10.0 + 10.0
    assert 1990 <= tops_hz.min() < 2150
    assert 2850 < tops_hz.max() <= 3010


def test_a_rate_is_needed_and_nyquist_is_the_limit() -> None:
    with pytest.raises(StageError, match="needs samples of a known rate; give rate_hz"):
        Resonance(ResonanceConfig(), Setting(None, 100))
    with pytest.raises(StageError, match="up to 6000 is not below Nyquist, 500 Hz"):
        Resonance(ResonanceConfig(frequency_hz=(100.0, 6000.0)), Setting(1000.0, 100))
