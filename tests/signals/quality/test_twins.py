"""Channels that are one: made by gain and offset, in pieces; sensors that only move together are two."""

import numpy as np
import pytest

from pipeline.signals.quality.twins import CoMoments, equal_channels


def twins(samples: np.ndarray, size: int = 100) -> list[tuple[int, int, float]]:
    together = CoMoments(len(samples))
    for start in range(0, samples.shape[1], size):
        together.add(samples[:, start : start + size])
    return together.twins()


@pytest.mark.parametrize("size", [1, 64, 5000])
def test_gain_and_offset_do_not_hide_a_copy(size: int) -> None:
    rng = np.random.default_rng(0)
    first, other = rng.standard_normal((2, 5000))
    ((i, j, gain),) = twins(np.stack([first, other, -2.5 * first + 40.0]), size)
    assert (i, j) == (0, 2)
    assert gain == pytest.approx(-2.5)


def test_one_changed_sample_in_a_thousand_makes_two_channels() -> None:
    first = np.random.default_rng(0).standard_normal(5000)
    second = first.copy()
    second[::1000] += 0.1
    assert twins(np.stack([first, second])) == []


def test_constant_channels_are_no_copies() -> None:
    assert twins(np.stack([np.zeros(100), np.ones(100), np.arange(100.0)])) == []


def test_three_copies_are_told_twice_not_thrice() -> None:
    first = np.random.default_rng(0).standard_normal(500)
    told = equal_channels(["a", "b", "c"], twins(np.stack([first, 2 * first, 3 * first])))
    assert [finding.message.split(" sample")[0] for finding in told] == [
        "equal channels: b is a",
        "equal channels: c is a",
    ]
