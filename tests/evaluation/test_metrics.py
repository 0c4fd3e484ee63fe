"""Metrics against hand counts."""

import numpy as np
import pytest

from pipeline.evaluation.metrics import by_window_and_recording, decided, figures, majority_share

LABELS = ("ball", "inner_race")


def test_auroc_is_the_share_of_rightly_ordered_pairs() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (40, 2))
    scores = rng.standard_normal((40, 2)) + truth
    found = figures(scores, truth, LABELS, multiclass=False)
    for k, label in enumerate(LABELS):
        yes, no = scores[truth[:, k] == 1, k], scores[truth[:, k] == 0, k]
        assert found["auroc"][label] == pytest.approx(100 * np.mean(yes[:, None] > no[None, :]), abs=0.006)
    assert found["macro_auroc"] == pytest.approx(np.mean(list(found["auroc"].values())), abs=0.01)


def test_a_label_that_is_always_there_has_no_auroc_and_does_not_enter_the_mean() -> None:
    truth = np.array([[1, 1], [1, 0], [1, 1]])
    found = figures(np.array([[0.0, 2.0], [1.0, -1.0], [2.0, 1.0]]), truth, LABELS, multiclass=False)
    assert found["auroc"] == {"ball": None, "inner_race": 100.0}
    assert found["macro_auroc"] == 100.0


def test_accuracy_counts_signals_whose_labels_are_exactly_right() -> None:
    truth = np.array([[1, 1], [0, 1], [0, 0]])
    scores = np.array([[1.0, 1.0], [1.0, 1.0], [-1.0, -1.0]])
    assert figures(scores, truth, LABELS, multiclass=False)["accuracy"] == pytest.approx(66.67)


def test_recall_is_the_share_of_true_faults_found() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    scores = np.array([[1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0]])
    assert figures(scores, truth, LABELS, multiclass=False)["recall"] == {"ball": 50.0, "inner_race": 100.0}


def test_one_label_alone_has_the_recall_and_f1_of_its_faults() -> None:
    truth, scores = np.array([[1], [1], [1], [0]]), np.array([[1.0], [-1.0], [-1.0], [-1.0]])
    found = figures(scores, truth, ("ball",), multiclass=False)
    assert found["recall"] == {"ball": pytest.approx(33.33)}
    assert found["macro_f1"] == 50.0


def test_a_label_without_examples_does_not_enter_the_mean_f1() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 0]])
    assert figures(np.array([[1.0, -1], [1, -1], [-1, -1]]), truth, LABELS, multiclass=False)["macro_f1"] == 100.0


def test_multiclass_answers_exactly_one_label() -> None:
    assert decided(np.random.default_rng(0).standard_normal((30, 4)), multiclass=True).sum(axis=1).tolist() == [1] * 30


def test_majority_counts_sets_of_labels_not_single_ones() -> None:
    assert majority_share(np.array([[1, 1], [1, 0], [0, 1], [0, 1]])) == 0.5


def test_recordings_pool_windows_by_their_mean_logit() -> None:
    targets = np.eye(2)[np.arange(12) % 2]
    owner = np.repeat(np.arange(12), 3)
    scores = np.where(targets[owner] > 0, 1.0, -1.0)
    # One loud wrong window in each recording is outvoted only if it weighs less than the two right ones together.
    scores[::3] *= -1.5
    found = by_window_and_recording(scores, targets, owner, LABELS, multiclass=False)
    assert found["recordings"]["accuracy"] == 100.0
    assert found["windows"]["accuracy"] == pytest.approx(66.67)


def test_fewer_than_ten_recordings_get_no_figure_per_recording() -> None:
    targets = np.eye(2)[np.arange(8) % 2]
    owner = np.repeat(np.arange(8), 2)
    found = by_window_and_recording(targets[owner] - 0.5, targets, owner, LABELS, multiclass=False)
    assert found["recordings"]["n"] == 8
    assert "macro_auroc" not in found["recordings"]
    assert found["windows"]["macro_auroc"] == 100.0
