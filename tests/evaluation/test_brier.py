"""Brier scores against scikit-learn, and a decomposition that adds up."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from pipeline.evaluation.brier import brier_scores, brier_skill, decomposed


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of four classes that sum to 1, and the true class as 0 and 1."""
    rng = np.random.default_rng(8)
    said = rng.dirichlet(np.ones(4), size=120)
    truth = np.eye(4, dtype=bool)[[rng.choice(4, p=row) for row in said]]
    return said, truth


def test_each_label_has_the_score_of_scikit_learn(answers: tuple[np.ndarray, np.ndarray]) -> None:
    said, truth = answers
    each = [brier_score_loss(truth[:, k], said[:, k]) for k in range(4)]
    assert brier_scores(said, truth) == pytest.approx(each)


def test_labels_add_up_to_the_score_of_all_classes(answers: tuple[np.ndarray, np.ndarray]) -> None:
    said, truth = answers
    whole = brier_score_loss(truth.argmax(axis=1), said, labels=range(4), scale_by_half=False)
    assert brier_scores(said, truth).sum() == pytest.approx(whole)


def test_weights_are_those_of_scikit_learn(answers: tuple[np.ndarray, np.ndarray]) -> None:
    said, truth = answers
    weights = np.random.default_rng(9).uniform(size=120)
    each = [brier_score_loss(truth[:, k], said[:, k], sample_weight=weights) for k in range(4)]
    assert brier_scores(said, truth, weights) == pytest.approx(each)


@pytest.mark.parametrize("k", range(4))
def test_parts_add_up_to_the_score(answers: tuple[np.ndarray, np.ndarray], k: int) -> None:
    said, truth = answers
    parts = decomposed(said[:, k], truth[:, k])
    assert parts.score == pytest.approx(brier_score_loss(truth[:, k], said[:, k]))
    assert parts.reliability - parts.resolution + parts.uncertainty + parts.within == pytest.approx(parts.score)


def test_what_is_within_bins_is_variance_less_twice_covariance(answers: tuple[np.ndarray, np.ndarray]) -> None:
    said, true = answers[0][:, 0], answers[1][:, 0]
    within = 0.0
    for m in range(15):
        inside = (said > m / 15) & (said <= (m + 1) / 15)
        if inside.any():
            spread, gap = said[inside] - said[inside].mean(), true[inside] - true[inside].mean()
            within += ((spread**2).sum() - 2 * (spread * gap).sum()) / len(said)
    assert decomposed(said, true).within == pytest.approx(within)


def test_statements_of_few_values_are_murphys_own_case() -> None:
    said = np.repeat([0.1, 0.5, 0.9], [20, 10, 20])
    true = np.concatenate([np.arange(20) < 4, np.arange(10) < 5, np.arange(20) < 16])
    parts = decomposed(said, true)
    assert parts.reliability == pytest.approx((20 * 0.1**2 + 0 + 20 * 0.1**2) / 50)
    assert parts.resolution == pytest.approx((20 * 0.3**2 + 0 + 20 * 0.3**2) / 50)
    assert parts.uncertainty == pytest.approx(0.25)
    assert parts.within == pytest.approx(0)


def test_skill_is_one_for_the_truth_and_nothing_for_the_shares_themselves() -> None:
    truth = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=bool)
    assert brier_skill(truth.astype(float), truth) == pytest.approx(1)
    assert brier_skill(np.tile([0.75, 0.25], (4, 1)), truth) == pytest.approx(0)
    assert brier_skill(1.0 - truth, truth) == pytest.approx(1 - 2 / 0.375)


def test_there_is_no_skill_where_every_recording_is_alike() -> None:
    assert brier_skill(np.full((3, 2), 0.5), np.tile([True, False], (3, 1))) is None
