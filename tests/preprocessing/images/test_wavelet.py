import math

import numpy as np
import pytest
import pywt
import torch
from scipy.interpolate import make_interp_spline
from scipy.signal import chirp

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.engine.bands import plan
from pipeline.preprocessing.engine.filterbank import FilterBank
from pipeline.preprocessing.engine.mothers import mother
from pipeline.preprocessing.images.wavelet import Wavelet, WaveletConfig, wavelet

RATE_HZ = 2000.0
W0 = 6.0


def stage(n_samples: int, rate_hz: float | None = RATE_HZ, **options: object) -> Wavelet:
    return Wavelet(WaveletConfig.model_validate({"rows": 64, "columns": 40} | options), Setting(rate_hz, n_samples))


def image(samples: torch.Tensor, **options: object) -> tuple[np.ndarray, Wavelet]:
    built = stage(samples.shape[-1], **options)
    return built(Batch.of(samples[None, None])).values[0, 0].numpy(), built


def by_definition(samples: np.ndarray, frequency: float, times: np.ndarray) -> np.ndarray:
    """The transform summed term by term in float64, Morlet in time, scaled so that a unit sine reads one."""
    away = (times[:, None] - np.arange(len(samples))) * frequency
    deviation = W0 / (2 * np.pi)
    wavelet = np.exp(-0.5 * (away / deviation) ** 2 + 2j * np.pi * away)
    wavelet -= np.exp(-0.5 * (away / deviation) ** 2 - 0.5 * W0**2)
    return 2 * frequency / deviation / math.sqrt(2 * math.pi) * wavelet @ samples


