"""Simulation as a start: what it is worth over ImageNet and over chance, with few real labels or none.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/simulated_start.py --json simulated_start.json

SqueezeNet 1.1 asked of every plane of the fault_order picture whether its fault is there, from ImageNet weights and
from random ones, as they are and after simulated machines have taught them. Then real labels of H1: none, 18 windows
(one of each training signal at 0 HP), 72 (at all loads), 720 (all); to solve a head on the frozen net, and to train the
whole net. Macro AUROC in percent on the windows that test, beside the ready model and the untrained score. `--signals
N` simulates so many machines, `--splits N` takes the first so many of the 100; nets are trained on the first 4.
`--quick` is a small part of it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from honest.amounts import Amount, reduced
from honest.asked import add_rows, per_signal
from honest.asked import flags as usual_flags
from honest.figures import scored, share_better, summary
from honest.h1 import h1
from honest.h1_table import CELLS, ORDERS
from honest.methods import Made, Method, trained, untrained
from honest.pictures import Curve, beside, curves
from honest.protocol import Protocol
from honest.resumable import BY_SPLIT, Resumable
from honest.starts import STARTS, School, Start, as_taught, frozen, on_simulation, school, whole
from honest.unchanged import ready
from ledger import arguments, count

from pipeline.errors import CatalogError, FaultprintError

N_SIGNALS, QUICK_SIGNALS = 30_000, 256
"""Minutes each; the ready model, whose net is small, had four times as many."""
FRESH = 2000
FEW_SPLITS = 4
NO_LABEL = "no label"
AMOUNTS = {"18 windows": Amount(1, "0"), "72 windows": Amount(1), "720 windows": Amount(10)}
TRAINED_ON = ("18 windows", "72 windows")
"""What whole nets are trained on; more takes hours."""

MET = "simulated machines never met"
FROZEN, WHOLE = "frozen net, ridge", "whole net trained"
TAUGHT, READY, UNTRAINED = "head of simulation, unchanged", "ready model", "no training: own plane over the best other"
USUAL = "frozen net, a head per label, 224 pixels, ridge"

CHOSEN = (
    "64 x 64 pixels, features.7, ridge, 30,000 machines: one choice each, before any real window was scored; looked at "
    "on simulated machines alone: side bands in the picture or not, a rate of 1e-3 or 3e-3, gradients clipped or not"
)
NEW_HEAD = (
    "weights are what simulation hands on: a frozen net and a whole net get a new head, solved on the real labels"
)
SAME = "figures on the first 4 splits stand beside one another, not beside those on all; the first splits are harder"


def flags(parser: argparse.ArgumentParser) -> None:
    """How many machines, and how many splits."""
    usual_flags(parser)
    parser.add_argument("--signals", type=count, help=f"simulated machines; {N_SIGNALS} if absent")
    parser.add_argument("--splits", type=count, default=100, help="the first so many of the 100")


def row(setting: Protocol, amount: Amount | None, n_splits: int, made: Callable[[], Made]) -> dict[str, Any]:
    """The columns of one method, amount, and number of splits."""
    method, started = made(), time.perf_counter()
    splits = [one if amount is None else reduced(one, amount, setting.windows) for one in setting.splits[:n_splits]]
    found = [scored(setting, one, method.scorer) for one in splits]
    return {
        **{name: method.columns[name] for name in ("backbone", "weights", "regime")},
        **summary(found),
        "training_windows": len(splits[0].train) if amount else 0,
        "specimens": splits[0].specimens if amount else 0,
        BY_SPLIT: [one.windows for one in found],
        "seconds": round(time.perf_counter() - started, 1),
    }


Asked = Sequence[tuple[str, int]]
"""Amounts by name, and on how many splits."""


def add(ledger: Resumable, setting: Protocol, method: Method, start: str | None, asked: Asked) -> None:
    """The rows of one method and start."""
    rows = [
        ({"start": start, "amount": amount, "splits": n_splits}, partial(row, setting, AMOUNTS.get(amount), n_splits))
        for amount, n_splits in asked
    ]
    add_rows(ledger, setting, method, rows)


def add_start(ledger: Resumable, setting: Protocol, start: Start, learn: School, few: int, quick: bool) -> None:
    """All that is asked of one start."""
    everything, most = len(setting.splits), setting.intake.window.per_signal or 1
    if start.simulated:
        told = {"method": MET, "image": "fault_order", "start": start.name, "amount": NO_LABEL, "splits": None}
        net = {"backbone": "squeezenet1_1", "weights": start.told, "regime": None}
        fresh = QUICK_SIGNALS if quick else FRESH
        ledger.once(told, lambda: net | on_simulation(learn(start), fresh))
        method = Method(TAUGHT, "fault_order", as_taught(start, learn))
        add(ledger, setting, method, start.name, [(NO_LABEL, count) for count in dict.fromkeys((everything, few))])
    there = [name for name, amount in AMOUNTS.items() if amount.per_signal <= most]
    asked = {(name, everything): None for name in there} | {(name, few): None for name in TRAINED_ON}
    add(ledger, setting, Method(FROZEN, "fault_order", frozen(start, learn)), start.name, list(asked))
    some = TRAINED_ON[:1] if quick else TRAINED_ON
    if not quick or start.weights == "imagenet":
        method = Method(WHOLE, "fault_order", whole(start, learn))
        add(ledger, setting, method, start.name, [(name, few) for name in some])


def add_others(ledger: Resumable, setting: Protocol, few: int, quick: bool) -> None:
    """What stands beside: methods that no real label taught, and the frozen net as H1's table has it."""
    everything = len(setting.splits)
    asked = [(NO_LABEL, count) for count in dict.fromkeys((everything, few))]
    add(ledger, setting, Method(READY, "fault_order", ready), None, asked)
    add(ledger, setting, Method(UNTRAINED, "fault_order", untrained(ORDERS, CELLS)), None, asked)
    if not quick:
        usual = Method(USUAL, "fault_order", trained(ORDERS))
        add(ledger, setting, usual, STARTS[0].name, [(name, everything) for name in AMOUNTS])


