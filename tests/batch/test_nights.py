"""Nights against their definition, counted pair by pair, and against the law of ranks of exchangeable nights."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import kstest

from pipeline.batch.trends.drift import ODDS, drift_in
from pipeline.batch.trends.nights import Heard, middles, nights_of, usual_nights

BEGIN = datetime(2026, 1, 1, 3, tzinfo=UTC)
LATER = date(2030, 1, 1)

Plant = list[list[np.ndarray]]
"""Of each night, of each machine, the values recorded."""


def heard(plant: Plant, seed: int = 0) -> list[Heard]:
    """A plant as a store tells of it."""
    return [
        Heard(0, BEGIN + timedelta(days=day, minutes=m, seconds=k), (f"m{m}",), f"{seed} {day} {m} {k}", float(p))
        for day, night in enumerate(plant)
        for m, values in enumerate(night)
        for k, p in enumerate(values)
    ]


def drawn(rng: np.random.Generator, odd: float, weather: float, own: np.ndarray, counts: list[int]) -> list[np.ndarray]:
    """A night of machines that are odd each in its own way and share the weather."""
    return [
        1 / (1 + np.exp(one + weather + odd + rng.normal(0, 0.7, count)))
        for one, count in zip(own, counts, strict=True)
    ]


def often_when_calm(rng: np.random.Generator, n_nights: int, machines: int) -> Plant:
    """A fifth of the nights are odd, and then each machine is recorded once instead of twelve times."""
    own, odd = rng.normal(1.5, 1.5, machines), rng.random(n_nights) < 0.2
    return [drawn(rng, 3 * one, rng.normal(), own, [1 if one else 12] * machines) for one in odd]


def silent_when_odd(rng: np.random.Generator, n_nights: int, machines: int) -> Plant:
    """A fifth of the nights are odd, and then only the first machine is recorded."""
    own, odd = rng.normal(1.5, 1.5, machines), rng.random(n_nights) < 0.2
    return [drawn(rng, 3 * one, rng.normal(), own, [1, *[1 - int(one)] * (machines - 1)]) for one in odd]


def few_sizes(rng: np.random.Generator, n_nights: int, machines: int) -> Plant:
    """Values of three sizes, so that most nights of one machine are equals."""
    return [[rng.integers(1, 4, 1) / 3 for _ in range(machines)] for _ in range(n_nights)]


@pytest.mark.parametrize("machines", [1, 4])
@pytest.mark.parametrize("kind", [often_when_calm, silent_when_odd, few_sizes])
def test_ranks_of_exchangeable_nights_are_even_and_independent(
    kind: Callable[[np.random.Generator, int, int], Plant], machines: int
) -> None:
    rng = np.random.default_rng(machines)
    plants = [heard(kind(rng, 60, machines), seed) for seed in range(100)]
    ranks = np.array([[night.rank for night in nights_of(one)] for one in plants])
    assert ranks.mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / ranks.size))
    assert kstest(ranks.ravel(), "uniform").pvalue > 1e-3
    next_to_each_other = 12 * (ranks[:, 1:] - 0.5) * (ranks[:, :-1] - 0.5)
    assert next_to_each_other.mean() == pytest.approx(0.0, abs=4 / np.sqrt(next_to_each_other.size))
    told = sum(drift_in(one, LATER) is not None for one in plants)
    assert told <= 100 / ODDS + 3 * np.sqrt(100 / ODDS)


def test_a_night_is_worth_the_pairs_that_it_wins() -> None:
    rng = np.random.default_rng(5)
    plant = [[rng.integers(1, 6, rng.integers(0, 5)) / 5 for _ in range(3)] for _ in range(12)]
    plant[0][0] = np.array([0.2])  # something in every night
    plant = [night for night in plant if sum(map(len, night))]
    by_night = [[one for one in heard(plant) if (one.at - BEGIN).days == day] for day in range(len(plant))]

    def middle(values: np.ndarray) -> list[float]:
        ordered = sorted([*values, *values])  # of twice as many, two are in the middle
        return [ordered[len(values) - 1], ordered[len(values)]]

    for last, usual in enumerate(usual_nights(middles(by_night))):
        expected = []
        for night in plant[: last + 1]:
            of_points = []
            for m in range(3):
                others = [other[m] for other in plant[: last + 1] if len(other[m])]
                if len(night[m]):
                    wins = [np.sign(a - b) for other in others for a in middle(night[m]) for b in middle(other)]
                    of_points.append(sum(wins) / 4 / len(others))
            expected.append(np.mean(of_points))
        assert usual == pytest.approx(expected)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (1, 12), (12, 1)])
def test_more_or_fewer_recordings_a_day_make_no_night_stranger(before: int, after: int) -> None:
    rng, ranks = np.random.default_rng(6), []
    for seed in range(200):
        # Nearly always quite usual, now and then very strange: the mean of many is below most of them.
        plant = [[1 - 0.1 * rng.exponential(size=before if night < 30 else after) ** 2] for night in range(60)]
        ranks += [night.rank for night in nights_of(heard(plant, seed))][29:]
    assert np.mean(ranks) == pytest.approx(0.5, abs=0.015)


def test_machines_that_join_are_no_drift_however_odd_they_are() -> None:
    rng, told = np.random.default_rng(7), 0
    for seed in range(50):
        own = rng.normal(1.5, 1.5, 5) + np.arange(5)
        plant = [drawn(rng, 0.0, rng.normal(), own, [int(night >= 20 * m) for m in range(5)]) for night in range(120)]
        told += drift_in(heard(plant, seed), LATER) is not None
    assert told <= 2


def test_the_same_recordings_always_give_the_same_ranks() -> None:
    plant = heard(few_sizes(np.random.default_rng(8), 50, 2))
    assert list(nights_of(plant)) == list(nights_of(plant))


def test_nights_without_a_night_before_have_no_rank() -> None:
    assert list(nights_of([])) == list(nights_of(heard([[np.array([0.5, 0.1])]]))) == []
