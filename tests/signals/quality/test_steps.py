"""The step of a converter, known because we rounded ourselves; none where nothing was rounded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.signals.quality.steps import Step, coarse_steps, find_step


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(1e-9, 1e6), st.floats(3, 8000))
def test_rounded_noise_gives_its_step_back(seed: int, size: float, spread: float) -> None:
    counts = np.rint(np.random.default_rng(seed).standard_normal(4000) * spread)
    found = find_step(counts * size)
    assert found.size == pytest.approx(size, rel=1e-7)
    assert found.whole


@pytest.mark.parametrize("numerator", [2034, 8138, 20345])
def test_the_steps_of_cwru_survive_their_division_by_the_sensitivity(numerator: int) -> None:
    counts = np.random.default_rng(1).integers(-16384, 16384, 100000).astype(float)
    found = find_step((counts * numerator / 1e8) / 0.501)
    assert found.size == pytest.approx(numerator / 1e8 / 0.501, rel=1e-8)


def test_an_offset_leaves_the_step_but_no_counts_from_zero() -> None:
    counts = np.random.default_rng(0).integers(-500, 500, 4000)
    assert find_step(counts * 0.01 + 0.0037) == Step(0.01, whole=False)


def test_levels_that_are_seldom_neighbours_have_their_common_step() -> None:
    # No two levels are one step apart: Euclid must go from 34 and 21 to 1.
    counts = np.tile([34, 21], 40).cumsum()
    assert find_step(np.random.default_rng(0).permutation(counts) * 0.5).size == pytest.approx(0.5)


def test_single_precision_is_rounding_and_no_step() -> None:
    noise = np.random.default_rng(0).standard_normal(4000)
    assert find_step(noise.astype(np.float32)) is None
    assert find_step(np.float32(noise).astype(np.float64) * 9.81) is None
    assert find_step((np.rint(noise * 300) * 1e-3).astype(np.float32)).size == pytest.approx(1e-3, rel=1e-5)


def test_what_was_filtered_has_no_step() -> None:
    counts = np.rint(np.random.default_rng(0).standard_normal(4000) * 300)
    assert find_step(np.convolve(counts, np.hanning(9) / 3.7)) is None


@pytest.mark.parametrize("samples", [np.empty(0), np.zeros(50), np.tile([0.0, 5.0], 50), np.full(9, 1e300)])
def test_a_few_levels_have_no_step(samples: np.ndarray) -> None:
    assert find_step(samples) is None


def test_few_counts_of_signal_are_told() -> None:
    assert coarse_steps("DE", Step(0.01), std=0.5) is None
    assert coarse_steps("DE", None, std=0.5) is None
    assert coarse_steps("DE", Step(0.01), std=0.03).numbers == {"step": 0.01, "std": 0.03}