Row = Mapping[str, Any]


def gains(rows: Sequence[Row]) -> list[str]:
    """What simulation added to a start, method by method and amount by amount.

    Example:
        >>> one = {"method": "frozen", "amount": "18 windows", "splits": 2}
        >>> before = one | {"start": "random", "macro_auroc": 80.0, "by_split": [79.0, 81.0]}
        >>> after = one | {"start": "random, then simulation", "macro_auroc": 90.0, "by_split": [99.0, 81.0]}
        >>> gains([before, after])
        ['simulation over random: frozen, 18 windows: +10.00 (2 splits, better on 50 %)']
    """
    lines = []
    same = ("method", "amount", "splits")
    for after in rows:
        for start in STARTS[:2]:
            name = {"start": start.name} | {column: after[column] for column in same}
            before = next((row for row in rows if name.items() <= row.items()), None)
            if before is None or after["start"] != f"{start.name}, then simulation":
                continue
            gain = after["macro_auroc"] - before["macro_auroc"]
            better = share_better(after[BY_SPLIT], before[BY_SPLIT])
            where = f"{after['splits']} splits, better on {better:.0f} %"
            lines.append(f"simulation over {start.name}: {after['method']}, {after['amount']}: {gain:+.2f} ({where})")
    return lines


def draw(ledger: Resumable, everything: int, few: int) -> None:
    """A panel for frozen nets and one for whole ones, a curve per start."""
    if not (ledger.path and ledger.rows):
        return
    ticks = (NO_LABEL, *AMOUNTS)
    panels = {
        f"{told}: {n_splits} splits": [
            *(Curve(start.name, [figure(ledger.rows, start.name, method, tick, n_splits) for tick in ticks])
              for start in STARTS),
            *(Curve(other, [figure(ledger.rows, None, other, NO_LABEL, n_splits)] * len(ticks))
              for other in (READY, UNTRAINED)),
        ]
        for told, method, n_splits in (("head on the frozen net", FROZEN, everything), (WHOLE, WHOLE, few))
    }  # fmt: skip
    title = "What a net starts from, against the real labels it gets (H1, macro AUROC on windows of new bearings)"
    curves(beside(ledger.path), panels, ticks, "real windows that train", title)


def figure(rows: Sequence[Row], start: str | None, method: str, amount: str, n_splits: int) -> float | None:
    """One figure; without labels, that of the head that simulation taught."""
    asked = TAUGHT if amount == NO_LABEL and start else method
    name = {"start": start, "method": asked, "amount": amount, "splits": n_splits}
    return next((row["macro_auroc"] for row in rows if name.items() <= row.items()), None)


def main() -> None:
    """Every start at every amount."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable("simulated_start.py", options.json, options.resume)
    quick = options.quick
    few = 1 if quick else min(FEW_SPLITS, options.splits)
    try:
        setting = h1(n_splits=2 if quick else options.splits, per_signal=per_signal(options))
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
        ledger.finish()
        return
    n_signals = options.signals or (QUICK_SIGNALS if quick else N_SIGNALS)
    with tempfile.TemporaryDirectory() as folder:
        learn = school(n_signals, Path(folder))
        add_others(ledger, setting, few, quick)
        for start in STARTS:
            try:
                add_start(ledger, setting, start, learn, few, quick)
            except FaultprintError as error:
                ledger.note(f"no row: {start.name}: {error}")
    told = f"simulated machines that taught: {n_signals:,}, each seen once"
    for line in [setting.told(), told, CHOSEN, NEW_HEAD, SAME, *gains(ledger.rows)]:
        ledger.note(line)
    draw(ledger, len(setting.splits), few)
    ledger.finish()


if __name__ == "__main__":
    main()
