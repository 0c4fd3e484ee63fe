"""Figures of one method over many splits: mean and spread, the worst split, label by label."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from honest.protocol import Protocol, ProtocolSplit
from honest.scorers import Scorer, Scores
from pipeline.evaluation.metrics import by_window_and_recording


class Scored(NamedTuple):
    """What one method scored on one split, in percent.

    Attributes:
        windows, recordings: macro AUROC.
        labels: AUROC on windows, label by label.
    """

    windows: float
    recordings: float
    labels: Mapping[str, float]


def scored(setting: Protocol, one: ProtocolSplit, scorer: Scorer) -> Scored:
    """One method on one split; a recording's score is the mean of its windows'."""
    return of_scores(setting, one, scorer(one.train, one.test))


def of_scores(setting: Protocol, one: ProtocolSplit, scores: Scores) -> Scored:
    """Scores of a split's windows that test, as figures."""
    signals, owner = torch.unique(setting.windows.signal_of_window[one.test], return_inverse=True)
    targets = setting.windows.targets[signals].numpy()
    found = by_window_and_recording(scores, targets, owner.numpy(), setting.labels, setting.multiclass)
    windows = found["windows"]
    return Scored(windows["macro_auroc"], found["recordings"]["macro_auroc"], windows["auroc"])


def summary(found: Sequence[Scored]) -> dict[str, Any]:
    """The columns of a row; the spread is over splits, not the error of the mean.

    Example:
        >>> both = [Scored(90.0, 92.0, {"ball": 90.0}), Scored(94.0, 98.0, {"ball": 94.0})]
        >>> found = summary(both)
        >>> found["macro_auroc"], found["std"], found["recordings_auroc"], found["ball"], found["worst"]
        (92.0, 2.0, 95.0, 92.0, 90.0)
    """
    windows = np.array([one.windows for one in found])
    recordings = np.array([one.recordings for one in found])
    quartiles = [round(float(value), 1) for value in np.percentile(windows, [25, 50, 75])]
    labels = {name: round(float(np.mean([one.labels[name] for one in found])), 1) for name in found[0].labels}
    return {
        "splits": len(found),
        "macro_auroc": round(float(windows.mean()), 2),
        "std": round(float(windows.std()), 2),
        "recordings_auroc": round(float(recordings.mean()), 2),
        "recordings_std": round(float(recordings.std()), 2),
        **labels,
        "worst": round(float(windows.min()), 1),
        "quartiles": quartiles,
    }


def of_bearings(setting: Protocol, one: ProtocolSplit, scores: Scores) -> dict[str, float]:
    """Faulty bearings that test -> AUROC of their windows against those without their fault, in percent."""
    owner = setting.windows.signal_of_window[one.test]
    targets = setting.windows.targets[owner].numpy()
    parts = np.array([setting.windows.rows[signal].specimen for signal in owner.tolist()])
    found = {}
    for part in np.unique(parts):
        for place in np.flatnonzero(targets[parts == part][0]):
            against = np.sort(scores[targets[:, place] == 0, place])
            own = scores[parts == part, place]
            above = np.searchsorted(against, own, "left") + np.searchsorted(against, own, "right")
            found[str(part)] = 50 * float(above.mean()) / len(against)
    return found


def means_of_bearings(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Bearing -> mean over the splits that it tests in, the worst first.

    Example:
        >>> means_of_bearings([{"a": 90.0, "b": 80.0}, {"a": 100.0}])
        {'b': 80.0, 'a': 95.0}
    """
    names = {name for one in found for name in one}
    means = {name: round(float(np.mean([one[name] for one in found if name in one])), 1) for name in names}
    return dict(sorted(means.items(), key=lambda pair: (pair[1], pair[0])))


def share_better(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Percent of splits on which ours is higher.

    Example:
        >>> share_better([90.0, 80.0], [85.0, 85.0])
        50.0
    """
    return round(100 * float(np.mean(np.array(ours) > np.array(theirs))), 1)


def published(path: Path, splits: Sequence[ProtocolSplit]) -> list[float]:
    """The authors' printed random forest, split by split, in percent.

    Args:
        path: a table with the columns seed, healthy_train_end, macro (0 to 1).
        splits: in this order.
    """
    with path.open(newline="") as file:
        lines = {(int(line["seed"]), line["healthy_train_end"]): float(line["macro"]) for line in csv.DictReader(file)}
    return [100 * lines[_named(one.name)] for one in splits]


def _named(split: str) -> tuple[int, str]:
    """Seed and side of a split by its name.

    Example:
        >>> _named("seed 4 side DE")
        (4, 'DE')
    """
    _, seed, _, side = split.split()
    return int(seed), side
