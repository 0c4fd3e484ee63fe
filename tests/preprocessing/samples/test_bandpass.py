import math

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfiltfilt

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.samples.bandpass import Bandpass, BandpassConfig, bandpass

RATE_HZ, N_SAMPLES = 2000.0, 3000


def tone(hz: float) -> torch.Tensor:
    return torch.cos(2 * math.pi * hz * torch.arange(N_SAMPLES) / RATE_HZ + 0.3)


def built(setting: Setting = Setting(RATE_HZ, N_SAMPLES), **options: float) -> Bandpass:  # noqa: B008
    return Bandpass(BandpassConfig(**options), setting)


@pytest.mark.parametrize("edge", [0.0, 0.1])
@pytest.mark.parametrize(
    ("limits", "kept", "lost"),
    [
        ({"min_hz": 200.0, "max_hz": 400.0}, [230.0, 300.0, 370.0], [100.0, 180.0, 440.0, 900.0]),
        ({"min_hz": 200.0}, [230.0, 900.0], [20.0, 180.0]),
        ({"max_hz": 400.0}, [20.0, 370.0], [440.0, 900.0]),
    ],
)
def test_tones_inside_pass_unmoved_and_tones_outside_do_not(
    limits: dict[str, float], kept: list[float], lost: list[float], edge: float
) -> None:
    inside, outside = sum(map(tone, kept)), sum(map(tone, lost))
    after = bandpass(inside + outside, RATE_HZ, **limits, edge=edge)
    middle = slice(500, -500)
    # A sharp edge rings longer from the ends of the window.
    assert float((after - inside)[middle].abs().max()) < (0.02 if edge else 0.08)


def test_in_the_band_it_is_scipys_filter_run_forwards_and_backwards() -> None:
    """A Butterworth filter of high order has gain 1/2 at its limits, forwards and backwards, as ours."""
    samples = np.random.default_rng(0).standard_normal(N_SAMPLES)
    sos = butter(12, [200, 600], "bandpass", fs=RATE_HZ, output="sos")
    theirs = sosfiltfilt(sos, samples)
    ours = bandpass(torch.from_numpy(samples), RATE_HZ, 200, 600, edge=0.1).numpy()
    middle = slice(300, -300)
    assert np.corrcoef(ours[middle], theirs[middle])[0, 1] > 0.99


def test_sharp_edges_are_a_cut_in_the_spectrum() -> None:
    samples = np.random.default_rng(1).standard_normal(2048)
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(2048, 1 / RATE_HZ)
    spectrum[(hz < 250) | (hz > 750)] = 0
    truth = np.fft.irfft(spectrum)
    ours = bandpass(torch.from_numpy(samples).float(), RATE_HZ, 250, 750, edge=0)
    assert np.abs(ours.numpy() - truth).max() < 1e-5


@pytest.mark.parametrize("edge", [0.05, 0.5])
def test_bands_that_share_a_limit_add_up_to_the_whole(edge: float) -> None:
    samples = torch.randn(N_SAMPLES, generator=torch.Generator().manual_seed(0)) + 2.0
    parts = bandpass(samples, RATE_HZ, max_hz=300, edge=edge) + bandpass(samples, RATE_HZ, min_hz=300, edge=edge)
    assert torch.allclose(parts, samples, atol=1e-5)


def test_an_impact_stays_where_it_is() -> None:
    impact = (torch.arange(N_SAMPLES) == 1234).float()
    after = bandpass(impact, RATE_HZ, 300, 700)
    assert int(after.abs().argmax()) == 1234
    assert torch.allclose(after[1234 - 50 : 1234], after[1235 : 1234 + 51].flip(0), atol=1e-6)


def test_a_high_pass_takes_the_mean_and_a_low_pass_leaves_it() -> None:
    level = torch.full((N_SAMPLES,), 5.0)
    assert torch.allclose(bandpass(level, RATE_HZ, max_hz=100), level)
    assert not bandpass(level, RATE_HZ, min_hz=10).any()


def test_stage_is_the_function_and_tells_its_band() -> None:
    samples = torch.randn(2, 3, N_SAMPLES, generator=torch.Generator().manual_seed(0))
    stage = built(min_hz=100.0, max_hz=500.0, edge=0.2)
    after = stage(Batch.of(samples, RATE_HZ)).values
    assert torch.equal(after, bandpass(samples, RATE_HZ, 100, 500, edge=0.2))
    assert (stage.band_hz(), stage.needs) == ((100.0, 500.0), {"rate_hz"})
    assert built(min_hz=100.0).band_hz() == (100.0, 1000.0)


def test_after_order_a_band_is_in_orders() -> None:
    setting = Setting(None, 2048, samples_per_turn=64)
    turns = torch.arange(2048) / 64
    third, ninth = (torch.cos(2 * math.pi * order * turns) for order in (3, 9))
    stage = built(setting, min_order=5.0)
    after = stage(Batch.of((third + ninth)[None, None])).values[0, 0]
    assert float((after - ninth)[200:-200].abs().max()) < 0.01
    assert (stage.band_hz(), stage.needs) == (None, frozenset())


@pytest.mark.parametrize(
    ("setting", "options", "said"),
    [
        (Setting(RATE_HZ, 100), {"max_hz": 1500.0}, "bandpass: max_hz 1500 is above Nyquist, 1000 Hz; lower max_hz"),
        (Setting(RATE_HZ, 100), {"min_hz": 1000.0}, "min_hz 1000 is not below Nyquist, 1000 Hz; lower min_hz"),
        (Setting(RATE_HZ, 100), {"min_hz": 20.0, "max_hz": 21.0, "edge": 0.0}, "nothing in 20-21 Hz, steps are 15.6"),
        (Setting(RATE_HZ, 100), {}, "bandpass: lets everything through; give min_hz, max_hz or both"),
        (Setting(None, 100), {"min_hz": 20.0}, "need the sampling rate; give rate_hz"),
        (Setting(RATE_HZ, 100), {"min_order": 2.0}, "put the stage order before bandpass"),
        (Setting(None, 100, samples_per_turn=64), {"min_hz": 2.0}, "give min_order and max_order"),
    ],
)
def test_a_band_that_cannot_be_cut_is_refused(setting: Setting, options: dict[str, float], said: str) -> None:
    with pytest.raises(StageError, match=said):
        built(setting, **options)
