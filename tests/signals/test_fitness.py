"""Fitness: what makes samples unfit, and only that, whatever the pieces they come in."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.signals.fitness import fitness_of
from pipeline.signals.long_samples import pieces_of

CONSTANT = "constant: the samples never change; is the sensor connected?"


def reason(samples: np.ndarray, chunk: int = 1000) -> str | None:
    samples = np.atleast_2d(samples)
    return fitness_of(pieces_of(samples, chunk, 0, samples.shape[1])).reason


def test_noise_is_fit():
    assert reason(np.random.default_rng(0).standard_normal((2, 100))) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_samples_are_counted_and_the_first_is_named(bad: float):
    samples = np.arange(20.0).reshape(2, 10)
    samples[1, 3] = samples[0, 7] = bad
    assert reason(samples) == "2 of 20 samples are not a number (NaN or infinite), the first at index 3"


def test_a_dead_sensor_is_told_from_a_quiet_one():
    assert reason(np.full((1, 10), -0.25)) == CONSTANT
    assert reason(np.r_[np.full(9, -0.25), -0.2500001]) is None


def test_a_group_is_constant_when_every_channel_is():
    assert reason(np.repeat([[0.0], [1.0]], 8, axis=1)) == CONSTANT
    assert reason(np.stack([np.zeros(8), np.arange(8.0)])) is None


def test_whole_numbers_are_samples_too():
    assert reason(np.array([1, 2, 3], dtype=np.int16)) is None


@pytest.mark.parametrize("shape", [(1, 0), (3, 0)])
def test_empty_is_said_once(shape: tuple[int, int]):
    assert reason(np.empty(shape)) == "empty: the signal has no samples"


def test_nothing_but_nan_is_not_called_constant():
    assert reason(np.full((1, 4), np.nan)) == "4 of 4 samples are not a number (NaN or infinite), the first at index 0"


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        ([1.0, math.nan, 2.0], "1 of 3 samples is not a number .* index 1"),
        ([1.0, 2.0, math.inf, -math.inf], "2 of 4 samples are not a number .* index 2"),
        ([0.0, -1e300], r"samples up to 1e\+300 are beyond single precision"),
        ([2.0, 2.0, 2.0], CONSTANT.replace("?", r"\?")),
    ],
)
@pytest.mark.parametrize("chunk", [1, 2, 10])
def test_the_pieces_do_not_matter(samples: list[float], told: str, chunk: int):
    assert re.match(told, reason(np.array(samples), chunk) or "")


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_means_are_those_of_the_whole(lengths: list[int]):
    samples = np.random.default_rng(5).normal(3.0, 1.0, (2, sum(lengths)))
    seen = fitness_of(np.split(samples, np.cumsum(lengths)[:-1], axis=1))
    assert seen.n_samples == samples.shape[1]
    np.testing.assert_allclose(seen.means, samples.mean(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(seen.lowest, samples.min(axis=1))
    np.testing.assert_array_equal(seen.highest, samples.max(axis=1))
