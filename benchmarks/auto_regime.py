"""Which regime an amount of labelled data can carry: each of them against the amount, on two rigs.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/auto_regime.py --json auto_regime.json

Macro AUROC in percent on parts never seen, against labelled signals per class on the training side: a head on the
frozen net, the last two blocks, the whole net, and the net from scratch (random weights). Rigs: the bearings of H1 in
two images (at most 16 signals of 4 parts per fault), and a fleet of simulated machines (as many as wanted, two signals
each), whose test side stays the same. What trains is drawn part by part, anew for every draw. From the curves follow
the thresholds of the regime `auto` (`pipeline/training/auto.py`): the amount from which on a regime is better than
those that train less, and stays so.

`--only fleet` or `--only wavelet` runs some rigs; `--draws N` draws so many times; `--most 256` goes further; `--pixels
N` makes pictures of N x N for the net; `--resume` goes on where a run was broken off; `--quick` is a small fleet, to
see that it runs. Without weights nets start from random ones; the rows say so.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from honest.figures import scored
from honest.finetuned import finetuned
from honest.fleet import fleet
from honest.h1 import h1
from honest.h1_table import ORDERS, RANDOM, WAVELET
from honest.methods import CONFIGS, Made
from honest.pictures import Curve, beside, curves
from honest.protocol import Protocol, ProtocolSplit
from honest.resumable import Resumable, flag
from ledger import arguments, count
from torch import Tensor

from pipeline.catalog.splitting.groups import part_of
from pipeline.config import load_config
from pipeline.errors import CatalogError, WeightsError
from pipeline.models.weights import find_weights
from pipeline.training.auto import Amount, scarcest
from pipeline.training.window_set import WindowSet

REGIMES = ("head", "last_blocks", "full", "scratch")
CARRIED = REGIMES[:3]
"""What `auto` chooses from, by how much of the net they train."""
MARGIN = 0.5
"""Points by which a regime must be better, on the mean, to be worth its time."""


class Rig(NamedTuple):
    """Machines to learn from, and the image they are seen in.

    Attributes:
        name: of both.
        file: the config that says how.
        settings: what of it is changed.
        open: windows, and splits for so many draws, for amounts of at most so many parts.
        amounts: to draw, of every class.
    """

    name: str
    file: str
    settings: tuple[str, ...]
    open: Callable[[int, int], Protocol]
    amounts: Sequence[Amount]


def bearings(draws: int, _: int) -> Protocol:
    """H1: a published split for every draw."""
    return h1(n_splits=draws, per_signal=4)


def machines(_: int, most: int) -> Protocol:
    """One fleet, whatever the number of draws: what tests stays, and the largest amount too is drawn from more."""
    return fleet(n_training=most * 5 // 4, n_inbox=12, per_signal=2)


def few_machines(_: int, most: int) -> Protocol:
    """A fleet in a minute."""
    return fleet(n_training=most, n_inbox=4, per_signal=1)


SHAFT = "stages.0={wavelet: {rows: 112, columns: 224, min_hz: 12, max_hz: 5500, w0: 4}}"
"""Down to the shaft's own lines, as a fleet has faults of the rotor too."""
ON_H1 = (Amount(2, 2), Amount(4, 4), Amount(8, 4), Amount(16, 4))
OF_FLEET = [Amount(2 * parts, parts) for parts in (2, 4, 8, 16, 32, 64, 128)]
RIGS = (
    Rig("H1, wavelet", WAVELET, (), bearings, ON_H1),
    Rig("H1, fault_order", ORDERS, (), bearings, ON_H1),
    Rig("fleet, wavelet", WAVELET, (SHAFT,), machines, OF_FLEET),
)
QUICK = Rig("fleet, wavelet", WAVELET, (SHAFT,), few_machines, [Amount(1, 1), Amount(4, 2)])


