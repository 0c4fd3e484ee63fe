"""Shares and their intervals: exact where parts do not repeat, and wide enough where they do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from pipeline.evaluation.share import effective, interval, once_each, share


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_one_recording_per_part_gives_the_exact_binomial_interval(counted: tuple[int, int]) -> None:
    hits, n = counted
    found = share([place < hits for place in range(n)], range(n))
    assert found is not None
    exact = binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert found.value == found.of_recordings == pytest.approx(hits / n)


def test_a_part_counts_once_however_often_it_was_recorded() -> None:
    found = share([True] * 98 + [False, False], ["a"] * 98 + ["b", "c"])
    assert found is not None
    assert found.value == pytest.approx(1 / 3)
    assert found.of_recordings == pytest.approx(0.98)
    assert (found.n_recordings, found.n_specimens) == (100, 3)
    assert (found.low, found.high) == pytest.approx(interval(1 / 3, 3))


def test_recording_every_part_ten_times_over_makes_no_interval_narrower() -> None:
    held = [True, True, False, True, True, False, True, True]
    once, often = share(held, range(8)), share(held * 10, list(range(8)) * 10)
    assert once is not None
    assert often is not None
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


def test_intervals_hold_the_truth_often_enough_where_parts_repeat() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        # Every part has a chance of its own, 0.8 on average; eight recordings each.
        chances = rng.beta(4, 1, size=12)
        hits = rng.uniform(size=(12, 8)) < chances[:, None]
        found = share(hits.ravel(), np.repeat(np.arange(12), 8).tolist())
        assert found is not None
        held += found.low <= 0.8 <= found.high
    assert held >= 0.95 * 400


@pytest.mark.parametrize("counts", [[1] * 7, [5] * 7, [60, *[1] * 9], [3, 1, 4, 1, 5]])
def test_a_mean_over_recordings_spreads_as_one_over_the_effective_number_of_parts(counts: list[int]) -> None:
    rng = np.random.default_rng(4)
    of_parts = rng.normal(size=(20_000, len(counts)))
    names = np.repeat(np.arange(len(counts)), counts)
    means = of_parts[:, names].mean(axis=1)
    assert effective(names.tolist()) == pytest.approx(1 / means.var(), rel=0.05)


def test_of_nothing_there_is_no_share() -> None:
    assert share([], []) is None


def test_weights_of_a_part_add_up_to_one() -> None:
    names = ["a", "b", "a", "c", "a", "b"]
    weights = once_each(names)
    for name in "abc":
        assert sum(weight for weight, one in zip(weights, names, strict=True) if one == name) == pytest.approx(1)
