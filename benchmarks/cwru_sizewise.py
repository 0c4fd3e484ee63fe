"""H2: what every image and method scores on a fault size it never saw; H2b: the same on faults only, three classes.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/cwru_sizewise.py --json cwru_sizewise.json

Two of the sizes 7, 14 and 21 mil train, the third tests. H2: 6 splits (three sizes, healthy bearing of either end),
macro AUROC in percent on 360 windows and 36 recordings. H2b: 3 splits, no healthy signal, accuracy on 240 windows and
24 recordings besides; chance is 33.3. Beside them the same windows dealt at random, and with a load left out.
`--quick` takes 2 windows a signal and few methods.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from honest.asked import add_rows, chosen, flags, per_signal
from honest.leaks import COLUMNS
from honest.methods import Made
from honest.pictures import beside, called, dots
from honest.protocol import Protocol
from honest.resumable import Resumable
from honest.sizewise import h2, size_of, with_accuracy
from honest.table import METHODS
from honest.three_ways import three_ways
from honest.worth import losses, worth_of_weights
from ledger import arguments

from pipeline.catalog.splitting.protocols.cwru_sizewise import SIZES_MIL
from pipeline.errors import CatalogError

SAID = (
    "published, not the same classes: ImageNet ResNet on spectrograms, 7 classes, accuracy by load 95.0, by size 53.1; "
    "mean of 6 set-ups 89.4 and 44.1; healthy still split by load (Hendriks, Dumond, Knox 2022, MSSP 169, as quoted in "
    "a secondary text)",
    "published, by bearing beside at random: SVM on STFT, accuracy 70.0 and 85.1 (Abburi et al. 2023, as quoted)",
)


def row(setting: Protocol, made: Callable[[], Made]) -> dict[str, Any]:
    """All columns of one method on H2 or H2b."""
    started = time.perf_counter()
    found = three_ways(setting, made())
    found |= by_size(setting, found["by_split"]["honest"], "AUROC")
    if setting.multiclass:
        found |= accuracies(setting, made())
    return found | {"seconds": round(time.perf_counter() - started, 1)}


def by_size(setting: Protocol, figures: list[float], what: str) -> dict[str, float]:
    """Mean over the splits that leave a size out."""
    out = np.array([size_of(one) for one in setting.splits])
    return {f"{size} mil {what}": round(float(np.mean(np.array(figures)[out == size])), 1) for size in SIZES_MIL}


def accuracies(setting: Protocol, made: Made) -> dict[str, Any]:
    """How often the highest score is right, on the honest splits."""
    found = [with_accuracy(setting, one, made.scorer) for one in setting.splits]
    windows, recordings = [one.windows for one in found], [one.recordings for one in found]
    return {
        "accuracy": round(float(np.mean(windows)), 2),
        "accuracy_std": round(float(np.std(windows)), 2),
        "recordings_accuracy": round(float(np.mean(recordings)), 2),
        **by_size(setting, windows, "accuracy"),
    }


def draw(ledger: Resumable) -> None:
    """Honest and leaky figures side by side."""
    if ledger.path and ledger.rows:
        names = ("macro_auroc", *COLUMNS.values())
        lines = [(f"{row['protocol']}  {called(row)}", [row[name] for name in names]) for row in ledger.rows]
        columns = ("a new size", "random windows: LEAKY", "a load out: SAME PART")
        dots(beside(ledger.path), columns, lines, "CWRU by fault size (H2; H2b: faults only)")


def main() -> None:
    """Every method on H2, then on H2b."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable("cwru_sizewise.py", options.json, options.resume)
    for name, faults_only in (("H2", False), ("H2b", True)):
        try:
            setting = h2(faults_only, per_signal=per_signal(options))
        except CatalogError as error:
            ledger.note(f"no rows of {name}: {error}")
            continue
        for method in chosen(options, METHODS):
            add_rows(ledger, setting, method, [({"protocol": name}, partial(row, setting))])
        ledger.note(f"{name}: {setting.told()}")
    for line in [*SAID, *worth_of_weights(ledger.rows, ["protocol"]), *losses(ledger.rows, ["protocol"])]:
        ledger.note(line)
    draw(ledger)
    ledger.finish()


if __name__ == "__main__":
    main()
