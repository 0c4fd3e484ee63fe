"""Nested choice: on every split the method that was best on that split's own training side, and what it then scores.

Settings that were chosen on folds which share bearings with the reported splits flatter them a little; a choice that
never sees a bearing that tests does not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from honest.figures import Scored, scored
from honest.protocol import Protocol, ProtocolSplit
from honest.scorers import Scorer

N_FOLDS = 4
"""As many as H1's training side has bearings of every fault."""


def nested_choice(
    setting: Protocol, scorers: Mapping[str, Scorer], found: Mapping[str, Sequence[Scored]], n_folds: int = N_FOLDS
) -> tuple[list[Scored], Counter[str]]:
    """What the choice scores on every split, and how often each method was chosen.

    Args:
        setting: windows and splits.
        scorers: the methods to choose from, by name.
        found: what each scored on every split, in the order of the splits.
        n_folds: of a training side.
    """
    chosen = [best(setting, inner_folds(setting, one, n_folds), scorers) for one in setting.splits]
    return [found[name][place] for place, name in enumerate(chosen)], Counter(chosen)


def best(setting: Protocol, folds: Sequence[ProtocolSplit], scorers: Mapping[str, Scorer]) -> str:
    """The method with the highest mean over folds; the first of equals."""
    means = {
        name: float(np.mean([scored(setting, fold, scorer).windows for fold in folds]))
        for name, scorer in scorers.items()
    }
    return max(means, key=lambda name: means[name])


def inner_folds(setting: Protocol, one: ProtocolSplit, n_folds: int) -> list[ProtocolSplit]:
    """A training side in folds by bearing, so that each tests some bearings of every fault.

    Healthy signals go by recording, as a training side of H1 has one healthy bearing: the same part on both sides.
    """
    windows = setting.windows
    fold_of = folds_of_signals(setting, torch.unique(windows.signal_of_window[one.train]).tolist(), n_folds)
    own = torch.tensor([fold_of[signal] for signal in windows.signal_of_window[one.train].tolist()])
    return [
        replace(one, name=f"{one.name}, fold {fold}", train=one.train[own != fold], test=one.train[own == fold])
        for fold in range(n_folds)
    ]


def folds_of_signals(setting: Protocol, signals: Sequence[int], n_folds: int) -> dict[int, int]:
    """Signal -> fold: bearings of every class are dealt in turn, in the order of their names."""
    rows = setting.windows.rows
    by_class: dict[tuple[str, ...], dict[str, list[int]]] = {}
    for signal in signals:
        row = rows[signal]
        faulty = bool(setting.windows.targets[signal].sum())
        part = (row.specimen if faulty else row.recording) or row.signal
        by_class.setdefault(row.labels, {}).setdefault(part, []).append(signal)
    return {
        signal: place % n_folds
        for parts in by_class.values()
        for place, part in enumerate(sorted(parts))
        for signal in parts[part]
    }