def flags(parser: argparse.ArgumentParser) -> None:
    """What this script takes besides the flags of every script."""
    flag(parser)
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--draws", type=count, default=2)
    parser.add_argument("--only", default="", help="rigs whose name holds this, such as fleet")
    parser.add_argument("--pixels", type=count, default=96, help="rows and columns of what the net sees; it knows 224")
    parser.add_argument("--most", type=count, default=128, help="most signals per class; 256 takes twice as long")


def drawn(setting: Protocol, amount: Amount, draw: int) -> ProtocolSplit:
    """The split of a draw with so much of every class to train on.

    Args:
        setting: with one split for every draw, or one for all.
        amount: signals per class, from so many parts, of each as many.
        draw: which.
    """
    one = setting.splits[draw % len(setting.splits)]
    signals = torch.tensor(sorted(set(setting.windows.signal_of_window[one.train].tolist())))
    chosen = torch.tensor(sorted(place for of_class in classes(setting.windows, signals) for place in
                                 picked(setting.windows, of_class, amount, draw)))  # fmt: skip
    train = setting.places(chosen)
    return replace(one, name=f"{one.name}, draw {draw}", train=train)


def classes(windows: WindowSet, signals: Tensor) -> Iterator[list[int]]:
    """Signals of every class; those with no label are one."""
    patterns = [tuple(windows.targets[place].tolist()) for place in signals.tolist()]
    for pattern in sorted(set(patterns)):
        yield [place for place, found in zip(signals.tolist(), patterns, strict=True) if found == pattern]


