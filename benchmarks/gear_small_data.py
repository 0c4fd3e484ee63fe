"""Gear faults from little data: accuracy against the share of records that train, transfer against scratch and classic.

    FAULTPRINT_WEIGHTS=... python benchmarks/gear_small_data.py --json gear_small_data.json

Nine states of a pinion, 104 records each of 3600 samples at 20 kHz; 2 to 80 % of each pinion's records train, drawn at
random. One training, two tests: `same_pinions` are other records of the pinions that trained (the usual way, the same
part on both sides), `accuracy` is on pinions that were never heard. The records are simulated, with three pinions of
every state; `--real` takes the public ones (FAULTPRINT_DATA), which have one, so that only the usual way is left, and
no speed, so that classic means time statistics. Frozen nets, last blocks and a small net from scratch; `--long`
fine-tunes the whole net. `--draws N` draws so often, each set of pinions tests in its turn; `--quick` draws once, few
methods and records. `--simulated OUT` writes the records and a catalog of them, and stops.

After Cao, Zhang, Tang (2018), IEEE Access 6, 26241-26253.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from honest import gear, resumable
from honest.finetuned import finetuned
from honest.gear import SHARES, answers, draw, gear_catalog, gear_setting
from honest.methods import Made, Method, chance, trained
from honest.protocol import Protocol
from honest.resumable import BY_SPLIT, Resumable
from ledger import arguments, count
from matplotlib.axes import Axes

from pipeline.errors import CatalogError, FaultprintError
from pipeline.reporting.drawing import TICK_PT, drawable, named_ticks, new_figure, png, tidy
from pipeline.reporting.palette import BLUE, BROWN, GREEN, GREY, INK, ORANGE, PALE_INK, PURPLE, VERMILION
from pipeline.signals.simulation.gear_sets import write_gear_states
from pipeline.whole_file import write_whole
from pipeline.workflow.training_run.signals import gear_states

CAO = "gear_cao_alexnet.yaml"
RANDOM = "branches.0.weights=random"
HALF_WAY = "backbone: squeezenet1_1, layer: features.7, pool: mean_max"
"""As far up as the other configs of plain pictures go; not tuned on gears."""
FROZEN = f"branches.0={{{HALF_WAY}, regime: head, head: logistic}}"
LAST_BLOCKS = f"branches.0={{{HALF_WAY}, regime: {{last_blocks: 2}}, head: logistic}}"
FULL = f"branches.0={{{HALF_WAY}, regime: full, head: logistic}}"
SMALL = "branches.0={backbone: small, weights: random, regime: scratch}"
PIXELS = "branches.0={stages: [{resize: {rows: 30, columns: 30}}], head: logistic}"
FASTER = "fit={epochs: 12, batch_windows: 32, learning_rate: 0.003}"

METHODS = (
    Method("majority: always the same answer", None, chance, quick=True),
    Method("time statistics + order features, logistic", None, gear.logistic, quick=True),
    Method("time statistics + order features, SVM", None, gear.support_vectors),
    Method("pixels, logistic", "fold", trained(CAO, PIXELS)),
    Method("frozen net, logistic", "fold", trained(CAO, FROZEN), quick=True),
    Method("frozen random net, logistic", "fold", trained(CAO, FROZEN, RANDOM), quick=True),
)
SLOWER = (
    Method("last two blocks", "fold", finetuned(CAO, LAST_BLOCKS)),
    Method("small net from scratch", "fold", finetuned(CAO, SMALL, FASTER)),
)
LONG = (
    Method("whole net", "fold", finetuned(CAO, FULL)),
    Method("same net from scratch", "fold", finetuned(CAO, FULL.replace("full", "scratch"), FASTER)),
)
LOOKS = tuple(zip((BLUE, VERMILION, GREEN, PURPLE, ORANGE, BROWN, INK, GREY, BLUE, GREEN), "oDs^vPX*<>", strict=True))
"""Colour and marker, method by method."""
TESTS = {"accuracy": "test: other pinions", "same_pinions_accuracy": "test: SAME PART"}
DRAWS, SLOW_DRAWS, QUICK_RECORDS = 6, 3, 30
QUICK_SHARES = (0.05, 0.2, 0.8)
SAID = (
    "published: Cao, Zhang, Tang (2018) find transfer ahead of a local CNN and of an SVM at every amount of gear data "
    "(abstract, read); their figures could not be read again, so none is quoted; records of a class come from one gear"
)
SIMULATED = (
    "simulated pinions: their depths, errors and levels are ours, fitted to no recording; the figures compare methods "
    "and tests with one another, and foretell none on real gears"
)
SAME = "same part: records of the pinions that trained, the only test that the public recordings allow"


def flags(parser: argparse.ArgumentParser) -> None:
    """What this script takes besides the flags of every script."""
    resumable.flag(parser)
    parser.add_argument("--long", action="store_true", help="fine-tune the whole net, and train it from scratch; hours")
    parser.add_argument("--real", action="store_true", help="the public recordings instead of simulated ones")
    parser.add_argument("--draws", type=count, help=f"{DRAWS} by default, {SLOW_DRAWS} of nets that are trained")
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--only", default="", help="methods whose name holds this")
    parser.add_argument("--simulated", type=Path, metavar="OUT", help="write simulated records to a folder, and stop")


def row(setting: Protocol, made: Made, share: float, pinions: int, n_draws: int) -> dict[str, Any]:
    """All columns of one method at one amount."""
    started = time.perf_counter()
    draws = [draw(setting, share, pinions, number) for number in range(n_draws)]
    found = [answers(setting, one, made.scorer) for one in draws]
    columns: dict[str, Any] = {**made.columns, "splits": n_draws, "training_records": len(draws[0].train)}
    for side, said in (("other", ""), ("same", "same_pinions_")):
        if side in found[0]:
            for key, rounded in (("accuracy", "accuracy_std"), ("macro_auroc", "std")):
                values = [one[side][key] for one in found]
                columns |= {
                    said + key: round(float(np.mean(values)), 2),
                    said + rounded: round(float(np.std(values)), 2),
                }
    # A record is one window.
    columns["recordings_auroc"] = columns.get("macro_auroc")
    by_draw = {side: [one[side]["accuracy"] for one in found] for side in found[0]}
    return {**columns, BY_SPLIT: by_draw, "seconds": round(time.perf_counter() - started, 1)}


def score(ledger: Resumable, setting: Protocol, method: Method, shares: tuple[float, ...], n_draws: int) -> None:
    """One method at every share, of one pinion a state and of two where there are three."""
    sets = {gear.set_of(row) for row in setting.windows.rows}
    amounts = [(pinions, share) for pinions in range(1, max(2, len(sets))) for share in shares]
    made: list[Made] = []
    for pinions, share in amounts:
        name = {"method": method.name, "image": method.image, "pinions": pinions, "percent": round(100 * share)}

        def compute(share: float = share, pinions: int = pinions) -> dict[str, Any]:
            made.extend([] if made else [method.make(setting)])
            return row(setting, made[0], share, pinions, n_draws)

        try:
            ledger.once(name, compute)
        except FaultprintError as error:
            ledger.note(f"no row: {method.name}: {error}")
            return


def pretraining(ledger: Resumable) -> None:
    """What ImageNet weights were worth over random ones in a frozen net."""
    by_name = {(found["method"], found["pinions"], found["percent"]): found for found in ledger.rows}
    for (method, pinions, percent), found in by_name.items():
        key = "accuracy" if "accuracy" in found else "same_pinions_accuracy"
        other = by_name.get((method.replace("frozen", "frozen random"), pinions, percent))
        if method.startswith("frozen net") and other:
            told = f"{pinions} pinions a state, {percent} % train"
            ledger.note(f"ImageNet weights over random ones, frozen, {told}: {found[key] - other[key]:+.1f} points")


def curves(ledger: Resumable) -> None:
    """Accuracy against share, a panel for each number of pinions and test."""
    rows = ledger.rows
    panels = [
        (pinions, key)
        for pinions in sorted({found["pinions"] for found in rows})
        for key in TESTS
        if any(key in found for found in rows if found["pinions"] == pinions)
    ]
    if not (ledger.path and panels):
        return
    names = list(dict.fromkeys(found["method"] for found in rows))
    figure = new_figure(2.3 * len(panels) + 0.6, 3.2 + 0.13 * len(names))
    low, width = (0.65 + 0.13 * len(names)) / figure.get_figheight(), 0.93 / len(panels)
    top = 1 - 0.5 / figure.get_figheight()
    for number, (pinions, key) in enumerate(panels):
        axes = figure.add_axes((0.06 + number * width, low, width - 0.03, top - low))
        panel(axes, [found for found in rows if found["pinions"] == pinions and key in found], key, names)
        tidy(axes, f"{pinions} a state; {TESTS[key]}", "% of records that train", "" if number else "accuracy, %")
    title = "Gear states from little data: one training, two tests"
    figure.text(0.01, 1 - 0.08 / figure.get_figheight(), title, fontsize=8.0, color=INK, va="top")
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="lower left", ncols=2, fontsize=TICK_PT, frameon=False, labelcolor=PALE_INK)
    write_whole(ledger.path.with_suffix(".png"), [png(figure)])


def panel(axes: Axes, rows: Sequence[Mapping[str, Any]], key: str, names: Sequence[str]) -> None:
    """One test's curves; a method looks the same in every panel."""
    percents = sorted({found["percent"] for found in rows})
    for name, (colour, marker) in zip(names, LOOKS, strict=False):
        heights = {percents.index(found["percent"]): found[key] for found in rows if found["method"] == name}
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 1.1}
        axes.plot(list(heights), list(heights.values()), label=drawable(name, 60), **look)
    named_ticks(axes.xaxis, range(len(percents)), [str(percent) for percent in percents])
    axes.set_ylim(0, 102)
    axes.grid(axis="y", color=GREY, linewidth=0.3)


