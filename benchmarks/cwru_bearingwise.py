"""H1: what every image and method scores on bearings it never saw, over the 100 published splits of the CWRU data.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/cwru_bearingwise.py --json cwru_bearingwise.json

Macro AUROC over inner race, outer race and ball, in percent, on the 360 windows of one second that test, and on their
36 recordings; mean and spread over the splits. Features are computed once per image, net and weights, heads are
solved split by split. `--tuning` scores the published tuning folds instead, which is where settings may be chosen;
`--quick` takes 4 splits, 2 windows a signal and few methods. `--splits N` takes the first N. `--long` then
fine-tunes nets, see cwru_finetuned.py, into a JSON of that name beside this one.

Source of protocol and published figures: Vieira, Bauler, Rosa, Silva (2026), MSSP 258, 114640, table 10.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from cwru_finetuned import sweep
from honest.asked import chosen
from honest.figures import Scored, means_of_bearings, of_bearings, of_scores, published, share_better, summary
from honest.h1 import PER_SIGNAL, h1
from honest.h1_table import FOREST, METHODS
from honest.methods import Method, without_net
from honest.nested import nested_choice
from honest.pictures import beside, dots
from honest.protocol import Protocol
from honest.resumable import Resumable
from honest.scorers import Scorer
from honest.worth import worth_of_weights
from ledger import Ledger, arguments, count

from pipeline.errors import CatalogError, FaultprintError

N_SPLITS = 100
IMAGE = "fault_order"
PUBLISHED = 85.06
SAID = (
    "published, same protocol: random forest 85.06 +- 8.92 (the best), SVM 81.06 +- 6.76, "
    "WDCNN on envelopes 74.51 +- 9.43 (Vieira et al. 2026, table 10)"
)
SHARED = "the tuning folds hold the same 18 bearings as the reported splits, as published: a small optimism remains"
CHOSEN = (
    "cells: the penalty 10 is from the tuning folds, sought after 3 had scored 92.82 (missed) on the 100 splits, 94.69 "
    "with side bands; the forest's envelope too, after the squared one had scored 84.57; random weights are one draw; "
    "the ready model: 32 variants there, see ready_model.py"
)


def flags(parser: argparse.ArgumentParser) -> None:
    """What this script takes besides the flags of every script."""
    parser.add_argument("--splits", type=count, help="the first so many of the 100")
    parser.add_argument("--tuning", action="store_true", help="the three tuning folds on both sides instead")
    parser.add_argument("--long", action="store_true", help="then fine-tune nets as well, on ten splits; a night")
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--only", default="", help="rows whose image and method hold this, such as 'stft frozen'")
    parser.add_argument("--published", type=Path, help="the authors' forest per split: seed,healthy_train_end,macro")


class Outcome(NamedTuple):
    """What one method came to.

    Attributes:
        name: of the method, with its net.
        image: that it reads.
        scorer: what the splits asked.
        found: per split.
    """

    name: str
    image: str | None
    scorer: Scorer
    found: list[Scored]


def score(ledger: Ledger, setting: Protocol, method: Method, complete: bool) -> Outcome:
    """One method on all splits, and its row."""
    started = time.perf_counter()
    made = method.make(setting)
    ready = time.perf_counter()
    scores = [made.scorer(one.train, one.test) for one in setting.splits]
    pairs = list(zip(setting.splits, scores, strict=True))
    found = [of_scores(setting, one, said) for one, said in pairs]
    figures = summary(found)
    ledger.add(
        method=method.name,
        image=method.image,
        **{"specimens": setting.splits[0].specimens} | dict(made.columns),
        **figures,
        **verdict(method.target, (figures["macro_auroc"], figures["recordings_auroc"]), complete),
        by_bearing=means_of_bearings([of_bearings(setting, one, said) for one, said in pairs]),
        features_s=round(ready - started, 1),
        splits_s=round(time.perf_counter() - ready, 1),
    )
    return Outcome(told(ledger.rows[-1]), method.image, made.scorer, found)


def told(row: Mapping[str, Any]) -> str:
    """A row's method with its net.

    Example:
        >>> told({"method": "frozen net", "backbone": "vgg16", "weights": "random"})
        'frozen net, vgg16, random'
    """
    return ", ".join(filter(None, (row["method"], row["backbone"], row["weights"])))


def verdict(target: Sequence[float], figures: Sequence[float], complete: bool) -> dict[str, Any]:
    """A row's target, on windows or on windows and recordings, and whether it was reached; no answer from a part.

    Example:
        >>> verdict((94.0, 95.0), (94.5, 94.9), complete=True)
        {'target': '94 / 95', 'reached': 'missed'}
    """
    if not target:
        return {"target": None, "reached": None}
    asked = " / ".join(f"{value:g}" for value in target)
    if not complete:
        return {"target": asked, "reached": None}
    reached = all(value >= wanted for value, wanted in zip(figures, target, strict=False))
    return {"target": asked, "reached": "reached" if reached else "missed"}


def choose(ledger: Ledger, setting: Protocol, outcomes: Sequence[Outcome]) -> None:
    """The nested choice among the methods on our image, a row beside the others."""
    ours = [one for one in outcomes if one.image == IMAGE]
    if len(ours) < 2:
        return
    scorers, found = {one.name: one.scorer for one in ours}, {one.name: one.found for one in ours}
    made, chosen = nested_choice(setting, scorers, found)
    columns = {"specimens": setting.splits[0].specimens, **without_net(None)}
    ledger.add(method=f"nested choice among the {len(ours)} above", image=IMAGE, **columns, **summary(made))
    counted = "; ".join(f"{name} {count}" for name, count in chosen.most_common())
    ledger.note(f"nested choice, on every split's own training bearings: {counted}")


def compare(ledger: Ledger, setting: Protocol, outcomes: Sequence[Outcome], table: Path | None) -> None:
    """Add to every row on how many splits it beats the random forest: ours, and the authors' where it is at hand."""
    windows = [[one.windows for one in outcome.found] for outcome in outcomes]
    ours = next((scores for row, scores in zip(ledger.rows, windows, strict=True) if row["method"] == FOREST), None)
    theirs = published(table, setting.splits) if table else None
    for row, scores in zip(ledger.rows, windows, strict=True):
        row["above_published_mean"] = share_better(scores, [PUBLISHED] * len(scores))
        row["above_our_forest"] = share_better(scores, ours) if ours and row["method"] != FOREST else None
        if theirs:
            row["above_their_forest"] = share_better(scores, theirs)
    ledger.header["splits"] = [one.name for one in setting.splits]
    ledger.header["windows_auroc_by_split"] = windows


