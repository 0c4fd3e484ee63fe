import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import signal

from pipeline.errors import StageError
from pipeline.preprocessing.augment.augmentation import turns_needed
from pipeline.preprocessing.augment.speed_change import STEPS, SpeedChange, SpeedChangeConfig, speed_change
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain


def tones(cycles: float, n_samples: int, count: int) -> torch.Tensor:
    place = torch.arange(n_samples, dtype=torch.float64) / n_samples
    return torch.sin(2 * torch.pi * cycles * place + 0.3).float().repeat(count, 1, 1)


@pytest.mark.parametrize("n_samples", [500, 501, 12000])
def test_a_tone_moves_by_the_factor_to_float_precision(n_samples: int) -> None:
    factor = torch.tensor([0.8, 0.9, 1.0, 1.05, 1.3])
    exact = torch.round(factor.double() * STEPS) / STEPS
    cycles = n_samples // 4  # half of Nyquist
    moved = speed_change(tones(cycles, n_samples, 5), factor).double()[:, 0]
    place = torch.arange(n_samples, dtype=torch.float64) / n_samples
    wanted = torch.sin(2 * torch.pi * cycles * exact[:, None] * place + 0.3)
    assert (moved - wanted).abs().max() < 2e-5


@pytest.mark.parametrize("n_samples", [301, 171])  # 171 and its 86 lines fill a transform of 256 to the last place
def test_any_window_is_its_own_fourier_series_read_at_other_times(n_samples: int) -> None:
    n_lines = (n_samples + 1) // 2
    samples = torch.randn(3, 2, n_samples, generator=torch.Generator().manual_seed(0))
    factor = torch.tensor([0.7, 1.0, 1.25])
    exact = (np.round(factor.double().numpy() * STEPS) / STEPS)[:, None, None]
    lines = np.fft.rfft(samples.double().numpy()) * np.where(np.arange(n_lines) > 0, 2, 1) / n_samples
    heard = np.arange(n_lines) * np.maximum(exact, 1) < n_samples / 2
    # From the definition: every line at every moment, in double precision.
    phase = np.exp(2j * np.pi * exact[..., None] * np.arange(n_samples)[:, None] * np.arange(n_lines) / n_samples)
    wanted = ((lines * heard)[:, :, None] * phase).sum(axis=-1).real
    np.testing.assert_allclose(speed_change(samples, factor).numpy(), wanted, atol=2e-5)


