"""Risk-coverage against every order of a tie, brute force and closed forms."""

from itertools import permutations

import numpy as np
import pytest

from pipeline.evaluation.risk_coverage import risk_coverage


def test_risk_is_the_share_of_errors_among_the_surest() -> None:
    rng = np.random.default_rng(1)
    sure, wrong = rng.uniform(size=50), rng.uniform(size=50) < 0.3
    found = risk_coverage(sure, wrong)
    order = sorted(range(50), key=lambda k: -sure[k])
    risk = [np.mean([wrong[k] for k in order[: n + 1]]) for n in range(50)]
    assert found.risk == pytest.approx(risk)
    assert found.coverage == pytest.approx(np.arange(1, 51) / 50)
    assert found.aurc == pytest.approx(np.mean(risk))


def test_ties_are_the_mean_of_every_order_they_could_be_in() -> None:
    sure, wrong = [0.9, 0.5, 0.5, 0.5, 0.1], [False, True, False, True, False]
    risks = []
    for order in permutations([1, 2, 3]):
        errors = np.cumsum([wrong[k] for k in (0, *order, 4)])
        risks.append(errors / np.arange(1, 6))
    assert risk_coverage(np.array(sure), np.array(wrong)).risk == pytest.approx(np.mean(risks, axis=0))


def test_an_order_that_knows_its_errors_has_no_excess() -> None:
    wrong = np.array([False] * 7 + [True] * 3)
    found = risk_coverage(-np.arange(10.0), wrong)
    assert found.excess == pytest.approx(0)
    assert found.aurc == pytest.approx((1 / 8 + 2 / 9 + 3 / 10) / 10)


def test_confidence_that_says_nothing_has_the_risk_of_all_everywhere() -> None:
    found = risk_coverage(np.full(20, 0.5), np.arange(20) < 5)
    assert found.risk == pytest.approx(np.full(20, 0.25))


def test_only_the_order_of_confidence_counts() -> None:
    rng = np.random.default_rng(2)
    sure, wrong = rng.uniform(size=30), rng.uniform(size=30) < 0.5
    assert risk_coverage(sure, wrong).aurc == pytest.approx(risk_coverage(np.exp(9 * sure), wrong).aurc)


def test_of_nothing_there_is_no_area() -> None:
    assert np.isnan(risk_coverage(np.zeros(0), np.zeros(0, dtype=bool)).aurc)
