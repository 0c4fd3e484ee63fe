"""Dropouts put into a moving signal are found to the sample; what rounding and slow signals do is none."""

import numpy as np
import pytest

from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.held import Held, dropouts, staircase


def gathered(samples: np.ndarray, size: int = 1000) -> Held:
    held = Held()
    for start in range(0, len(samples), size):
        held.add(samples[start : start + size])
    return held.finished()


def found(samples: np.ndarray, size: int = 1000, rate_hz: float | None = None) -> Finding | None:
    return dropouts("DE", gathered(samples, size), samples.min(), samples.max(), rate_hz)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(5).standard_normal(10000)


@pytest.mark.parametrize("size", [1, 7, 333, 10000])
def test_gaps_are_found_to_the_sample_however_the_file_is_cut(noise: np.ndarray, size: int) -> None:
    noise[1990:2030] = 0.0
    noise[5000:5012] = noise[4999]
    told = found(noise, size, rate_hz=1000.0)
    assert dict(told.numbers) == {"runs": 2, "samples": 53, "start": 1990}
    assert "from sample 1990 (1.99 s)" in told.message


def test_padding_at_the_end_counts(noise: np.ndarray) -> None:
    noise[9900:] = 0.0
    assert found(noise).numbers["samples"] == 100


@pytest.mark.parametrize("step", [0.01, 0.3, 1.0, 2.0])
def test_rounding_alone_makes_no_dropout(noise: np.ndarray, step: float) -> None:
    assert found(np.round(noise / step) * step) is None


def test_a_slow_sine_rests_at_its_crests_without_a_dropout() -> None:
    sine = np.sin(2 * np.pi * 3 * np.arange(60000) / 60000)
    assert found(np.round(sine * 20000) / 20000) is None
    two = sine + 0.6 * np.cos(2 * np.pi * 11 * np.arange(60000) / 60000)
    assert found(np.round(two * 20000) / 20000) is None


def test_a_tacho_is_a_staircase_and_has_no_dropouts() -> None:
    pulses = (np.arange(10000) % 400 < 40) * 5.0
    assert found(pulses) is None
    assert staircase("tacho", gathered(pulses), 0, 5).kind == "staircase"


def test_noise_is_no_staircase(noise: np.ndarray) -> None:
    assert staircase("DE", gathered(noise), -4, 4) is None


def test_gaps_of_nan_are_left_to_their_own_check(noise: np.ndarray) -> None:
    noise[300:400] = np.nan
    assert dropouts("DE", gathered(noise), -4, 4, None) is None
