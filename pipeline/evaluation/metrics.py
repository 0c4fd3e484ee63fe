"""Metrics: scores and truth to the figures of `metrics.json`, in percent."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.in_percent import percent
from pipeline.evaluation.ranking import Scores, ranked_above

FEWEST_RECORDINGS = 10
"""Below this a figure per recording moves by ten points with one recording, so none is given."""


def decided(scores: Scores, multiclass: bool) -> npt.NDArray[np.bool_]:
    """Labels answered: the highest logit, or every one above 0.

    Example:
        >>> decided(np.array([[0.5, 2.0], [-1.0, -3.0]]), multiclass=True)
        array([[False,  True],
               [ True, False]])
        >>> decided(np.array([[0.5, 2.0], [-1.0, -3.0]]), multiclass=False)
        array([[ True,  True],
               [False, False]])
    """
    if not multiclass:
        return np.asarray(scores > 0)
    answer = np.zeros(scores.shape, dtype=bool)
    answer[np.arange(len(scores)), scores.argmax(axis=1)] = True
    return answer


def majority_share(truth: npt.NDArray[Any]) -> float:
    """Share of the commonest set of labels: the accuracy of always answering the same.

    Example:
        >>> majority_share(np.array([[1, 0], [1, 0], [0, 1], [0, 0]]))
        0.5
    """
    _, counts = np.unique(np.asarray(truth) > 0.5, axis=0, return_counts=True)
    return float(counts.max() / len(truth))


def figures(scores: Scores, truth: Scores, labels: Sequence[str], multiclass: bool) -> dict[str, Any]:
    """All figures of one set of windows or recordings.

    Args:
        scores: logits, shape (n, label).
        truth: 0 or 1, shape (n, label).
        labels: names of the columns.
        multiclass: whether labels exclude one another.

    Returns:
        `macro_auroc` (mean over the labels that have both sides), `auroc` and `recall` per label, `macro_f1` (mean over
        the labels that are there), `accuracy` (labels exactly right), `majority`, `n`; percent, None where undefined.

    Example:
        >>> found = figures(np.array([[2.0], [1.0], [-1.0]]), np.array([[1], [0], [0]]), ["ball"], multiclass=False)
        >>> found["macro_auroc"], found["accuracy"]
        (100.0, 66.67)
    """
    there = np.asarray(truth) > 0.5
    answers = decided(np.asarray(scores), multiclass)
    ranks = {label: ranked_above(scores[there[:, k], k], scores[~there[:, k], k]) for k, label in enumerate(labels)}
    auroc = {label: percent(rank) for label, rank in ranks.items()}
    ranked = [value for value in auroc.values() if value is not None]
    hits, said, true = (answers & there).sum(axis=0), answers.sum(axis=0), there.sum(axis=0)
    present = true > 0
    recall = hits / np.maximum(true, 1)
    f1 = 2 * hits / np.maximum(said + true, 1)
    return {
        "macro_auroc": round(float(np.mean(ranked)), 2) if ranked else None,
        "auroc": auroc,
        "macro_f1": percent(f1[present].mean()) if present.any() else None,
        "recall": {label: percent(recall[k]) if present[k] else None for k, label in enumerate(labels)},
        "accuracy": percent((answers == there).all(axis=1).mean()),
        "majority": percent(majority_share(there)),
        "n": len(there),
    }


def pooled_by_signal(scores: Scores, signal_of_window: npt.NDArray[np.integer[Any]], n_signals: int) -> Scores:
    """Mean logit of each signal's windows.

    Example:
        >>> pooled_by_signal(np.array([[1.0], [3.0], [5.0]]), np.array([0, 0, 1]), 2)
        array([[2.],
               [5.]])
    """
    return np.stack([scores[signal_of_window == index].mean(axis=0) for index in range(n_signals)])


def by_window_and_recording(
    scores: Scores,
    targets: Scores,
    signal_of_window: npt.NDArray[np.integer[Any]],
    labels: Sequence[str],
    multiclass: bool,
) -> dict[str, Any]:
    """Figures over windows, and over signals by the mean logit of their windows.

    Args:
        scores: (window, label). targets: (signal, label). signal_of_window: (window,).
    """
    pooled = pooled_by_signal(scores, signal_of_window, len(targets))
    recordings: dict[str, Any] = figures(pooled, targets, labels, multiclass)
    if len(targets) < FEWEST_RECORDINGS:
        recordings = {"n": len(targets), "note": f"no figures below {FEWEST_RECORDINGS} recordings"}
    return {"windows": figures(scores, targets[signal_of_window], labels, multiclass), "recordings": recordings}
