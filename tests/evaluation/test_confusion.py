"""Confusion against scikit-learn."""

import numpy as np
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from pipeline.evaluation.confusion import by_label, confusion
from pipeline.evaluation.judged import Judged

LABELS = ["ball", "healthy", "inner_race"]


def test_a_multiclass_matrix_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, answer = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
    judged = [Judged(str(k), "a", "a", (LABELS[truth[k]],), answer=(LABELS[answer[k]],)) for k in range(60)]
    found = confusion(judged, LABELS)
    assert found.truths == found.answers == tuple((label,) for label in LABELS)
    assert np.array_equal(found.counts, confusion_matrix(truth, answer))


def test_labels_of_a_multilabel_model_are_counted_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(1)
    truth, answer = rng.uniform(size=(2, 50, 3)) < 0.4
    judged = [
        Judged(
            str(k), "a", "a",
            tuple(name for name, there in zip(LABELS, truth[k], strict=True) if there),
            answer=tuple(name for name, there in zip(LABELS, answer[k], strict=True) if there),
        )
        for k in range(50)
    ]  # fmt: skip
    for matrix, counts in zip(
        multilabel_confusion_matrix(truth, answer), by_label(judged, LABELS).values(), strict=True
    ):
        assert matrix.ravel().tolist() == [counts.rightly_not_said, counts.said_wrongly, counts.missed, counts.found]
    found = confusion(judged, LABELS)
    assert sum(map(sum, found.counts)) == 50
    for k, one in enumerate(judged):
        row = found.truths.index(tuple(sorted(one.truth)))
        column = found.answers.index(tuple(sorted(one.answer)))
        alike = sum((truth == truth[k]).all(axis=1) & (answer == answer[k]).all(axis=1))
        assert found.counts[row][column] == alike


def test_unknown_labels_are_rows_of_their_own_at_the_end_and_no_errors_of_a_label() -> None:
    judged = [
        Judged("a", "a", "a", ("inner_race",), answer=("inner_race",), outcome="CONFIDENT"),
        Judged("b", "b", "b", ("aa_unheard",), known=False, answer=("ball",), outcome="CONFIDENT"),
        Judged("c", "c", "c", ("aa_unheard",), known=False, answer=(), outcome="OUTSIDE"),
    ]
    found = confusion(judged, LABELS)
    assert found.truths == (("inner_race",), ("aa_unheard",))
    assert found.answers == (("ball",), ("inner_race",), ())
    assert found.counts == ((0, 1, 0), (1, 0, 1))
    assert found.confident == ((0, 1, 0), (1, 0, 0))
    assert found.n_known == 1
    assert by_label(judged, LABELS)["ball"].said_wrongly == 0


def test_singles_come_before_combinations_in_the_order_of_the_labels() -> None:
    truths = [("inner_race", "ball"), ("inner_race",), ("healthy",), ("ball",)]
    found = confusion([Judged(str(k), "a", "a", truth) for k, truth in enumerate(truths)], ["ball", "inner_race"])
    assert found.truths == (("healthy",), ("ball",), ("inner_race",), ("ball", "inner_race"))
