"""OUTSIDE against pairs counted one by one."""

import math
from collections.abc import ItemsView

import numpy as np
import pytest
from scipy.stats import binomtest

from pipeline.evaluation.judged import Judged
from pipeline.evaluation.outside import outside_figures


def one(known: bool, p: float | None, outcome: str = "AMBIGUOUS", right: bool = True, part: str = "a") -> Judged:
    answer = ("ball",) if right else ("cage",)
    return Judged("s", part, "a.wav", ("ball",), known, answer, outcome, calibrated=p is not None, outside_p=p)


def test_auroc_is_the_share_of_pairs_in_which_the_unknown_one_is_stranger() -> None:
    rng = np.random.default_rng(0)
    inside, out = rng.uniform(size=30).round(1), (rng.uniform(size=20) ** 2).round(1)
    found = outside_figures([*(one(True, float(p)) for p in inside), *(one(False, float(p)) for p in out)])
    wins = (out[:, None] < inside[None, :]) + 0.5 * (out[:, None] == inside[None, :])
    assert found.auroc == pytest.approx(wins.mean())
    assert (found.n_known, found.n_unknown) == (30, 20)


def test_every_rate_is_of_its_own_signals() -> None:
    judged = [
        one(True, 0.5, "CONFIDENT", right=True, part="k1"),
        one(True, 0.5, "CONFIDENT", right=False, part="k2"),
        one(True, 0.01, "OUTSIDE", part="k3"),
        one(True, 0.5, "AMBIGUOUS", right=False, part="k4"),
        one(False, 0.01, "OUTSIDE", part="u1"),
        one(False, 0.3, "CONFIDENT", part="u2"),
    ]
    found = outside_figures(judged)
    rates = [found.told, found.false_flags, found.confident_wrong, found.confident_unknown]
    assert [rate and (rate.value, rate.n_specimens) for rate in rates] == [(0.5, 2), (0.25, 4), (0.25, 4), (0.5, 2)]


def test_without_p_values_nothing_is_said_of_flags() -> None:
    found = outside_figures([one(True, None), one(False, None)])
    assert (found.auroc, found.told, found.false_flags, found.confident_wrong) == (None, None, None, None)


def test_the_auroc_is_as_uncertain_as_that_of_its_smaller_side() -> None:
    def found(n_known: int, n_unknown: int) -> tuple[float | None, float | None]:
        known = [one(True, 0.3 + 0.4 * (k % 2), part=f"k{k}") for k in range(n_known)]
        unknown = [one(False, 0.5, part=f"u{k}") for k in range(n_unknown)]
        figures = outside_figures([*known, *unknown])
        return figures.auroc_low, figures.auroc_high

    exact = binomtest(2, 4).proportion_ci(0.95, method="exact")
    assert found(4, 50) == found(50, 4) == pytest.approx((exact.low, exact.high))


def test_without_unknown_signals_there_is_no_auroc() -> None:
    found = outside_figures([one(True, 0.5)])
    assert (found.auroc, found.told, found.confident_unknown) == (None, None, None)
    assert found.false_flags is not None


@pytest.mark.parametrize(
    "sides",
    [
        {True: [5] * 20, False: [5] * 8}.items(),
        {True: [5] * 8, False: [5] * 30}.items(),
        {True: [5] * 40, False: [30, *[1] * 9]}.items(),
    ],
    ids=["few unknown parts", "few known parts", "one part dominates"],
)
def test_the_interval_of_the_auroc_holds_it_often_enough_where_parts_repeat(sides: ItemsView[bool, list[int]]) -> None:
    rng = np.random.default_rng(4)
    true = 0.5 * math.erfc(-1.2 / 2)  # of two normal distributions 1.2 standard deviations apart
    held = 0
    for _ in range(200):
        judged = []
        for known, often in sides:
            for k, count in enumerate(often):
                # Nearly all of the spread is between parts: five recordings of one are hardly more than one.
                middle = rng.normal(1.2 * known, math.sqrt(0.9))
                scores = rng.normal(middle, math.sqrt(0.1), size=count)
                judged += [one(known, float(p), part=f"{known}{k}") for p in scores]
        found = outside_figures(judged)
        assert found.auroc_low is not None
        assert found.auroc_high is not None
        held += found.auroc_low <= true <= found.auroc_high
    assert held >= 0.95 * 200
