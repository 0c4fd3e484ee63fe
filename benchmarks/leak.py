"""The leak pair: what the same model scores on the same windows, split as the field does and as a new bearing asks.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/leak.py --json leak.json

Macro AUROC in percent over the first 20 splits of H1, each in three ways: (a) its windows dealt at random, 2:1, as most
papers do (`random_windows_leaky`); (b) one load left out, the same bearings on both sides (`load_out_same_part`);
(c) H1 itself, by bearing (`macro_auroc`). Nothing else changes. `--quick` takes 4 splits and 2 windows a signal.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from honest.asked import add_rows, chosen, h1_flags, n_splits, per_signal
from honest.h1 import h1
from honest.leaks import COLUMNS
from honest.methods import Made
from honest.pictures import beside, called, dots
from honest.protocol import Protocol
from honest.resumable import Resumable
from honest.table import METHODS
from honest.three_ways import three_ways
from honest.worth import losses, worth_of_weights
from ledger import arguments

from pipeline.errors import CatalogError

SAID = (
    "published, CWRU, leaky beside honest: WDCNN macro AUROC 100 (same bearing) and 63-64 (Vieira et al. 2026, as "
    "quoted in a secondary text); ResNet on spectrograms, accuracy 95.0 and 53.1 (Hendriks et al. 2022, as quoted); "
    "SVM on STFT, accuracy 85.1 and 70.0 (Abburi et al. 2023, as quoted)"
)
HOW = "random windows: 2:1 of all windows of a split's 108 signals; load out: split by split 0, 1, 2, 3 HP in turn"


def row(setting: Protocol, made: Callable[[], Made]) -> dict[str, Any]:
    """All columns of one method."""
    started = time.perf_counter()
    return three_ways(setting, made()) | {"seconds": round(time.perf_counter() - started, 1)}


def draw(ledger: Resumable) -> None:
    """Honest and leaky figures side by side."""
    if ledger.path and ledger.rows:
        names = ("macro_auroc", *COLUMNS.values())
        lines = [(called(row), [row[name] for name in names]) for row in ledger.rows]
        columns = ("new bearings (H1)", "random windows: LEAKY", "a load out: SAME PART")
        dots(beside(ledger.path), columns, lines, "One model, the same windows, split in three ways")


def main() -> None:
    """Every method, three ways."""
    options = arguments(__doc__, h1_flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable("leak.py", options.json, options.resume)
    try:
        setting = h1(n_splits=n_splits(options), per_signal=per_signal(options))
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
        ledger.finish()
        return
    for method in chosen(options, METHODS):
        add_rows(ledger, setting, method, [({}, partial(row, setting))])
    for line in [setting.told(), HOW, SAID, *worth_of_weights(ledger.rows), *losses(ledger.rows)]:
        ledger.note(line)
    draw(ledger)
    ledger.finish()


if __name__ == "__main__":
    main()
