"""Reliability against scikit-learn, brute force and simulated truth."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from pipeline.evaluation.reliability import (
    MANY,
    calibration_error,
    debiased_error,
    error_by_chance,
    places_of,
    reliability_curve,
)


def statements(n: int, seed: int, warp: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities said, and truths whose chance is said ** warp; calibrated at 1."""
    rng = np.random.default_rng(seed)
    said = rng.uniform(size=n)
    return said, rng.uniform(size=n) < said**warp


@pytest.mark.parametrize(("equal_mass", "strategy"), [(False, "uniform"), (True, "quantile")])
@pytest.mark.parametrize("n_bins", [5, 15])
def test_the_curve_is_that_of_scikit_learn(n_bins: int, equal_mass: bool, strategy: str) -> None:
    said, true = statements(398, seed=1, warp=2)  # no quantile falls on a statement, where rounding would decide
    curve = reliability_curve(said, true, n_bins=n_bins, equal_mass=equal_mass)
    shares, means = calibration_curve(true, said, n_bins=n_bins, strategy=strategy)
    assert [one.share for one in curve] == pytest.approx(shares)
    assert [one.probability for one in curve] == pytest.approx(means)


def test_the_error_is_the_mean_gap_of_bins_as_guo_writes_it() -> None:
    said, true = statements(333, seed=2, warp=0.5)
    said[:2] = 0.0, 1.0
    error = 0.0
    for m in range(1, 16):
        inside = [k for k in range(333) if (m - 1) / 15 < said[k] <= m / 15 or (m == 1 and said[k] == 0)]
        if inside:
            error += len(inside) / 333 * abs(true[inside].mean() - said[inside].mean())
    assert calibration_error(said, true) == pytest.approx(error)


def test_equal_mass_bins_hold_equally_many_and_never_part_equal_statements() -> None:
    said, _ = statements(300, seed=3)
    assert np.bincount(places_of(said, 15, equal_mass=True)).tolist() == [20] * 15
    ties = np.repeat([0.1, 0.2, 0.9], [50, 3, 47])
    place = places_of(ties, 15, equal_mass=True)
    assert all(len(set(place[ties == value])) == 1 for value in (0.1, 0.2, 0.9))
    assert len(set(place)) == 3


def test_weights_count_like_repetition() -> None:
    said, true = statements(60, seed=4, warp=3)
    times = np.random.default_rng(4).integers(1, 5, size=60)
    repeated = calibration_error(said.repeat(times), true.repeat(times))
    assert calibration_error(said, true, weights=times.astype(float)) == pytest.approx(repeated)


@pytest.mark.parametrize("equal_mass", [False, True])
def test_the_error_by_chance_is_the_mean_error_of_simulated_calibrated_truths(equal_mass: bool) -> None:
    said, _ = statements(90, seed=5)
    rng = np.random.default_rng(5)
    errors = [calibration_error(said, rng.uniform(size=90) < said, equal_mass=equal_mass) for _ in range(3000)]
    spread = np.std(errors) / np.sqrt(len(errors))
    assert error_by_chance(said, equal_mass=equal_mass) == pytest.approx(np.mean(errors), abs=5 * spread)


def test_of_very_many_statements_the_normal_distribution_is_near_enough() -> None:
    chances = np.full(MANY, 0.3)
    exact, normal = error_by_chance(chances, n_bins=1), error_by_chance(np.full(MANY + 1, 0.3), n_bins=1)
    assert normal == pytest.approx(exact, rel=2e-3)


def test_the_debiased_error_of_a_calibrated_model_is_nearer_to_nothing_than_the_plain_one() -> None:
    plain, debiased = [], []
    for seed in range(60):
        said, true = statements(80, seed)
        plain.append(calibration_error(said, true, equal_mass=True))
        debiased.append(debiased_error(said, true))
    assert np.mean(debiased) < 0.5 * np.mean(plain)


def test_what_is_taken_off_is_on_average_what_chance_adds_to_the_squared_gap() -> None:
    # One bin, a constant statement of 0.6, a true share of 0.8: the squared gap is 0.04.
    rng = np.random.default_rng(6)
    said = np.full(10, 0.6)
    found = []
    for _ in range(8000):
        true = rng.uniform(size=10) < 0.8
        gap = true.mean() - 0.6
        found.append(gap**2 - true.mean() * (1 - true.mean()) / 9)
        if found[-1] > 0:
            assert debiased_error(said, true, n_bins=1) ** 2 == pytest.approx(found[-1])
        else:
            assert debiased_error(said, true, n_bins=1) == 0.0
    assert np.mean(found) == pytest.approx(0.04, abs=0.005)


def test_intervals_of_bins_count_parts() -> None:
    said, true = np.full(40, 0.7), np.arange(40) % 10 < 7
    alone, parts = reliability_curve(said, true)[0], reliability_curve(said, true, [k // 10 for k in range(40)])[0]
    assert (alone.n, alone.n_specimens, parts.n, parts.n_specimens) == (40, 40, 40, 4)
    assert parts.high - parts.low > 2 * (alone.high - alone.low)


def test_intervals_of_bins_hold_the_truth_often_enough_where_one_part_dominates() -> None:
    rng, counts = np.random.default_rng(7), [60, *[1] * 9]
    names = np.repeat(np.arange(10), counts).tolist()
    held = []
    for _ in range(600):
        # Every part has a chance of its own, 0.8 on average, and statements on it hardly differ.
        true = rng.uniform(size=69) < np.repeat(rng.beta(0.8, 0.2, size=10), counts)
        (found,) = reliability_curve(np.full(69, 0.8), true, names)
        held.append(found.low <= 0.8 <= found.high)
    assert np.mean(held) >= 0.95


def test_of_no_statement_there_is_no_error() -> None:
    nothing = np.zeros(0)
    assert np.isnan(calibration_error(nothing, nothing > 0))
    assert np.isnan(error_by_chance(nothing))
    assert reliability_curve(nothing, nothing > 0) == ()


def test_single_statements_tell_no_debiased_error() -> None:
    assert np.isnan(debiased_error(np.array([0.2, 0.8]), np.array([False, True]), n_bins=2))
