"""H2 and H2b: the CWRU bearings by fault size; two sizes of everything train, the third tests."""

from typing import NamedTuple

import torch

from honest.figures import Scored, scored
from honest.h1 import INTAKE, PER_SIGNAL
from honest.protocol import Protocol, ProtocolSplit, cut, placed
from honest.scored_once import scored_once
from honest.scorers import Scorer
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.splitting.protocols.cwru_sizewise import SIZES_MIL
from pipeline.catalog.splitting.split import SplitConfig, configs_of, split
from pipeline.errors import CatalogError
from pipeline.evaluation.metrics import by_window_and_recording
from pipeline.models.bundle import Task
from pipeline.progress import Tick, unwatched

PROTOCOL = "cwru_sizewise"
SIGNALS = {False: (72, 36), True: (48, 24)}
"""Signals that train and that test: with healthy ones, and faults only."""


class WithAccuracy(NamedTuple):
    """What one method scored and answered on one split, in percent.

    Attributes:
        scored: AUROC.
        windows, recordings: how often the highest score is the right one of three.
    """

    scored: Scored
    windows: float
    recordings: float


def h2(faults_only: bool = False, per_signal: int = PER_SIGNAL, tick: Tick = unwatched) -> Protocol:
    """Open the signals, cut their windows, and make the splits.

    Args:
        faults_only: H2b, three classes, heard at the faulty end only, 3 splits; else H2, the 144 signals, 6 splits.
        per_signal: windows a signal gives; the protocol has 10.
        tick: told of progress.

    Raises:
        CatalogError: when recordings are missing or cannot be used, or a split is not of the protocol's size.
    """
    catalog = load_corpus("cwru")
    wanted = configs_of(catalog, SplitConfig(protocol=PROTOCOL, faults_only=faults_only))
    made = [split(catalog, config) for config in wanted]
    for sides in made:
        if (len(sides.train), len(sides.test)) != SIGNALS[faults_only]:
            raise CatalogError(
                f"H2 has {SIGNALS[faults_only]} signals that train and test, {sides.protocol} has "
                f"{len(sides.train)}, {len(sides.test)}; check the corpus"
            )
    rows = {row.signal: row for sides in made for row in (*sides.train, *sides.test)}
    task: Task = "multiclass" if faults_only else "multilabel"
    intake = INTAKE.model_copy(update={"window": INTAKE.window.model_copy(update={"per_signal": per_signal})})
    windows, labels = cut(catalog, sorted(rows.values(), key=lambda row: row.source), intake, task, tick)
    splits = tuple(placed(sides.protocol, sides, windows) for sides in made)
    return Protocol(windows, labels, task, intake, splits, made[0])


def size_of(one: ProtocolSplit) -> int:
    """The size that a split leaves out, in mil."""
    return next(size for size in SIZES_MIL if f" {size} mil out" in one.name)


def with_accuracy(setting: Protocol, one: ProtocolSplit, scorer: Scorer) -> WithAccuracy:
    """One method on one split, trained once for all figures."""
    told = scored_once(setting, one.train, one.test, scorer)
    signals, owner = torch.unique(setting.windows.signal_of_window[one.test], return_inverse=True)
    scores, targets = told(one.train, one.test), setting.windows.targets[signals].numpy()
    found = by_window_and_recording(scores, targets, owner.numpy(), setting.labels, setting.multiclass)
    both = (found["windows"]["accuracy"], found["recordings"]["accuracy"])
    return WithAccuracy(scored(setting, one, told), *both)
