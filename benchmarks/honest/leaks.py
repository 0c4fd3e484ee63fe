"""Leaks: the same windows split as the field does, so that no honest figure stands without what a leak adds to it.

Both ways keep the windows of a split and deal them anew; both put the same bearings on both sides, and say so.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from honest.figures import Scored
from honest.protocol import ProtocolSplit
from pipeline.catalog.splitting.groups import group_of, part_of
from pipeline.catalog.splitting.split import LEAKY, SAME_PART
from pipeline.errors import CatalogError
from pipeline.training.window_set import WindowSet

COLUMNS = {LEAKY: "random_windows_leaky", SAME_PART: "load_out_same_part"}
"""What figures of a leaky split are called in a row: by how it was made, and its stamp."""

DEALS = 100
"""Tries at random windows that hold both sides of every label."""


def at_random(one: ProtocolSplit, seed: int, windows: WindowSet) -> ProtocolSplit:
    """The same windows, dealt at random to two sides of the same sizes: nearly every recording is on both.

    A deal that leaves a label without any window, or nothing but its windows, to train on is drawn again.
    """
    places, generator = torch.cat([one.train, one.test]), torch.Generator().manual_seed(seed)
    targets = windows.window_targets
    for _ in range(DEALS):
        order = torch.randperm(len(places), generator=generator)
        train = places[order[: len(one.train)]].sort().values
        if bool((targets[train].amin(dim=0) < targets[train].amax(dim=0)).all()):
            break
    test = places[order[len(one.train) :]].sort().values
    return ProtocolSplit(f"{one.name}, windows at random", train, test, specimens_of(windows, train), (LEAKY,))


def load_out(one: ProtocolSplit, load: str, windows: WindowSet) -> ProtocolSplit:
    """The same windows, those of one load tested and all others trained on: every bearing is on both sides.

    Raises:
        CatalogError: when no signal of the split has the load, or all have it.
    """
    places = torch.cat([one.train, one.test]).sort().values
    tested = torch.tensor([name == load for name in loads_of(windows)])[windows.signal_of_window[places]]
    if tested.all() or not tested.any():
        raise CatalogError(f"load {load} cannot be left out of {one.name}: all of its signals have it, or none")
    train = places[~tested]
    return ProtocolSplit(
        f"{one.name}, load {load} out", train, places[tested], specimens_of(windows, train), (SAME_PART,)
    )


def loads_of(windows: WindowSet) -> list[str | None]:
    """The load of every signal, as its catalog has it."""
    return [group_of(row, "load") for row in windows.rows]


def random_twins(splits: Sequence[ProtocolSplit], windows: WindowSet) -> list[ProtocolSplit]:
    """`at_random` for every split, each by a draw of its own."""
    return [at_random(one, seed, windows) for seed, one in enumerate(splits)]


def load_twins(splits: Sequence[ProtocolSplit], windows: WindowSet) -> list[ProtocolSplit]:
    """`load_out` for every split, the loads in turn."""
    loads = sorted({load for load in loads_of(windows) if load is not None})
    return [load_out(one, loads[number % len(loads)], windows) for number, one in enumerate(splits)]


def specimens_of(windows: WindowSet, places: Tensor) -> int:
    """Parts that some windows come from."""
    rows = [windows.rows[signal] for signal in torch.unique(windows.signal_of_window[places]).tolist()]
    return len({part_of(row) for row in rows})


def leaky_columns(
    stamp: str, found: Sequence[Scored], of: Callable[[Scored], float] = lambda one: one.windows
) -> dict[str, Any]:
    """Mean and spread over leaky splits, under a name that says what they are.

    Example:
        >>> leaky_columns(LEAKY, [Scored(99.0, 100.0, {}), Scored(97.0, 100.0, {})])
        {'random_windows_leaky': 98.0, 'random_windows_leaky_std': 1.0}
    """
    figures = np.array([of(one) for one in found])
    name = COLUMNS[stamp]
    return {name: round(float(figures.mean()), 2), f"{name}_std": round(float(figures.std()), 2)}
