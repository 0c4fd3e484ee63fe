"""Scales of scores, against scikit-learn and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV, _sigmoid_calibration
from sklearn.frozen import FrozenEstimator

from pipeline.diagnosis.calibration.correlation import independent_windows, intraclass_correlation
from pipeline.diagnosis.calibration.platt import fitted_platt
from pipeline.diagnosis.calibration.temperature import fitted_temperature


class Logits:
    """A classifier of scikit-learn's kind whose logits are the features."""

    classes_ = np.arange(3)
    _estimator_type = "classifier"

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, *_: object) -> "Logits":
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        return X

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X.argmax(axis=1)

    def __sklearn_tags__(self) -> object:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression().__sklearn_tags__()


def overconfident(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 3, n)
    return 6 * (np.eye(3)[truth] + draw.normal(size=(n, 3))), truth


@pytest.mark.parametrize("seed", range(5))
def test_the_temperature_is_that_of_scikit_learn(seed: int) -> None:
    logits, truth = overconfident(seed)
    theirs = CalibratedClassifierCV(FrozenEstimator(Logits()), method="temperature").fit(logits, truth)
    beta = theirs.calibrated_classifiers_[0].calibrators[0].beta_
    assert fitted_temperature(logits, truth) == pytest.approx(1 / beta, rel=1e-5)


def test_a_weight_counts_as_so_many_examples() -> None:
    logits, truth = overconfident(3, 40)
    weights = np.random.default_rng(1).integers(1, 4, 40)
    many = fitted_temperature(np.repeat(logits, weights, axis=0), np.repeat(truth, weights))
    assert fitted_temperature(logits, truth, weights.astype(float)) == pytest.approx(many, rel=1e-6)


@pytest.mark.parametrize("n", [10, 16, 100])
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e3])
def test_logits_that_part_all_signals_are_given_the_doubt_that_so_few_leave(n: int, size: float) -> None:
    truth = np.arange(n) % 3
    temperature = fitted_temperature(size * np.eye(3)[truth], truth)
    right = 1 / (1 + 2 * np.exp(-size / temperature))
    assert right**n == pytest.approx(0.5, rel=1e-6)


def test_logits_that_tell_nothing_make_all_labels_equally_likely() -> None:
    truth = np.arange(12) % 2
    for logits in (np.zeros((12, 2)), np.tile([0.001, 0.0], (12, 1)), np.full((12, 2), 7.0)):
        temperature = fitted_temperature(logits, truth)
        assert abs(0.001 / temperature) < 1e-3


