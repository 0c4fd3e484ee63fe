import math

import numpy as np
import pytest
import torch
from scipy.signal import ShortTimeFFT, chirp, get_window

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.images.stft import Stft, StftConfig

RATE_HZ = 2000.0


def image(samples: torch.Tensor, rate_hz: float | None = RATE_HZ, **options: object) -> tuple[torch.Tensor, Stft]:
    stage = Stft(StftConfig.model_validate(options), Setting(rate_hz, samples.shape[-1]))
    return stage(Batch.of(samples[None, None])).values[0, 0], stage


def theirs(samples: torch.Tensor, n_fft: int, hop: int, window: str, scaling: str) -> np.ndarray:
    """scipy's slices that need no sample from outside, highest frequency first."""
    mode = "onesided" if scaling == "none" else "onesided2X"
    scale_to = None if scaling == "none" else scaling
    taps = get_window(window, n_fft)
    stft = ShortTimeFFT(taps, hop, RATE_HZ, fft_mode=mode, scale_to=scale_to)  # type: ignore[arg-type]
    first, last = stft.lower_border_end[1], stft.upper_border_begin(len(samples))[1]
    plain = samples.double().numpy()
    return np.abs(stft.stft(plain - plain.mean(), p0=first, p1=last))[::-1]


@pytest.mark.parametrize("scaling", ["magnitude", "psd", "none"])
@pytest.mark.parametrize(
    ("n_fft", "hop", "window"), [(256, 64, "hann"), (128, 50, "blackman"), (99, 7, "hamming"), (64, 100, "boxcar")]
)
def test_stft_equals_scipys_short_time_fft(n_fft: int, hop: int, window: str, scaling: str) -> None:
    samples = torch.randn(1500, generator=torch.Generator().manual_seed(0)) + 3.0
    reference = theirs(samples, n_fft, hop, window, scaling)
    ours, _ = image(samples, n_fft=n_fft, hop=hop, window=window, scaling=scaling)
    assert ours.shape == reference.shape
    assert np.abs(ours.numpy() - reference).max() <= 1e-5 * reference.max()


def test_times_are_the_middles_of_scipys_slices() -> None:
    _, stage = image(torch.zeros(1500), n_fft=128, hop=50)
    scipys = ShortTimeFFT(np.hanning(128), 50, RATE_HZ)
    times_s = scipys.t(1500)[scipys.lower_border_end[1] - scipys.p_min :]
    assert stage.axes().columns.values == pytest.approx(times_s[: len(stage.axes().columns.values)])


def test_a_tone_has_its_ridge_at_its_frequency_and_its_amplitude() -> None:
    time_s = torch.arange(2000) / RATE_HZ
    ours, stage = image(0.7 * torch.cos(2 * math.pi * 250 * time_s))
    ridge = ours.argmax(dim=0)
    assert {stage.axes().rows.values[row] for row in ridge.tolist()} == {250.0}
    assert torch.allclose(ours.amax(dim=0), torch.tensor(0.7), atol=1e-3)


def test_a_chirp_has_its_ridge_on_its_line() -> None:
    time_s = np.arange(4000) / RATE_HZ
    samples = torch.from_numpy(chirp(time_s, f0=100, t1=2.0, f1=900)).float()
    ours, stage = image(samples)
    axes = stage.axes()
    line_hz = 100 + 400 * np.array(axes.columns.values)
    ridge_hz = np.array(axes.rows.values)[ours.argmax(dim=0).numpy()]
    assert np.abs(ridge_hz - line_hz).max() <= RATE_HZ / 256


def test_an_impulse_looks_the_same_forwards_and_backwards() -> None:
    impulse = (torch.arange(1024) == 512).float()
    ours, _ = image(impulse)
    peak = int(ours.sum(dim=0).argmax())
    assert torch.allclose(ours[:, peak - 1], ours[:, peak + 1], atol=1e-6)
    assert torch.allclose(ours[:, peak - 2], ours[:, peak + 2], atol=1e-6)


def test_a_band_cuts_rows_and_needs_the_rate() -> None:
    samples = torch.randn(1500, generator=torch.Generator().manual_seed(0))
    whole, _ = image(samples, n_fft=100)
    cut, stage = image(samples, n_fft=100, min_hz=100.0, max_hz=300.0)
    assert stage.axes().rows.values == tuple(float(hz) for hz in range(300, 90, -20))
    assert torch.equal(cut, whole[35:46])
    assert stage.band_hz() == (100.0, 300.0)
    assert stage.needs == {"rate_hz"}
    assert image(samples)[1].needs == frozenset()


def test_without_a_rate_rows_are_cycles_per_sample() -> None:
    _, stage = image(torch.zeros(1500), rate_hz=None)
    assert stage.axes().rows.values[0] == 0.5
    assert (stage.axes().rows.unit, stage.axes().columns.unit) == ("1/sample", "samples")
    assert stage.band_hz() is None


@pytest.mark.parametrize(
    ("options", "rate_hz", "said"),
    [
        ({"n_fft": 256, "hop": 100}, RATE_HZ, "n_fft 256 and hop 100 need 328 samples, the window holds 300"),
        ({"n_fft": 64, "max_hz": 2000.0}, RATE_HZ, "max_hz 2000 is above Nyquist, 1000 Hz"),
        ({"n_fft": 64, "min_hz": 10.0, "max_hz": 20.0}, RATE_HZ, "no row in 10-20 Hz, rows are 31.25 Hz apart"),
        ({"n_fft": 64, "max_hz": 20.0}, None, "need the sampling rate; give rate_hz"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_numbers(
    options: dict[str, float], rate_hz: float | None, said: str
) -> None:
    with pytest.raises(StageError, match=said):
        image(torch.zeros(300), rate_hz, **options)
