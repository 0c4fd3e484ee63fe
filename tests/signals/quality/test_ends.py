"""Clipping: a spike at the end of the histogram, or a converter's last code; nothing else."""

import numpy as np
import pytest

from pipeline.signals.quality.ends import End, clipping
from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.steps import Step, find_step


def found(samples: np.ndarray, step: Step | None = None, size: int = 1000) -> Finding | None:
    lower, upper = End(), End()
    for start in range(0, len(samples), size):
        lower = lower.joined(samples[start : start + size], -1)
        upper = upper.joined(samples[start : start + size], 1)
    return clipping("DE", lower, upper, step)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(3).standard_normal(20000)


def test_noise_cut_at_a_limit_is_counted_at_both_ends(noise: np.ndarray) -> None:
    told = found(np.clip(noise, -2.5, 2.8))
    cut = int((noise <= -2.5).sum() + (noise >= 2.8).sum())
    assert (told.severity, told.numbers["samples"]) == ("warning", cut)
    assert f"{(noise >= 2.8).sum()} samples at the highest value 2.8" in told.message


def test_an_isolated_maximum_is_no_clipping(noise: np.ndarray) -> None:
    noise[77] = 9.0
    assert found(noise) is None


def test_noise_in_coarse_steps_is_not_clipped(noise: np.ndarray) -> None:
    for step in (0.5, 0.1, 0.01):
        assert found(np.round(noise / step) * step, Step(step, whole=True)) is None


@pytest.mark.parametrize("per_period", [20, 31.7, 1000, 20 * np.pi])
def test_a_sine_is_crowded_at_its_crests_and_not_clipped(per_period: float) -> None:
    sine = np.sin(2 * np.pi * np.arange(400000) / per_period)
    assert found(sine) is None
    assert found(np.round(sine * 8000) / 8000) is None
    if per_period != 20:  # three of twenty samples cut to one value are no crowd beside pairs of all others
        assert found(np.clip(sine, -0.9, 0.9)) is not None


def test_a_switch_is_not_clipped() -> None:
    assert found(np.tile([0.0, 5.0, 5.0], 500)) is None


@pytest.mark.parametrize(
    ("code", "full"), [(16383, True), (-16384, True), (32767, True), (16000, False), (1023, False)]
)
def test_the_last_code_of_a_converter_is_known_by_a_single_sample(code: int, full: bool) -> None:
    counts = np.random.default_rng(0).integers(-abs(code) // 3, abs(code) // 3, 5000)
    counts[5] = code
    told = found(counts * 0.000406, Step(0.000406, whole=True))
    assert (told is not None) == full
    if told:
        assert told.severity == "info"
        assert f"({code} counts, full scale)" in told.message


def test_pieces_make_no_difference(noise: np.ndarray) -> None:
    cut = np.clip(noise, -2.5, 2.5)
    assert found(cut, size=7) == found(cut, size=20000)


def test_the_clipped_recordings_of_cwru_are_found_and_the_peak_beyond_the_limit_is_not(real_data) -> None:
    from scipy.io import loadmat

    def samples(number: int, end: str) -> np.ndarray:
        return loadmat(real_data / "cwru" / f"{number}.mat")[f"X{number}_{end}_time"].ravel()

    for number, end, cut in [(200, "DE", 8), (236, "DE", 4), (237, "DE", 3), (285, "FE", 1), (302, "FE", 23)]:
        recorded = samples(number, end)
        told = found(recorded, find_step(recorded))
        assert told.numbers["samples"] == cut, number
        assert "16384 counts" in told.message
    # 283 has 25 samples beyond 16384 counts, and its peak, of 24612, stands alone: it was not clipped there.
    recorded = samples(283, "FE")
    assert found(recorded, find_step(recorded)) is None
