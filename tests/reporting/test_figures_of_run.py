"""Figures of a run tell what the scores say."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.reporting.figures_of_run import history_figure, roc_figure, scores_figure, write_run_figures

LABELS = ("outer_race", "ball", "own_label")
HISTORY = [{"branch": b, "epoch": e, "loss": 1.0 / (e + b)} for b in (0, 1) for e in (1, 2, 3)]


@pytest.fixture
def scores_and_truth() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, (24, 3))
    truth[:, 2] = 0
    return rng.standard_normal((24, 3)) + truth, truth


def names(written: list[Path]) -> list[str]:
    return [path.name for path in written]


def test_a_run_leaves_pictures_that_open(tmp_path: Path, scores_and_truth: tuple[np.ndarray, np.ndarray]) -> None:
    written = write_run_figures(tmp_path / "figures", LABELS, *scores_and_truth, HISTORY)
    assert names(written) == ["roc.png", "scores.png", "history.png"]
    for path in written:
        with Image.open(path) as image:
            image.verify()


def test_a_run_without_epochs_has_no_history(tmp_path: Path, scores_and_truth: tuple[np.ndarray, np.ndarray]) -> None:
    assert "history.png" not in names(write_run_figures(tmp_path, LABELS, *scores_and_truth, []))


def test_below_ten_recordings_there_is_no_curve(tmp_path: Path) -> None:
    scores, truth = np.arange(18.0).reshape(9, 2), np.tile([[1, 0]], (9, 1))
    truth[0] = [0, 1]
    assert names(write_run_figures(tmp_path, LABELS[:2], scores, truth, [])) == ["scores.png"]


def test_without_recordings_there_is_no_figure(tmp_path: Path) -> None:
    assert write_run_figures(tmp_path, LABELS, np.zeros((0, 3)), np.zeros((0, 3)), []) == []


def test_auroc_in_the_legend_is_the_share_of_rightly_ordered_pairs(
    scores_and_truth: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, truth = scores_and_truth[0], scores_and_truth[1] == 1
    told = [text.get_text() for text in roc_figure(LABELS, scores, truth).axes[0].get_legend().get_texts()]
    for k in range(2):
        with_it, without = scores[truth[:, k], k], scores[~truth[:, k], k]
        pairs = 100 * np.mean(with_it[:, None] > without[None, :])
        assert told[k].endswith(f"AUROC {pairs:.1f} %")
    assert told[2] == "own label\nno AUROC: none has it"


def test_every_recording_is_a_dot_on_its_own_side(scores_and_truth: tuple[np.ndarray, np.ndarray]) -> None:
    scores, truth = scores_and_truth[0], scores_and_truth[1] == 1
    strips = scores_figure(LABELS, scores, truth).axes[0].collections
    for k in range(3):
        has, has_not = strips[2 * k], strips[2 * k + 1]
        assert sorted(has.get_offsets()[:, 0]) == pytest.approx(sorted(scores[truth[:, k], k]))
        assert sorted(has_not.get_offsets()[:, 0]) == pytest.approx(sorted(scores[~truth[:, k], k]))
        assert (np.asarray(has.get_offsets())[:, 1] < k).all()
        assert (np.asarray(has_not.get_offsets())[:, 1] > k).all()


def test_history_has_a_curve_per_branch_with_its_losses() -> None:
    lines = history_figure(HISTORY).axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [[1, 1 / 2, 1 / 3], [1 / 2, 1 / 3, 1 / 4]]
    assert [list(line.get_xdata()) for line in lines] == [[1, 2, 3], [1, 2, 3]]
