"""H1 fine-tuned: every image through every net, its last blocks or all of it trained, from ImageNet weights or none.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/cwru_finetuned.py --json cwru_finetuned.json --resume

Macro AUROC in percent on windows and recordings of bearings never seen, on the six tuning folds and on the first four
of H1's 100 splits; `head` beside them is the frozen net under the same conditions. Pictures of 96 x 96 and two windows
of every signal keep it to two hours: figures stand beside one another, not beside those of cwru_bearingwise.py. `--only
'fault_order squeezenet'` takes the rows whose image and net hold both; `--quick` is one row of each regime on one fold.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from honest.figures import scored, summary
from honest.finetuned import finetuned
from honest.h1 import h1
from honest.h1_table import FILES, NETS, at_layer
from honest.methods import Made, trained
from honest.pictures import Curve, beside, curves
from honest.protocol import Protocol
from honest.resumable import BY_SPLIT, Resumable
from honest.resumable import flag as resume
from honest.worth import worth_of_weights
from ledger import arguments, count

from pipeline.errors import CatalogError, WeightsError

REGIMES = ("head", "last_blocks", "full", "scratch")
PIXELS, QUICK_PIXELS = 96, 32
PER_SIGNAL = 2
N_SPLITS = 4
SETS = {"tuning folds": True, f"first {N_SPLITS} splits": False}
"""Which splits, and whether they are those that settings may be chosen on."""
SAID = (
    "one setting for all: 8 epochs, the package's learning rates, nothing sought on any split; the tuning folds share "
    "the reported splits' 18 bearings, and the first splits are harder than all 100"
)


class Net(NamedTuple):
    """What is trained.

    Attributes:
        image: that it reads.
        backbone: its name.
        regime: how much of it is trained.
    """

    image: str
    backbone: str
    regime: str

    def make(self, setting: Protocol, pixels: int) -> Made:
        """Get it ready for some windows."""
        shown = f"branches.0.stages.0={{resize: {{rows: {pixels}, columns: {pixels}}}}}"
        weights = "random" if self.regime == "scratch" else "imagenet"
        settings = (*at_layer(self.image, self.backbone, weights), shown)
        if self.regime == "head":
            return trained(FILES[self.image], *settings)(setting)
        regime = "{last_blocks: 2}" if self.regime == "last_blocks" else self.regime
        return finetuned(FILES[self.image], *settings, f"branches.0.regime={regime}")(setting)


def flags(parser: argparse.ArgumentParser) -> None:
    """Which nets, how many threads, and whether to resume."""
    resume(parser)
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--only", default="", help="rows whose image, net and regime hold these words")


def nets(only: str, quick: bool) -> Iterator[Net]:
    """Those asked for; our image and the smallest net first."""
    for backbone in list(NETS)[: 1 if quick else None]:
        for image in list(reversed(FILES))[: 1 if quick else None]:
            for regime in REGIMES:
                if all(word in f"{image} {backbone} {regime}" for word in only.split()):
                    yield Net(image, backbone, regime)


def row(setting: Protocol, net: Net, pixels: int) -> dict[str, Any]:
    """All columns of one net on some splits."""
    started = time.perf_counter()
    made = net.make(setting, pixels)
    found = [scored(setting, one, made.scorer) for one in setting.splits]
    return {
        "weights": made.columns["weights"],
        **summary(found),
        "training_windows": len(setting.splits[0].train),
        BY_SPLIT: [one.windows for one in found],
        "seconds": round(time.perf_counter() - started, 1),
    }


def draw(ledger: Resumable) -> None:
    """A panel per set of splits, a curve per image and net over the regimes."""
    panels = {}
    for told in SETS:
        rows = [row for row in ledger.rows if row["folds"] == told]
        found = {(row["image"], row["backbone"]): None for row in rows}
        panels[told] = [Curve(f"{image}, {backbone}", [of(rows, image, backbone, regime) for regime in REGIMES])
                        for image, backbone in found]  # fmt: skip
    if ledger.path and ledger.rows:
        title = "H1, bearings never seen: how much of a net is trained"
        curves(beside(ledger.path), panels, REGIMES, "regime", title)
        ledger.header["figure"] = beside(ledger.path).name


def of(rows: list[dict[str, Any]], image: str, backbone: str, regime: str) -> float | None:
    """One figure, None where there is none."""
    name = {"image": image, "backbone": backbone, "regime": regime}
    return next((row["macro_auroc"] for row in rows if name.items() <= row.items()), None)


def sweep(ledger: Resumable, only: str, quick: bool) -> None:
    """Every net on every set of splits."""
    pixels = QUICK_PIXELS if quick else PIXELS
    sides = cache(partial(opened, quick))
    for net in nets(only, quick):
        for told, tuning in list(SETS.items())[: 1 if quick else None]:
            name = {"method": "net of the config", "folds": told, **net._asdict()}
            try:
                ledger.once(name, partial(row, sides(tuning), net, pixels))
            except WeightsError as error:
                ledger.note(f"no row: {net.image}, {net.backbone}, {net.regime}: {error}")
    for line in worth_of_weights(ledger.rows, ["folds"]):
        ledger.note(line)
    ledger.note(f"{pixels} x {pixels} pixels, {1 if quick else PER_SIGNAL} windows of every signal").note(SAID)
    draw(ledger)


def opened(quick: bool, tuning: bool) -> Protocol:
    """H1 with fewer windows."""
    setting = h1(tuning=tuning, n_splits=None if tuning else N_SPLITS, per_signal=1 if quick else PER_SIGNAL)
    return replace(setting, splits=setting.splits[:1]) if quick else setting


def main() -> None:
    """The sweep, or as much of it as was asked for."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable(Path(__file__).name, options.json, options.resume)
    try:
        sweep(ledger, options.only, options.quick)
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
    ledger.finish()


if __name__ == "__main__":
    main()
