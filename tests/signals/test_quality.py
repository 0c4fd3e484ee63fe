"""What is unfit, and only that."""

import numpy as np
import pytest

from pipeline.signals.quality import flaws, unusable_reason


def test_noise_has_no_flaw():
    samples = np.random.default_rng(0).standard_normal((2, 100))
    assert flaws(samples) == []
    assert unusable_reason(samples) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_samples_are_counted_and_the_first_is_named(bad):
    samples = np.arange(20.0).reshape(2, 10)
    samples[1, 3] = samples[0, 7] = bad
    assert unusable_reason(samples) == "2 of 20 samples are not a number (NaN or infinite), the first at index 3"


def test_a_dead_sensor_is_told_from_a_quiet_one():
    assert unusable_reason(np.full((1, 10), -0.25)) == "constant: the samples never change; is the sensor connected?"
    assert unusable_reason(np.r_[np.full(9, -0.25), -0.2500001]) is None


def test_a_group_is_constant_when_every_channel_is():
    assert flaws(np.repeat([[0.0], [1.0]], 8, axis=1)) == [
        "constant: the samples never change; is the sensor connected?"
    ]
    assert flaws(np.stack([np.zeros(8), np.arange(8.0)])) == []


def test_whole_numbers_and_flat_arrays_are_samples_too():
    assert flaws(np.array([1, 2, 3], dtype=np.int16)) == []


@pytest.mark.parametrize("shape", [(0,), (1, 0), (3, 0)])
def test_empty_is_said_once(shape):
    assert flaws(np.empty(shape)) == ["empty: the signal has no samples"]


def test_nothing_but_nan_is_not_called_constant():
    assert flaws(np.full((1, 4), np.nan)) == ["4 of 4 samples are not a number (NaN or infinite), the first at index 0"]
