"""Answers: what scores on a test side are worth, small as it may be: ranking, and how often the highest is right."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from honest.protocol import Protocol, ProtocolSplit
from honest.scorers import Scorer, Scores
from pipeline.evaluation.metrics import by_window_and_recording


class Answered(NamedTuple):
    """What one method scored on one split, in percent.

    Attributes:
        split: its name.
        n: windows that test.
        macro_auroc: over the labels that have both sides.
        auroc: label by label, on windows; None where the test side has one side only.
        recordings: macro AUROC on recordings; None for fewer than ten.
        accuracy: how often the highest score of the labels that test is the true one, on windows with one fault.
        accuracy_any: the same with every label allowed as an answer.
    """

    split: str
    n: int
    macro_auroc: float | None
    auroc: Mapping[str, float | None]
    recordings: float | None
    accuracy: float
    accuracy_any: float


def answered(setting: Protocol, one: ProtocolSplit, scorer: Scorer) -> Answered:
    """One method on one split; a recording's score is the mean of its windows'."""
    scores = scorer(one.train, one.test)
    signals, owner = torch.unique(setting.windows.signal_of_window[one.test], return_inverse=True)
    targets = setting.windows.targets[signals].numpy()
    found = by_window_and_recording(scores, targets, owner.numpy(), setting.labels, setting.multiclass)
    windows, truth = found["windows"], targets[owner.numpy()]
    tested = np.flatnonzero(truth.any(axis=0)).tolist()
    return Answered(
        split=one.name,
        n=windows["n"],
        macro_auroc=windows["macro_auroc"],
        auroc=windows["auroc"],
        recordings=found["recordings"].get("macro_auroc"),
        accuracy=right(scores, truth, tested),
        accuracy_any=right(scores, truth, range(len(setting.labels))),
    )


def right(scores: Scores, truth: Scores, among: Sequence[int]) -> float:
    """How often the highest score is the true label's, in percent, on windows with exactly one label.

    A tie counts by the share of a guess among those that tie, so that equal scores get what chance gets.

    Args:
        scores, truth: (window, label).
        among: the labels allowed as an answer, by place.

    Example:
        >>> scores, truth = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 9.0]]), np.array([[1, 0, 0], [0, 1, 0]])
        >>> right(scores, truth, [0, 1, 2]), right(scores, truth, [0, 1])
        (50.0, 75.0)
    """
    single = np.asarray(truth).sum(axis=1) == 1
    asked, wanted = np.asarray(scores)[single][:, among], np.asarray(truth)[single][:, among] > 0.5
    highest = asked == asked.max(axis=1, keepdims=True)
    return round(100 * float(((highest & wanted).sum(axis=1) / highest.sum(axis=1)).mean()), 2)


def answers_row(found: Sequence[Answered]) -> dict[str, Any]:
    """The columns of a row; mean, spread and worst are over splits.

    Example:
        >>> one = Answered("a", 10, 90.0, {"ball": 90.0}, None, 50.0, 40.0)
        >>> both = [one, one._replace(split="b", macro_auroc=80.0, auroc={"ball": 80.0})]
        >>> row = answers_row(both)
        >>> row["macro_auroc"], row["std"], row["worst"], row["by_split"], row["recordings_auroc"]
        (85.0, 5.0, 80.0, {'a': 90.0, 'b': 80.0}, None)
    """
    macro = [one.macro_auroc for one in found if one.macro_auroc is not None]
    labels = {name: _mean([one.auroc[name] for one in found]) for name in found[0].auroc}
    return {
        "splits": len(found),
        "macro_auroc": _mean(macro),
        "std": round(float(np.std(macro)), 2) if len(macro) > 1 else None,
        "recordings_auroc": _mean([one.recordings for one in found]),
        "worst": min(macro, default=None),
        "accuracy": _mean([one.accuracy for one in found]),
        "worst_accuracy": min(one.accuracy for one in found),
        "accuracy_any": _mean([one.accuracy_any for one in found]),
        **labels,
        "by_split": {one.split: one.macro_auroc for one in found},
        "test_windows": sum(one.n for one in found),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 2) if known else None
