import numpy as np
import torch

from pipeline.preprocessing.augment.time_shift import TimeShift, TimeShiftConfig, time_shift
from pipeline.preprocessing.base import Batch, Setting


def test_a_shift_keeps_the_magnitude_of_the_spectrum_and_turns_its_phase() -> None:
    samples = torch.randn(3, 2, 501, generator=torch.Generator().manual_seed(0))
    by = torch.tensor([0, 7, -200])
    shifted = time_shift(samples, by)
    before, after = np.fft.rfft(samples.double()), np.fft.rfft(shifted.double())
    np.testing.assert_allclose(np.abs(after), np.abs(before), atol=1e-10)
    turn = np.exp(-2j * np.pi * np.arange(251) * by.numpy()[:, None] / 501)
    np.testing.assert_allclose(after, before * turn[:, None], atol=1e-9)


def test_a_shift_equals_numpys_roll() -> None:
    samples = torch.arange(20.0).reshape(2, 1, 10)
    shifted = time_shift(samples, torch.tensor([3, -4]))
    for window, by in enumerate((3, -4)):
        np.testing.assert_array_equal(shifted[window], np.roll(samples[window], by, axis=-1))


def test_shifts_reach_both_sides_as_far_as_asked_and_channels_go_together() -> None:
    stage = TimeShift(TimeShiftConfig(furthest=0.1), Setting(None, 100)).train()
    knock = torch.zeros(500, 2, 100)
    knock[:, :, 50] = 1.0
    torch.manual_seed(0)
    places = stage(Batch.of(knock)).values.argmax(dim=-1)
    assert torch.equal(places[:, 0], places[:, 1])
    assert set(places.flatten().tolist()) == set(range(40, 61))
