import math

import numpy as np
import pytest
import torch
from scipy.signal import firwin

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.samples.order import Order, OrderConfig, at_equal_angles

RATE_HZ, N_SAMPLES = 12000.0, 12000
SPEEDS_HZ = torch.tensor([21.0, 24.7, 30.0, 33.3, 39.0])
"""30 Hz and up to 30 % less and more."""


def locked_to_the_shaft(order: float, speeds_hz: torch.Tensor = SPEEDS_HZ) -> torch.Tensor:
    """A tone at a multiple of each shaft's speed, (batch, 1, time), in float64."""
    time_s = torch.arange(N_SAMPLES, dtype=torch.float64) / RATE_HZ
    return torch.cos(2 * math.pi * order * speeds_hz.double()[:, None] * time_s + 0.4)[:, None]


def test_a_tone_locked_to_the_shaft_is_the_same_samples_at_every_speed() -> None:
    turned = at_equal_angles(locked_to_the_shaft(7.3).float(), RATE_HZ, SPEEDS_HZ, turns=20, samples_per_turn=128)
    turns = np.arange(20 * 128) / 128
    truth = np.cos(2 * math.pi * 7.3 * turns + 0.4)
    inside = slice(64, -64)
    assert np.abs(turned[:, 0].numpy() - truth)[:, inside].max() < 5e-4


@pytest.mark.parametrize("order", [3.58, 20.0, 51.0])
def test_behind_order_a_tone_of_the_shaft_is_in_one_row_at_every_speed(order: float) -> None:
    """51 of 64 orders is 0.8 of Nyquist."""
    stages = [{"order": {"turns": 20, "samples_per_turn": 128}}, {"stft": {"n_fft": 512, "hop": 256}}]
    chain = Chain(stages, Setting(RATE_HZ, N_SAMPLES))
    batch = Batch(locked_to_the_shaft(order).float(), torch.full((5,), RATE_HZ), SPEEDS_HZ, torch.zeros(5, 4))
    image = chain(batch).values[:, 0]
    axes = chain.axes()
    assert axes is not None
    assert (axes.rows.name, axes.rows.unit) == ("order", "x shaft")
    assert (axes.columns.name, axes.columns.unit) == ("angle", "turns")
    seen = torch.tensor(axes.rows.values)[image.mean(dim=-1).argmax(dim=-1)]
    assert torch.allclose(seen, torch.tensor(order), atol=128 / 512 / 2 + 1e-6)
    # Without tracking, the same tones lie 30 % apart.
    assert chain.needs == {"rate_hz", "speed_hz"}
    assert chain.band_hz() is None


def test_behind_order_a_wavelets_rows_are_orders() -> None:
    stages = [
        {"order": {"turns": 20, "samples_per_turn": 128}},
        {"wavelet": {"rows": 40, "columns": 10, "min_order": 2.0, "max_order": 40.0}},
    ]
    chain = Chain(stages, Setting(RATE_HZ, N_SAMPLES))
    batch = Batch(locked_to_the_shaft(9.0).float(), torch.full((5,), RATE_HZ), SPEEDS_HZ, torch.zeros(5, 4))
    image, axes = chain(batch).values[:, 0], chain.axes()
    assert axes is not None
    assert (axes.rows.values[0], axes.rows.values[-1]) == pytest.approx((40.0, 2.0))
    assert axes.columns.values[-1] == pytest.approx(19.0, abs=0.01)
    rows = set(image[..., 5].argmax(dim=-1).tolist())
    assert len(rows) == 1
    assert axes.rows.values[rows.pop()] == pytest.approx(9.0, rel=0.05)


def test_nothing_above_the_highest_order_folds_back() -> None:
    """The structure rings at 3 kHz: 77 to 143 orders, where 16 samples a turn hold 8."""
    time_s = torch.arange(N_SAMPLES) / RATE_HZ
    ringing = torch.cos(2 * math.pi * 3000 * time_s).expand(5, 1, -1)
    turned = at_equal_angles(ringing, RATE_HZ, SPEEDS_HZ, turns=20, samples_per_turn=16)
    assert float(turned[..., 32:-32].abs().max()) < 1e-3


def test_broad_noise_is_what_a_long_low_pass_and_interpolation_make_of_it() -> None:
    """By way of scipy: a low-pass of 2001 taps, then the sum of sincs written out, in float64."""
    noise = np.random.default_rng(0).standard_normal(N_SAMPLES)
    speed_hz, per_turn = 29.53125, 100
    nyquist_hz = per_turn * speed_hz / 2
    low = np.convolve(noise, firwin(2001, 0.7 * nyquist_hz, fs=RATE_HZ), "same")
    ours = at_equal_angles(torch.from_numpy(low).float()[None, None], RATE_HZ, torch.tensor([speed_hz]), 20, per_turn)
    wanted = np.arange(800, 900)
    at = wanted / (per_turn * speed_hz) * RATE_HZ
    truth = np.sinc(at[:, None] - np.arange(N_SAMPLES)) @ low
    assert np.abs(ours[0, 0, 800:900].numpy() - truth).max() < 1e-3 * np.abs(low).max()


def test_turns_past_the_end_and_windows_of_unknown_speed_are_zeros() -> None:
    samples = torch.ones(3, 1, N_SAMPLES)
    speeds_hz = torch.tensor([20.0, math.nan, 5.0])
    turned = at_equal_angles(samples, RATE_HZ, speeds_hz, turns=10, samples_per_turn=64)[:, 0]
    assert torch.allclose(turned[0, 64:-64], torch.ones(1), atol=1e-3)
    assert not turned[1].any()
    assert torch.allclose(turned[2, 64 : 4 * 64], torch.ones(1), atol=1e-3)
    assert not turned[2, 5 * 64 :].any()


def test_order_says_what_comes_after_it_and_how_many_turns_it_takes() -> None:
    stage = Order(OrderConfig(turns=12, samples_per_turn=256), Setting(RATE_HZ, N_SAMPLES))
    assert stage.after() == Setting(None, 12 * 256, samples_per_turn=256)
    assert stage.fewest_turns == 12.0


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (Setting(None, 4096), "order: needs the sampling rate"),
        (Setting(None, 4096, samples_per_turn=64), "equal shaft angles already; name it once"),
    ],
)
def test_samples_that_cannot_be_turned_are_refused(setting: Setting, said: str) -> None:
    with pytest.raises(StageError, match=said):
        Order(OrderConfig(), setting)
