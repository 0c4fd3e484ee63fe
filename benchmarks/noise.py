"""Noise: what methods trained on clean windows score as white noise rises, and what training with noise is worth.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/noise.py --json noise.json

H1, first 20 splits, macro AUROC in percent. Every window that tests gets noise at a ratio to its own power, 20 to
-10 dB; `trained` says whether training saw clean windows only, or one copy of each at 10 dB besides. The columns
`macro_auroc`, `recordings_auroc` and labels are of clean windows. Beside them the same windows dealt at random, clean
and at 0 dB. `--quick` takes 4 splits, 2 windows a signal and few methods.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from honest.asked import add_rows, chosen, h1_flags, n_splits, per_signal
from honest.figures import Scored, scored, summary
from honest.h1 import h1
from honest.leaks import leaky_columns, random_twins
from honest.methods import Made
from honest.noisy import SNRS_DB, TRAINED_DB, at_level, with_noise
from honest.pictures import Curve, beside, called, curves
from honest.protocol import Protocol, ProtocolSplit
from honest.resumable import Resumable
from honest.scored_once import scored_once
from honest.table import MAJORITY, METHODS, READY, UNTRAINED, drawn
from honest.worth import losses, worth_of_weights
from ledger import arguments

from pipeline.catalog.splitting.split import LEAKY
from pipeline.errors import CatalogError

LEVELS: tuple[float | None, ...] = (None, *SNRS_DB)
"""None is clean."""
CLEAN, NOISY = "clean", f"clean and one {TRAINED_DB:g} dB copy"
FIGURES = ("macro_auroc", *(f"{snr_db:g} dB" for snr_db in SNRS_DB))
SAID = (
    "published figures under noise split the same bearings at random, so none stands beside these; a figure that rises "
    "with noise is no robustness: noise hides level and colour that misled the model"
)


def levels_of(setting: Protocol, one: ProtocolSplit, made: Made, trained: str, n_clean: int) -> list[Scored]:
    """One training, scored at every level.

    Args:
        setting: with its noisy copies.
        one: a split of the clean windows.
        made: the method.
        trained: on what.
        n_clean: clean windows in all.
    """
    train = one.train if trained == CLEAN else torch.cat([one.train, at_level(one.train, TRAINED_DB, n_clean)])
    tests = [at_level(one.test, snr_db, n_clean) for snr_db in LEVELS]
    told = scored_once(setting, train, torch.cat(tests), made.scorer)
    return [scored(setting, replace(one, test=test), told) for test in tests]


def row(setting: Protocol, trained: str, made: Callable[[], Made]) -> dict[str, Any]:
    """All columns of one method, trained one way."""
    started = time.perf_counter()
    windows = setting.windows
    n_clean = len(windows.signal_of_window) // len(LEVELS)
    ways = {"honest": setting.splits, LEAKY: random_twins(setting.splits, windows)}
    found = {way: [levels_of(setting, one, made(), trained, n_clean) for one in splits] for way, splits in ways.items()}
    of_level = {way: list(zip(*splits, strict=True)) for way, splits in found.items()}
    return {
        **made().columns,
        **summary(of_level["honest"][0]),
        "specimens": made().columns.get("specimens", setting.splits[0].specimens),
        **noisy_columns(of_level["honest"][1:]),
        **leaky_columns(LEAKY, of_level[LEAKY][0]),
        "random_windows_leaky_0_dB": mean(of_level[LEAKY][LEVELS.index(0.0)]),
        "leaky_by_level": [mean(level) for level in of_level[LEAKY]],
        "by_split": {way: [[one.windows for one in level] for level in levels] for way, levels in of_level.items()},
        "seconds": round(time.perf_counter() - started, 1),
    }


def noisy_columns(levels: Sequence[Sequence[Scored]]) -> dict[str, float]:
    """Mean at every level of noise; the spread at 0 dB."""
    means = {name: mean(level) for name, level in zip(FIGURES[1:], levels, strict=True)}
    spread = np.std([one.windows for one in levels[SNRS_DB.index(0.0)]])
    return means | {"0 dB std": round(float(spread), 2)}


def mean(level: Sequence[Scored]) -> float:
    """Over splits."""
    return round(float(np.mean([one.windows for one in level])), 2)


def draw(ledger: Resumable) -> None:
    """Curves over noise: trained clean, trained with noise, and the leaky twin of the first."""
    if not (ledger.path and ledger.rows):
        return
    panels: dict[str, list[Curve]] = {}
    for row in filter(drawn, ledger.rows):
        name = called(row)
        panels.setdefault(f"trained on {row['trained']}", []).append(Curve(name, [row[key] for key in FIGURES]))
        if row["trained"] == CLEAN:
            panels.setdefault("random windows: LEAKY", []).append(Curve(name, row["leaky_by_level"]))
    order = sorted(panels, key=lambda told: told.startswith("random"))
    ticks = ["clean", *(f"{snr_db:g}" for snr_db in SNRS_DB)]
    told = "White noise in the windows that test (H1, new bearings)"
    curves(beside(ledger.path), {name: panels[name] for name in order}, ticks, "signal to noise, dB", told)


def main() -> None:
    """Every method, trained clean and with noise."""
    options = arguments(__doc__, h1_flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable("noise.py", options.json, options.resume)
    try:
        setting = h1(n_splits=n_splits(options), per_signal=per_signal(options))
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
        ledger.finish()
        return
    with_copies = with_noise(setting)
    for method in chosen(options, METHODS):
        ways = (CLEAN,) if method in (MAJORITY, UNTRAINED, READY) else (CLEAN, NOISY)
        add_rows(ledger, with_copies, method, [({"trained": way}, partial(row, with_copies, way)) for way in ways])
    ledger.note(setting.told()).note(SAID)
    for line in worth_of_weights(ledger.rows, ["trained"], ("macro_auroc", "0 dB", "-10 dB")):
        ledger.note(line)
    for figure in ("macro_auroc", "0 dB", "-10 dB"):
        for line in losses(ledger.rows, ["trained"], figure):
            ledger.note(f"{figure}: {line}")
    draw(ledger)
    ledger.finish()


if __name__ == "__main__":
    main()