def picture(ledger: Ledger, path: Path | None) -> None:
    """Every method on windows and on recordings, beside the JSON."""
    if not path or not ledger.rows:
        return
    lines = [(f"{row['image'] or 'samples'}: {told(row)}", figures(row)) for row in ledger.rows]
    dots(beside(path), ("windows", "recordings"), lines, "H1: bearings never seen, mean over splits")
    ledger.header["figure"] = beside(path).name


def figures(row: Mapping[str, Any]) -> list[float]:
    """What is drawn of a row."""
    return [row["macro_auroc"], row["recordings_auroc"]]


def finetuning(path: Path | None, quick: bool) -> None:
    """Nets that learn, with a JSON of their own beside this one."""
    beside_it = path and path.with_name("cwru_finetuned.json")
    ledger = Resumable("cwru_finetuned.py", beside_it, resume=True)
    sweep(ledger, only="", quick=quick)
    ledger.finish()


def main() -> None:
    """Every method on every split."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Ledger("cwru_bearingwise.py")
    ledger.json_only = frozenset({"by_bearing"})
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
    outcomes = []
    for method in chosen(options, METHODS):
        try:
            outcomes.append(score(ledger, setting, method, complete))
        except FaultprintError as error:
            ledger.note(f"no row: {method.image}, {method.name}: {error}")
    compare(ledger, setting, outcomes, None if options.tuning else options.published)
    choose(ledger, setting, outcomes)
    picture(ledger, options.json)
    for line in worth_of_weights(ledger.rows):
        ledger.note(line)
    ledger.note(setting.told()).note(SAID).note(SHARED).note(CHOSEN).finish(options.json)
    if options.long:
        finetuning(options.json, options.quick)


if __name__ == "__main__":
    main()
