"""H1: what every image and method scores on bearings it never saw, over the 100 published splits of the CWRU data.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/cwru_bearingwise.py --json cwru_bearingwise.json

Macro AUROC over inner race, outer race and ball, in percent, on the 360 windows of one second that test, and on their
36 recordings; mean and spread over the splits. Features are computed once per image, net and weights, heads are
solved split by split. `--tuning` scores the published tuning folds instead, which is where settings may be chosen;
`--quick` takes 4 splits, 2 windows a signal and few methods. `--splits N` takes the first N. `--long` adds fine-tuned
nets on the tuning folds and the first four splits.

Source of protocol and published figures: Vieira, Bauler, Rosa, Silva (2026), MSSP 258, 114640, table 10.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from honest.asked import chosen
from honest.figures import Scored, published, scored, share_better, summary
from honest.h1 import PER_SIGNAL, h1
from honest.h1_table import FOREST, LONG, METHODS
from honest.methods import Method
from honest.protocol import Protocol
from honest.worth import worth_of_weights
from ledger import Ledger, arguments

from pipeline.errors import CatalogError, FaultprintError

N_SPLITS = 100
PUBLISHED = 85.06
SAID = (
    "published, same protocol: random forest 85.06 +- 8.92 (the best), SVM 81.06 +- 6.76, "
    "WDCNN on envelopes 74.51 +- 9.43 (Vieira et al. 2026, table 10)"
)
SHARED = "the tuning folds hold the same 18 bearings as the reported splits, as published: a small optimism remains"
CHOSEN = (
    "cells: the penalty 10 is from the tuning folds, sought after 3 had scored 92.82 (missed) on the 100 splits, 94.69 "
    "with side bands; the forest's envelope too, after the squared one had scored 84.57; random weights are one draw"
)


def flags(parser: argparse.ArgumentParser) -> None:
    """What this script takes besides the flags of every script."""
    parser.add_argument("--splits", type=int, help="the first so many of the 100")
    parser.add_argument("--tuning", action="store_true", help="the three tuning folds on both sides instead")
    parser.add_argument("--long", action="store_true", help="fine-tuned nets as well, on ten splits; hours")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="rows whose image and method hold this, such as 'stft frozen'")
    parser.add_argument("--published", type=Path, help="the authors' forest per split: seed,healthy_train_end,macro")


def score(ledger: Ledger, setting: Protocol, method: Method, complete: bool) -> list[Scored]:
    """One method on all splits, and its row."""
    started = time.perf_counter()
    made = method.make(setting)
    ready = time.perf_counter()
    found = [scored(setting, one, made.scorer) for one in setting.splits]
    figures = summary(found)
    ledger.add(
        method=method.name,
        image=method.image,
        **{"specimens": setting.splits[0].specimens} | dict(made.columns),
        **figures,
        **verdict(method.target, figures["macro_auroc"], complete),
        features_s=round(ready - started, 1),
        splits_s=round(time.perf_counter() - ready, 1),
    )
    return found


def verdict(target: float | None, reached: float, complete: bool) -> dict[str, Any]:
    """A row's target, and whether it was reached; no answer from a part of the splits.

    Example:
        >>> verdict(94.0, 93.9, complete=True)
        {'target': 94.0, 'reached': 'missed'}
    """
    if target is None or not complete:
        return {"target": target, "reached": None}
    return {"target": target, "reached": "reached" if reached >= target else "missed"}


def compare(ledger: Ledger, setting: Protocol, found: Sequence[list[Scored]], table: Path | None) -> None:
    """Add to every row on how many splits it beats the random forest: ours, and the authors' where it is at hand."""
    windows = [[one.windows for one in splits] for splits in found]
    ours = next((scores for row, scores in zip(ledger.rows, windows, strict=True) if row["method"] == FOREST), None)
    theirs = published(table, setting.splits) if table else None
    for row, scores in zip(ledger.rows, windows, strict=True):
        row["above_published_mean"] = share_better(scores, [PUBLISHED] * len(scores))
        row["above_our_forest"] = share_better(scores, ours) if ours and row["method"] != FOREST else None
        if theirs:
            row["above_their_forest"] = share_better(scores, theirs)
    ledger.header["splits"] = [one.name for one in setting.splits]
    ledger.header["windows_auroc_by_split"] = windows


def finetuning(ledger: Ledger) -> None:
    """Nets that learn: on the tuning folds, and on the first four of the reported splits."""
    for setting in (h1(tuning=True), h1(n_splits=4)):
        for method in LONG:
            score(ledger, setting, method, complete=False)


def main() -> None:
    """Every method on every split."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Ledger("cwru_bearingwise.py")
    try:
        setting = h1(
            tuning=options.tuning,
            n_splits=options.splits or (4 if options.quick else None),
            per_signal=2 if options.quick else PER_SIGNAL,
        )
    except CatalogError as error:
        ledger.note(f"no rows: {error}").finish(options.json)
        return
    complete = len(setting.splits) == N_SPLITS and not options.quick
    found = []
    for method in chosen(options, METHODS):
        try:
            found.append(score(ledger, setting, method, complete))
        except FaultprintError as error:
            ledger.note(f"no row: {method.image}, {method.name}: {error}")
    compare(ledger, setting, found, None if options.tuning else options.published)
    for line in worth_of_weights(ledger.rows):
        ledger.note(line)
    if options.long:
        finetuning(ledger)
    ledger.note(setting.told()).note(SAID).note(SHARED).note(CHOSEN).finish(options.json)


if __name__ == "__main__":
    main()