def test_a_factor_of_one_changes_nothing_below_nyquist() -> None:
    samples = torch.randn(2, 1, 999, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(speed_change(samples, torch.ones(2)), samples, atol=1e-5)


def test_nothing_folds_back_at_nyquist() -> None:
    """A tone at 0.9 of Nyquist, a quarter faster, is beyond it: silence, not a ghost."""
    high = tones(450, 1000, 1)
    assert speed_change(high, torch.tensor([1.25])).abs().max() < 1e-4
    assert speed_change(high, torch.tensor([1.05])).abs().max() > 0.9


def test_channels_of_a_window_stay_together() -> None:
    samples = tones(20, 400, 2).repeat(1, 3, 1) * torch.tensor([1.0, -2.0, 0.5])[:, None]
    moved = speed_change(samples, torch.tensor([0.95, 1.1]))
    assert torch.allclose(moved[:, 1], -2 * moved[:, 0], atol=1e-5)


def knocking(rate_hz: float, fault_hz: float, seconds: float) -> torch.Tensor:
    """A resonance of 2 kHz struck at the fault frequency, in some noise."""
    rng = np.random.default_rng(0)
    time_s = np.arange(round(rate_hz * seconds)) / rate_hz
    since_s = time_s % (1 / fault_hz)
    ringing = np.exp(-600 * since_s) * np.sin(2 * np.pi * 2000 * since_s)
    return torch.from_numpy(ringing + 0.05 * rng.standard_normal(time_s.size)).float()


def test_fault_orders_do_not_move_because_speed_goes_with_the_samples() -> None:
    rate_hz, speed_hz, order = 12000.0, 30.0, 3.5848
    batch = Batch.of(knocking(rate_hz, order * speed_hz, 2.0).repeat(8, 1, 1), rate_hz, speed_hz)
    torch.manual_seed(1)
    after = SpeedChange(SpeedChangeConfig(most_percent=15), Setting(rate_hz, 24000)).train()(batch)
    assert after.speed_hz.std() > 1.0
    assert torch.equal(after.rate_hz, batch.rate_hz)
    envelopes = np.abs(signal.hilbert(after.values[:, 0].numpy())) ** 2
    spectrum = np.abs(np.fft.rfft(envelopes - envelopes.mean(axis=-1, keepdims=True)))
    lines_hz = (spectrum[:, 100:350].argmax(axis=-1) + 100) / 2.0
    assert np.ptp(lines_hz) > 10  # they did move in Hz
    np.testing.assert_allclose(lines_hz / after.speed_hz.numpy(), order, rtol=0.006)  # half a Hz of resolution


def test_factors_reach_both_sides_as_far_as_asked_and_unknown_speeds_stay_unknown() -> None:
    stage = SpeedChange(SpeedChangeConfig(most_percent=20), Setting(None, 16)).train()
    torch.manual_seed(0)
    speeds = stage(Batch.of(torch.randn(500, 1, 16), speed_hz=10.0)).speed_hz
    assert speeds.min() == pytest.approx(8.0, abs=0.05)
    assert speeds.max() == pytest.approx(12.0, abs=0.05)
    assert stage(Batch.of(torch.randn(3, 1, 16))).speed_hz.isnan().all()


TEN_TURNS = {"order": {"turns": 10, "samples_per_turn": 64}}


@pytest.mark.parametrize(
    "behind", [TEN_TURNS, {"fold": {"rows": 10, "columns": 64, "per_turn": True}}], ids=["order", "fold"]
)
def test_a_window_of_as_many_turns_as_a_chain_asks_for_is_full_however_slow_it_is_made(behind: dict[str, Any]) -> None:
    rate_hz, speed_hz, stages = 1280.0, 20.0, [{"speed_change": {"most_percent": 10}}, behind]

    def zeros(turns: float) -> float:
        """Of the window that has most of them, the share."""
        n_samples = math.ceil(turns * rate_hz / speed_hz)
        chain = Chain(stages, Setting(rate_hz, n_samples)).train()
        torch.manual_seed(0)
        turned = chain(Batch.of(torch.ones(200, 1, n_samples), rate_hz, speed_hz)).values.flatten(1)
        return float((turned.abs() < 1e-3).float().mean(dim=1).max())

    assert zeros(10.0) > 0.08  # what ten turns are without the room
    asked = Chain(stages, Setting(rate_hz, 1000)).fewest_turns
    assert asked == pytest.approx(10 / 0.9)
    assert zeros(asked) == 0.0
    assert zeros(0.98 * asked) > 0.0


def test_only_what_comes_behind_a_speed_change_needs_room() -> None:
    fold, changes = {"fold": {"rows": 10, "columns": 64, "per_turn": True}}, {"speed_change": {"most_percent": 20}}
    wanted = {
        10.0: [fold, "mask"],
        12.5: [changes, "noise", fold],
        15.625: [changes, "time_shift", changes, fold],  # each takes a fifth of what the other left
        0.0: [changes, "stft"],
    }
    for turns, stages in wanted.items():
        assert Chain(stages, Setting(1280.0, 1280)).fewest_turns == pytest.approx(turns)
    shared = Chain([changes], Setting(1280.0, 1280))
    assert turns_needed(shared.stages, behind=Chain([fold], shared.after).fewest_turns) == pytest.approx(12.5)


def test_samples_at_equal_shaft_angles_are_refused() -> None:
    with pytest.raises(StageError, match="not at equal angles; put it before order"):
        SpeedChange(SpeedChangeConfig(), Setting(None, 640, samples_per_turn=64.0))
