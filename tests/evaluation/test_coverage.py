"""Coverage: a truth table of what a set holds, and counts by hand."""

import pytest

from pipeline.evaluation.coverage import coverage, coverage_by_label, covered
from pipeline.evaluation.judged import Judged


def one(truth: str, said: str, outcome: str = "AMBIGUOUS", specimen: str = "a", answer: str = "") -> Judged:
    return Judged(
        "s", specimen, "a.wav", tuple(truth.split()),
        answer=tuple((answer or said).split()), outcome=outcome, set=tuple(said.split()), calibrated=True,
    )  # fmt: skip


def any_of(truth: str, possible: str, unsure: str) -> Judged:
    outcome = "AMBIGUOUS" if unsure else "CONFIDENT"
    return one(truth, possible, outcome)._replace(unsure=tuple(unsure.split()))


@pytest.mark.parametrize(
    ("truth", "possible", "unsure", "held"),
    [
        ("ball", "ball", "", True),
        ("ball", "ball", "ball", True),
        ("ball", "ball cage", "cage", True),
        ("ball", "ball cage", "ball cage", True),
        ("ball", "ball cage", "ball", False),  # cage is said for certain, and is not there
        ("ball", "ball cage", "", False),
        ("ball", "cage", "", False),
        ("ball", "cage", "cage", False),  # ball was ruled out, and is there
        ("ball cage", "ball", "", False),
        ("ball cage", "ball", "ball", False),
        ("ball cage", "ball cage", "", True),
        ("healthy", "healthy", "", True),
        ("healthy", "ball", "ball", True),  # that it is not there is not ruled out
        ("healthy", "ball", "", False),
        ("ball", "healthy", "", False),
    ],
)
def test_what_a_multilabel_set_holds(truth: str, possible: str, unsure: str, held: bool) -> None:
    assert covered(any_of(truth, possible, unsure), multiclass=False) is held


def test_a_label_said_for_certain_beside_one_left_open_is_named() -> None:
    found = coverage_by_label([any_of("ball", "ball cage", "ball")], ["cage"])["cage"]
    assert found.named_wrongly is not None
    assert found.named_wrongly.value == 1.0
    unsure = coverage_by_label([any_of("ball", "ball cage", "cage")], ["cage"])["cage"]
    assert unsure.named_wrongly is not None
    assert unsure.named_wrongly.value == 0.0


@pytest.mark.parametrize(
    ("truth", "said", "held"), [("ball", "ball", True), ("ball", "ball healthy", True), ("healthy", "ball", False)]
)
def test_what_a_multiclass_set_holds(truth: str, said: str, held: bool) -> None:
    assert covered(one(truth, said), multiclass=True) is held


def test_a_verdict_without_a_set_holds_nothing_and_is_not_counted() -> None:
    flagged = Judged("s", "b", "b.wav", ("ball",), outcome="OUTSIDE", calibrated=True)
    assert not covered(flagged, multiclass=True)
    found = coverage([one("ball", "ball"), flagged], multiclass=True)
    assert found.held is not None
    assert found.right is not None
    assert (found.held.value, found.held.n_recordings) == (1.0, 1)
    assert (found.right.value, found.right.n_recordings) == (0.5, 2)


def test_sizes_of_sets_are_counted() -> None:
    found = coverage([one("ball", "ball"), one("ball", "ball cage"), one("ball", "ball cage healthy")], multiclass=True)
    assert found.sizes == {1: 1, 2: 1, 3: 1}
    assert found.set_size == 2.0


def test_nothing_is_promised_without_calibration() -> None:
    found = coverage([Judged("s", "a", "a.wav", ("ball",), answer=("ball",))], multiclass=True)
    assert (found.held, found.set_size, found.confident) == (None, None, None)
    assert found.right is not None


def test_a_label_is_held_where_it_is_and_named_wrongly_where_it_is_not() -> None:
    judged = [
        one("ball", "ball", "CONFIDENT", "p1"),
        one("ball", "cage", "CONFIDENT", "p1"),
        one("ball", "ball cage", "AMBIGUOUS", "p2"),
        one("healthy", "ball", "AMBIGUOUS", "p3"),
        one("healthy", "ball", "CONFIDENT", "p4"),
    ]
    found = coverage_by_label(judged, ["ball", "cage"])
    ball, cage = found["ball"], found["cage"]
    assert ball.held is not None
    assert ball.named_wrongly is not None
    assert cage.named_wrongly is not None
    assert ball.held.of_recordings == pytest.approx(2 / 3)
    assert ball.held.value == pytest.approx(0.75)  # p1 holds in one of two, p2 in one of one
    assert ball.named_wrongly.of_recordings == 0.5
    assert cage.held is None
    assert cage.named_wrongly.of_recordings == pytest.approx(1 / 5)