def write_simulated(folder: Path) -> None:
    """The records as files, each set in the public layout, and a catalog of all of them."""
    roots = write_gear_states(folder)
    gear_states(roots).write(folder / "catalog.csv")
    print(f"{folder / 'catalog.csv'}; each of {', '.join(root.name for root in roots)} serves as FAULTPRINT_DATA")


def passes(options: argparse.Namespace) -> list[tuple[Callable[[], tuple[Method, ...]], int]]:
    """Which methods, and how often each draws."""
    if options.quick:
        return [(lambda: tuple(method for method in METHODS if method.quick), options.draws or 1)]
    fast = [(lambda: METHODS, options.draws or DRAWS), (lambda: SLOWER, options.draws or SLOW_DRAWS)]
    return [*fast, (lambda: LONG, options.draws or SLOW_DRAWS)] if options.long else fast


def main() -> None:
    """Every method at every share."""
    options = arguments(__doc__, flags)
    if options.simulated:
        write_simulated(options.simulated)
        return
    torch.set_num_threads(options.threads)
    ledger = Resumable("gear_small_data.py", options.json, options.resume)
    try:
        setting = gear_setting(gear_catalog(options.real, QUICK_RECORDS if options.quick else None))
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
        ledger.finish()
        return
    for methods, n_draws in passes(options):
        for method in methods():
            if options.only in method.name:
                score(ledger, setting, method, QUICK_SHARES if options.quick else SHARES, n_draws)
    pretraining(ledger)
    for line in (SAID, SAME, *([] if options.real else [SIMULATED])):
        ledger.note(line)
    curves(ledger)
    ledger.finish()


if __name__ == "__main__":
    main()