def knocks_and_noise(n_samples: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    time = np.arange(n_samples)
    knocks = 20.0 * np.isin(time, (n_samples // 3, n_samples // 3 + 17, n_samples - 1))
    return rng.standard_normal(n_samples) + 3 * np.cos(0.7 * time) + knocks


SIGNALS = {
    "knocks and noise": knocks_and_noise(500),
    "one knock": (np.arange(500) == 123) * 1.0,
    "a knock at the edge": (np.arange(500) == 0) * 1.0,
    "chirp": chirp(np.arange(500), f0=0.01, t1=500, f1=0.45),
}
FREQUENCIES = np.geomspace(0.45, 0.02, 7)


@pytest.mark.parametrize("samples", SIGNALS.values(), ids=SIGNALS.keys())
def test_strided_coefficients_are_those_of_the_definition(samples: np.ndarray) -> None:
    bank = FilterBank(FREQUENCIES, mother("morlet", W0), len(samples), columns=20)
    outcomes = bank.coefficients(torch.from_numpy(samples).float())
    errors, largest = [], 0.0
    for band, times, ours in outcomes:
        for row, coefficients in zip(range(band.first, band.last), ours.numpy(), strict=True):
            inside = (times.numpy() >= 0) & (times.numpy() <= len(samples) - 1)
            truth = by_definition(samples, FREQUENCIES[row], times.numpy()[inside])
            errors.append(np.abs(coefficients[inside] - truth).max())
            largest = max(largest, np.abs(truth).max())
    assert len(errors) == len(FREQUENCIES)
    assert max(errors) < 1e-5 * largest


@pytest.mark.parametrize("columns", [20, 83, 300])
@pytest.mark.parametrize("samples", SIGNALS.values(), ids=SIGNALS.keys())
def test_columns_are_the_rms_of_the_definition_over_their_cells(samples: np.ndarray, columns: int) -> None:
    ours = wavelet(torch.from_numpy(samples).float(), FREQUENCIES, columns).numpy()
    fine = 12 * math.ceil(500 / columns)
    cell = len(samples) / columns
    times = (np.arange(columns * fine) + 0.5) * cell / fine - 0.5
    for row, frequency in enumerate(FREQUENCIES[::2]):
        truth = np.sqrt((np.abs(by_definition(samples, frequency, times)) ** 2).reshape(columns, fine).mean(axis=1))
        assert np.abs(ours[2 * row] - truth).max() < 1e-3 * ours.max()


def test_cells_narrower_than_samples_hold_the_height_of_a_tone() -> None:
    tone = torch.cos(2 * torch.pi * 0.05 * torch.arange(500.0))
    image = wavelet(tone, np.array([0.3, 0.05, 0.02]), columns=4096)
    assert image.shape == (3, 4096)
    middle = image[:, 1500:2500]
    assert torch.allclose(middle[1], torch.ones(1000), atol=2e-3)
    assert middle[[0, 2]].max() < 1e-2


@pytest.mark.parametrize("name", ["cmor1.5-1.0", "mexh", "gaus2", "gaus5", "cgau4", "morl"])
def test_rows_are_those_of_pywavelets_up_to_one_factor_for_all_scales(name: str) -> None:
    """The factor turns PyWavelets' L2 norm, over the root of the scale, into ours; it rounds times to a sample."""
    samples = knocks_and_noise(1000)
    frequencies = np.geomspace(0.05, 0.02, 3)
    scales = centre_of(name) / frequencies
    theirs, _ = pywt.cwt(samples, scales, name, method="fft", precision=16)
    bank = FilterBank(frequencies, mother(name), len(samples), columns=10)
    factors = []
    for band, times, strided in bank.coefficients(torch.from_numpy(samples).float()):
        inside = (times > 50) & (times < 950)
        for row, ours in zip(range(band.first, band.last), strided[:, inside].abs().numpy(), strict=True):
            between = make_interp_spline(np.arange(len(samples)), theirs[row] / np.sqrt(scales[row]), k=5)
            shifted = [np.abs(between(times[inside].numpy() + shift)) for shift in np.arange(-0.8, 0.81, 0.05)]
            fits = [(shape, (ours @ shape) / (shape @ shape)) for shape in shifted]
            error, factor = min((np.abs(ours - factor * shape).max(), factor) for shape, factor in fits)
            assert error < 0.02 * ours.max()
            factors.append(factor)
    assert max(factors) / min(factors) < 1.015
    if name == "cmor1.5-1.0":  # its transform is 1 at the centre; half of a real tone lies at negative frequencies
        assert factors[-1] == pytest.approx(2.0, rel=0.005)


def centre_of(name: str) -> float:
    """Where PyWavelets' own wavelet answers most, in cycles per second of its time axis."""
    shape, time = pywt.ContinuousWavelet(name).wavefun(level=10)
    frequencies = np.linspace(0.05, 1.5, 2000)
    turns = np.exp(2j * np.pi * np.outer(frequencies, time))
    answer = np.maximum(np.abs(turns @ shape), np.abs(turns.conj() @ shape))
    return float(frequencies[answer.argmax()])


@pytest.mark.parametrize("tone_hz", [30.0, 111.0, 400.0, 700.0])
def test_a_tone_has_its_ridge_at_its_frequency_and_one_height_at_every_scale(tone_hz: float) -> None:
    time_s = torch.arange(2000) / RATE_HZ
    ours, built = image(torch.cos(2 * math.pi * tone_hz * time_s), rows=200, min_hz=20.0, max_hz=800.0)
    middle = ours[:, 15:25]
    ridge_hz = built.frequencies[middle.argmax(axis=0)]
    step = built.frequencies[0] / built.frequencies[1]
    assert np.abs(np.log(ridge_hz / tone_hz)).max() < math.log(step)
    assert middle.max(axis=0) == pytest.approx(1.0, abs=0.003)


def test_a_chirp_has_its_ridge_on_its_line() -> None:
    time_s = np.arange(4000) / RATE_HZ
    samples = torch.from_numpy(chirp(time_s, f0=50, t1=2.0, f1=750, method="logarithmic")).float()
    ours, built = image(samples, rows=200, min_hz=20.0, max_hz=900.0, w0=12.0)
    line_hz = 50 * 15 ** (np.array(built.axes().columns.values) / 2.0)
    ridge_hz = built.frequencies[ours.argmax(axis=0)]
    assert np.abs(np.log(ridge_hz / line_hz))[4:-4].max() < 0.02


@pytest.mark.parametrize("columns", [40, 77])
def test_a_window_read_backwards_is_its_mirror_image_and_an_impulse_its_own(columns: int) -> None:
    samples = torch.from_numpy(knocks_and_noise(1001)).float()
    impulse = (torch.arange(1001) == 500).float()
    frequencies = np.geomspace(0.4, 0.02, 9)
    forwards, backwards = wavelet(torch.stack([samples, samples.flip(0)]), frequencies, columns).numpy()
    assert np.abs(forwards - backwards[:, ::-1]).max() < 1e-3 * forwards.max()
    alone = wavelet(impulse, frequencies, columns).numpy()
    assert np.abs(alone - alone[:, ::-1]).max() < 1e-3 * alone.max()


def test_white_noise_has_one_height_in_every_row_under_the_l2_norm() -> None:
    noise = torch.randn(20000, generator=torch.Generator().manual_seed(0))
    ours, _ = image(noise, rows=12, min_hz=50.0, max_hz=500.0, norm="l2")
    heights = np.sqrt((ours**2).mean(axis=1))
    assert heights.max() / heights.min() < 1.15


def test_a_higher_w0_tells_neighbouring_tones_apart() -> None:
    time_s = torch.arange(4000) / RATE_HZ
    two = torch.cos(2 * math.pi * 200 * time_s) + torch.cos(2 * math.pi * 250 * time_s)
    depth = {}
    for w0 in (6.0, 30.0):
        ours, built = image(two, rows=300, min_hz=150.0, max_hz=350.0, w0=w0)
        between = (built.frequencies > 215) & (built.frequencies < 235)
        depth[w0] = ours[between, 20].min()
    assert depth[30.0] < 0.2 < depth[6.0]


def test_a_constant_offset_leaves_no_trace() -> None:
    samples = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    plain, _ = image(samples)
    lifted, _ = image(samples + 9.81)
    assert np.abs(plain - lifted).max() < 1e-4 * plain.max()


def test_no_band_is_sampled_much_denser_than_its_rows_need() -> None:
    """An octave down takes half the samples: the whole costs about two octaves' worth."""
    bands = plan(np.geomspace(0.4, 0.001, 200), mother("morlet"), n_samples=12000, columns=100)
    points = sum((band.last - band.first) * band.length for band in bands)
    at_full_rate = 200 * 12000
    assert points < at_full_rate / 4
    assert [band.first for band in bands[1:]] == [band.last for band in bands[:-1]]
    assert all(band.high - band.low <= band.length for band in bands)


def test_rows_run_from_the_highest_frequency_down_and_columns_forward() -> None:
    built = stage(1000, min_hz=20.0, max_hz=800.0)
    axes = built.axes()
    assert (axes.rows.values[0], axes.rows.values[-1]) == pytest.approx((800.0, 20.0))
    ratios = np.array(axes.rows.values[:-1]) / np.array(axes.rows.values[1:])
    assert ratios == pytest.approx(np.full(63, ratios[0]))
    assert axes.columns.values[:2] == pytest.approx((0.006, 0.0185))
    assert built.band_hz() == (20.0, 800.0)
    assert built.needs == {"rate_hz"}


def test_the_band_left_open_is_ten_periods_to_nine_tenths_of_nyquist() -> None:
    assert stage(1000).band_hz() == pytest.approx((20.0, 900.0))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_hz": 1500.0}, "max_hz 1500 is above Nyquist, 1000 Hz; lower max_hz"),
        ({"max_hz": 15.0}, "lowest row, 20 Hz, must be below the highest, 15 Hz; the window holds 1000 samples"),
        ({"rate_hz": None}, "need the sampling rate; give rate_hz"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_numbers(options: dict[str, object], said: str) -> None:
    with pytest.raises(StageError, match=said):
        stage(1000, **options)