def picked(windows: WindowSet, signals: Sequence[int], amount: Amount, draw: int) -> list[int]:
    """Some signals of a class: of randomly drawn parts, of each the same number; a larger amount holds the smaller."""
    rng = np.random.default_rng(draw)
    by_part: dict[tuple[str, str], list[int]] = {}
    for place in rng.permutation(signals).tolist():
        row = windows.rows[place]
        by_part.setdefault(part_of(row), []).append(place)
    parts = list(by_part.values())[: amount.specimens]
    return [place for part in parts for place in part[: amount.signals // amount.specimens]]


def maker(rig: Rig, setting: Protocol, pixels: int) -> Callable[[str], Made]:
    """A regime to what trains it; with random weights where ImageNet's are not at hand."""
    resized = f"branches.0.stages.0={{resize: {{rows: {pixels}, columns: {pixels}}}}}"
    settings = (*rig.settings, resized, *at_hand(rig.file))
    return cache(lambda regime: finetuned(rig.file, *settings, f"branches.0.regime={regime}")(setting))


def at_hand(file: str) -> tuple[str, ...]:
    """Settings without which the net cannot start: random weights, where ImageNet's cannot be found."""
    try:
        find_weights(str(load_config(CONFIGS / file).branches[0].backbone))
    except WeightsError:
        return (RANDOM,)
    return ()


def measure(ledger: Resumable, rig: Rig, setting: Protocol, draws: int, pixels: int) -> None:
    """Every regime on every amount, draw by draw; the first draw of everything comes first."""
    made = maker(rig, setting, pixels)
    for draw, amount, regime in product(range(draws), rig.amounts, REGIMES):
        one = drawn(setting, amount, draw)
        name = {"job": rig.name, "signals": amount.signals, "specimens": amount.specimens, "draw": draw}
        ledger.once(name | {"regime": regime}, partial(_row, setting, one, made, regime))


def _row(setting: Protocol, one: ProtocolSplit, maker_of: Callable[[str], Made], regime: str) -> dict[str, Any]:
    made, started = maker_of(regime), time.perf_counter()
    found = scored(setting, one, made.scorer)
    told = {key: made.columns[key] for key in ("backbone", "weights")}
    seconds = round(time.perf_counter() - started, 1)
    return told | {
        "windows": len(one.train), "macro_auroc": round(found.windows, 2),
        "recordings_auroc": round(found.recordings, 2), "seconds": seconds,
    }  # fmt: skip


def means(rows: Sequence[dict[str, Any]], rig: str) -> dict[str, dict[Amount, float]]:
    """Regime -> amount -> mean over draws of the recordings' macro AUROC, the answer a user acts on.

    Example:
        >>> row = {"job": "H1", "signals": 2, "specimens": 1, "regime": "head"}
        >>> means([row | {"recordings_auroc": 60.0}, row | {"recordings_auroc": 70.0}], "H1")
        {'head': {Amount(signals=2, specimens=1): 65.0}}
    """
    found: dict[str, dict[Amount, list[float]]] = {}
    for row in rows:
        if row["job"] == rig:
            amounts = found.setdefault(row["regime"], {})
            amounts.setdefault(Amount(row["signals"], row["specimens"]), []).append(row["recordings_auroc"])
    return {
        regime: {amount: float(np.mean(values)) for amount, values in amounts.items()}
        for regime, amounts in found.items()
    }


def begins(found: dict[str, dict[Amount, float]], regime: str) -> Amount | None:
    """The amount from which on a regime is better than those that train less; None where that is never so.

    Example:
        >>> few, many = Amount(2, 2), Amount(8, 8)
        >>> begins({"head": {few: 80.0, many: 81.0}, "last_blocks": {few: 79.0, many: 90.0}}, "last_blocks")
        Amount(signals=8, specimens=8)
    """
    less = CARRIED[: CARRIED.index(regime)]
    first = None
    for amount, value in sorted(found[regime].items()):
        better = value >= max(found[other][amount] for other in less) + MARGIN
        first = (first or amount) if better else None
    return first


def implied(ledger: Resumable, rigs: Sequence[str]) -> None:
    """What the curves say of the thresholds, rig by rig."""
    for rig in rigs:
        found = means(ledger.rows, rig)
        told = {regime: begins(found, regime) for regime in CARRIED[1:]}
        said = "; ".join(f"{regime} from {told[regime] or 'nowhere on'}" for regime in told)
        ledger.note(f"{rig}: better by {MARGIN:g} points and staying so: {said}")


def picture(ledger: Resumable, rigs: Sequence[Rig]) -> None:
    """A panel per rig, a curve per regime, beside the JSON."""
    if not ledger.path:
        return
    amounts = sorted({amount for rig in rigs for amount in rig.amounts})
    panels = {
        rig.name: [
            Curve(regime, [of_amount.get(amount) for amount in amounts])
            for regime, of_amount in means(ledger.rows, rig.name).items()
        ]
        for rig in rigs
    }
    ticks = [f"{amount.signals}/{amount.specimens}" for amount in amounts]
    title = "Regimes against the amount of labelled data, recordings of parts never seen, mean over draws"
    curves(beside(ledger.path), panels, ticks, "signals / parts per class", title)
    ledger.header["figure"] = beside(ledger.path).name


def chosen(only: str, quick: bool, most: int) -> list[Rig]:
    """The rigs to run."""
    rigs = [QUICK] if quick else [rig for rig in RIGS if only in rig.name]
    return [rig._replace(amounts=[amount for amount in rig.amounts if amount.signals <= most]) for rig in rigs]


def main() -> None:
    """Every regime on every amount of every rig."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    ledger = Resumable("auto_regime.py", options.json, options.resume)
    done = []
    for rig in chosen(options.only, options.quick, options.most):
        draws = 1 if options.quick else options.draws
        try:
            setting = rig.open(draws, max(amount.specimens for amount in rig.amounts))
        except CatalogError as error:
            ledger.note(f"no rows: {rig.name}: {error}")
            continue
        label, amount = scarcest(setting.windows, setting.labels)
        ledger.note(
            f"{rig.name}: {len(setting.windows.rows)} signals in all; the scarcest class, {label}, has {amount}"
        )
        measure(ledger, rig, setting, draws, 32 if options.quick else options.pixels)
        done.append(rig)
    implied(ledger, [rig.name for rig in done])
    picture(ledger, done)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