@given(st.integers(0, 50), st.floats(1e-3, 1e3))
def test_a_temperature_is_in_the_unit_of_the_logits(seed: int, size: float) -> None:
    logits, truth = overconfident(seed, 12)
    assert fitted_temperature(size * logits, truth) == pytest.approx(size * fitted_temperature(logits, truth), rel=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_platt_scaling_is_that_of_scikit_learn(seed: int) -> None:
    draw = np.random.default_rng(seed)
    there = draw.random(80) < 0.3
    scores = there + draw.normal(size=80)
    a, b = _sigmoid_calibration(scores, there)
    found = fitted_platt(scores, there, doubt=1.0)
    assert (found.slope, found.intercept) == (pytest.approx(-a, rel=1e-4), pytest.approx(-b, rel=1e-4))


def test_scores_that_rank_the_wrong_way_round_give_every_signal_the_same_probability() -> None:
    slope, intercept = fitted_platt(np.array([3.0, 2.0, -2.0, -3.0]), np.array([False, False, True, True]))
    assert slope == 0.0
    assert intercept == pytest.approx(0.0, abs=1e-6)


def test_scores_that_part_both_sides_make_no_certainty() -> None:
    scores, there = np.array([-1.0, -1.0, 1.0, 1.0]), np.array([False, False, True, True])
    slope, intercept = fitted_platt(scores, there)
    # The targets for two examples on each side are 2.5/3 and 0.5/3, and two points of a line can meet both.
    assert 1 / (1 + np.exp(-(slope + intercept))) == pytest.approx(2.5 / 3, abs=1e-4)
    slope, intercept = fitted_platt(scores, there, doubt=1.0)
    assert 1 / (1 + np.exp(-(slope + intercept))) == pytest.approx(0.75, abs=1e-4)  # Platt's: 3/4


@pytest.mark.parametrize("true", [0.0, 0.3, 0.8])
def test_the_correlation_of_windows_is_the_share_of_variance_between_signals(true: float) -> None:
    draw = np.random.default_rng(0)
    owner = np.repeat(np.arange(4000), draw.integers(2, 9, 4000))
    own = np.sqrt(true) * draw.normal(size=4000)
    scores = own[owner] + np.sqrt(1 - true) * draw.normal(size=len(owner))
    assert intraclass_correlation(scores, owner) == pytest.approx(true, abs=0.02)


@pytest.mark.parametrize(("n_signals", "n_kinds"), [(12, 4), (12, 6), (40, 2)])
def test_what_the_truth_explains_is_no_correlation_and_its_means_are_counted(n_signals: int, n_kinds: int) -> None:
    draw, true, rounds = np.random.default_rng(1), 0.6, 300
    kind_of = np.arange(n_signals) % n_kinds
    found = []
    for _ in range(rounds):
        owner = np.repeat(np.arange(n_signals), draw.integers(2, 30, n_signals))
        own = np.sqrt(true) * draw.normal(size=n_signals) + 10 * kind_of
        scores = own[owner] + np.sqrt(1 - true) * draw.normal(size=len(owner))
        found.append(intraclass_correlation(scores, owner, kind_of[owner]))
    # The ratio of two unbiased variances is itself a little low where few signals are free to vary.
    assert np.mean(found) == pytest.approx(true - true * (1 - true) / (n_signals - n_kinds), abs=0.03)


def test_windows_that_are_all_alike_count_as_one() -> None:
    assert intraclass_correlation(np.full(40, 2.5), np.repeat(np.arange(4), 10)) == 1.0


def test_where_no_kind_has_two_signals_windows_count_as_one() -> None:
    scores, owner = np.random.default_rng(0).normal(size=40), np.repeat(np.arange(4), 10)
    assert intraclass_correlation(scores, owner, owner) == 1.0


@pytest.mark.parametrize(("scores", "owner"), [([0.0, 2.0, 1.0, 3.0], [0, 0, 1, 1]), ([0.0, 2.0, 1.0], [0, 0, 1])])
def test_windows_unlike_one_another_in_signals_that_are_alike_are_worth_no_more_than_they_are(
    scores: list[float], owner: list[int]
) -> None:
    """By hand, the variance within is twice that between, or there is none between: the ratio would be below 0."""
    assert intraclass_correlation(np.array(scores), np.array(owner)) == 0.0


def test_windows_that_all_say_the_same_count_as_one() -> None:
    assert intraclass_correlation(np.full(12, 0.3), np.repeat(np.arange(3), 4)) == 1.0


@given(st.integers(1, 500), st.floats(0, 1))
def test_windows_are_worth_one_to_as_many_as_they_are(n_windows: int, correlation: float) -> None:
    (worth,) = independent_windows(n_windows, np.array([correlation]))
    assert 1 - 1e-9 <= worth <= n_windows + 1e-9


def test_the_mean_of_correlated_windows_varies_as_that_of_so_many_independent_ones() -> None:
    draw, n_windows, correlation = np.random.default_rng(0), 8, 0.4
    windows = np.sqrt(correlation) * draw.normal(size=(20000, 1)) + np.sqrt(1 - correlation) * draw.normal(
        size=(20000, n_windows)
    )
    (worth,) = independent_windows(n_windows, np.array([correlation]))
    assert windows.mean(axis=1).var() == pytest.approx(1 / worth, rel=0.05)
