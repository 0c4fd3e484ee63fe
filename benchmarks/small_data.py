"""H6: what methods score on new bearings from little data: transfer against scratch against classic features.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/small_data.py --json small_data.json

H1, first 20 splits, macro AUROC in percent on all 360 windows that test; 1, 2, 5 or 10 windows of one second of every
training signal train, of all four loads or of 0 HP only: 720 windows down to 18. Frozen nets, closed-form heads and
classic features by default; `--long` fine-tunes the last blocks and the whole net and trains from scratch besides, on
the same images, every row on the first 4 splits. Beside every figure the same amount of data dealt at random.
`--splits 100` takes all; `--quick` takes 4 splits, 2 windows a signal and few methods.

After Cao, Zhang, Tang (2018), IEEE Access 6, 26241-26253, whose samples of a class come from one gear.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from honest.amounts import AMOUNTS, Amount, reduced
from honest.asked import add_rows, chosen, h1_flags, n_splits, per_signal
from honest.figures import scored, summary
from honest.h1 import h1
from honest.leaks import leaky_columns, random_twins
from honest.methods import Made, Method
from honest.pictures import Curve, beside, called, curves
from honest.protocol import Protocol
from honest.resumable import Resumable
from honest.table import LONG, METHODS, drawn
from honest.worth import losses, worth_of_weights
from ledger import arguments

from pipeline.catalog.splitting.split import LEAKY
from pipeline.errors import CatalogError

LONG_SPLITS = 4
WHERE = ("windows_per_signal", "loads")
SAID = (
    "published: Cao, Zhang, Tang (2018) find transfer ahead of a local CNN and of an SVM at every amount of gear data "
    "(abstract, read); their figures could not be read again, so none is quoted; their samples of a class come from "
    "one gear, so a random split leaks (from memory). Same protocol as here, 720 windows: random forest 85.06 +- 8.92 "
    "(Vieira et al. 2026, as quoted)"
)
EASIER = "settings were chosen on tuning folds with 720 windows; the first 20 splits are harder than all 100"


def flags(parser: argparse.ArgumentParser) -> None:
    """How much of it."""
    h1_flags(parser)
    told = f"fine-tuning and training from scratch besides, by default on {LONG_SPLITS} splits; hours"
    parser.add_argument("--long", action="store_true", help=told)


def row(setting: Protocol, amount: Amount, made: Callable[[], Made]) -> dict[str, Any]:
    """All columns of one method and amount."""
    started = time.perf_counter()
    windows = setting.windows
    splits = [reduced(one, amount, windows) for one in setting.splits]
    honest = [scored(setting, one, made().scorer) for one in splits]
    random = [scored(setting, one, made().scorer) for one in random_twins(splits, windows)]
    return {
        **made().columns,
        **summary(honest),
        "training_windows": len(splits[0].train),
        "specimens": made().columns.get("specimens", splits[0].specimens),
        **leaky_columns(LEAKY, random),
        "by_split": {"honest": [one.windows for one in honest], LEAKY: [one.windows for one in random]},
        "seconds": round(time.perf_counter() - started, 1),
    }


def named(amount: Amount) -> dict[str, Any]:
    """The columns that tell an amount."""
    return {"windows_per_signal": amount.per_signal, "loads": amount.loads}


def draw(ledger: Resumable) -> None:
    """Curves over windows per signal: all loads, one load, and the leaky twin of the first."""
    if not (ledger.path and ledger.rows):
        return
    ticks = sorted({int(row["windows_per_signal"]) for row in ledger.rows})
    titles = (
        ("all loads train", "all", "macro_auroc"),
        ("0 HP alone trains", "0 HP only", "macro_auroc"),
        ("random windows, all loads: LEAKY", "all", "random_windows_leaky"),
    )
    panels = {}
    for title, loads, key in titles:
        methods = {called(row): row for row in filter(drawn, ledger.rows) if row["loads"] == loads}
        panels[title] = [
            Curve(name, [figure(ledger.rows, row | {"windows_per_signal": tick}, key) for tick in ticks])
            for name, row in methods.items()
        ]
    told = "Little data (H6): what trains shrinks, what tests are the same new bearings"
    curves(beside(ledger.path), panels, [str(tick) for tick in ticks], "windows of 1 s per training signal", told)


def figure(rows: Sequence[Mapping[str, Any]], like: Mapping[str, Any], key: str) -> float | None:
    """One figure of the row that has the same name, None where there is none."""
    name = ("method", "image", *WHERE)
    return next((row[key] for row in rows if all(row[column] == like[column] for column in name)), None)


def amounts(most: int) -> list[Amount]:
    """Those that so many windows a signal allow."""
    return [amount for amount in AMOUNTS if amount.per_signal <= most]


def add(ledger: Resumable, setting: Protocol, method: Method, most: int) -> None:
    """All amounts of one method."""
    rows = [(named(amount), partial(row, setting, amount)) for amount in amounts(most)]
    add_rows(ledger, setting, method, rows)


def main() -> None:
    """Every method at every amount."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable("small_data.py", options.json, options.resume)
    most = per_signal(options)
    try:
        setting = h1(n_splits=options.splits or (LONG_SPLITS if options.long else n_splits(options)), per_signal=most)
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
        ledger.finish()
        return
    for method in chosen(options, (*METHODS, *LONG) if options.long else METHODS):
        add(ledger, setting, method, most)
    for line in [setting.told(), SAID, EASIER, *worth_of_weights(ledger.rows, WHERE), *losses(ledger.rows, WHERE)]:
        ledger.note(line)
    draw(ledger)
    ledger.finish()


if __name__ == "__main__":
    main()
