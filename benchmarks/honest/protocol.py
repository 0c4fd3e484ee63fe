"""Protocol: windows cut once, and splits as places among them, so that every method is scored on the same ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.catalog.splitting.split import Split
from pipeline.errors import CatalogError
from pipeline.models.bundle import Task
from pipeline.models.intake import Intake
from pipeline.progress import Tick, unwatched
from pipeline.training.window_set import WindowSet, collect, labels_of


@dataclass(frozen=True)
class ProtocolSplit:
    """One split of a protocol.

    Attributes:
        name: which one it is, such as "seed 4 side DE".
        train, test: places of its windows among those of `Protocol.windows`, ascending.
        specimens: how many parts train.
        stamps: what qualifies its figures: "same part", "leaky".
    """

    name: str
    train: Tensor
    test: Tensor
    specimens: int
    stamps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Protocol:
    """All windows of a protocol, and the splits to score.

    Attributes:
        windows: of all signals that any split uses.
        labels: names of the columns of every score.
        task: whether labels exclude one another.
        intake: what it asks of every signal, for any image.
        splits: as many as were asked for.
        sides: the first of them as the package makes it; a config is resolved on it.
    """

    windows: WindowSet
    labels: tuple[str, ...]
    task: Task
    intake: Intake
    splits: tuple[ProtocolSplit, ...]
    sides: Split

    @property
    def multiclass(self) -> bool:
        """Whether labels exclude one another."""
        return self.task == "multiclass"

    def places(self, signals: Tensor) -> Tensor:
        """Places of these signals' windows among all windows, ascending."""
        return torch.isin(self.windows.signal_of_window, signals).nonzero().flatten()

    def told(self) -> str:
        """The sizes found; one line for all splits that have the same."""
        sizes = {(one.specimens, len(one.train), len(one.test)) for one in self.splits}
        counted = "; or ".join(
            f"{train} windows of {specimens} specimens train, {test} windows test"
            for specimens, train, test in sorted(sizes)
        )
        speeds = sorted({row.speed_rpm for row in self.windows.rows if row.speed_rpm is not None}, reverse=True)
        return f"every split: {counted}; nominal speeds {', '.join(f'{speed:g}' for speed in speeds)} rpm"


def cut(
    catalog: Catalog, rows: Sequence[Row], intake: Intake, task: Task, tick: Tick = unwatched
) -> tuple[WindowSet, tuple[str, ...]]:
    """The windows of all signals that any split uses, and the labels.

    Raises:
        CatalogError: when a signal cannot be used; a protocol needs all of them.
    """
    labels = labels_of(rows, task)
    windows = collect(rows, lambda row: open_row(row, catalog.root), intake, labels, task, tick)
    if windows.skipped:
        row, reason = windows.skipped[0]
        told = f"{len(windows.skipped)} cannot be used, {row.signal}: {reason}"
        raise CatalogError(f"the protocol needs all its signals; {told}")
    return windows, labels


def placed(name: str, sides: Split, windows: WindowSet) -> ProtocolSplit:
    """A split of whole signals as places of windows."""
    place: Mapping[str, int] = {row.signal: index for index, row in enumerate(windows.rows)}
    owner = windows.signal_of_window
    train, test = (
        torch.isin(owner, torch.tensor([place[row.signal] for row in side])).nonzero().flatten()
        for side in (sides.train, sides.test)
    )
    return ProtocolSplit(name, train, test, len({part_of(row) for row in sides.train}), sides.stamps)
