"""Window set: catalog rows opened, conditioned and cut, with their truth beside them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, FaultprintError
from pipeline.models.bundle import Task
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.progress import Tick, unwatched
from pipeline.signals.labels import HEALTHY
from pipeline.signals.signal import Signal


@dataclass(frozen=True)
class WindowSet:
    """Windows of some signals.

    Attributes:
        rows: one per signal that could be used.
        batches: per signal, its windows.
        targets: (signal, label), 0 or 1.
        skipped: signals that could not be used, each with the reason.
    """

    rows: tuple[Row, ...]
    batches: tuple[Batch, ...]
    targets: Tensor
    skipped: tuple[tuple[Row, str], ...] = ()

    @property
    def signal_of_window(self) -> Tensor:
        """(window,): the index of the signal each window comes from."""
        counts = torch.tensor([len(batch.values) for batch in self.batches])
        return torch.repeat_interleave(torch.arange(len(self.batches)), counts)

    @property
    def window_targets(self) -> Tensor:
        """(window, label)."""
        return self.targets[self.signal_of_window]

    def all_windows(self) -> Batch:
        """Every window in one batch."""
        return Batch(*(torch.cat(parts) for parts in zip(*self.batches, strict=True)))

    def some(self, chosen: Sequence[int]) -> "WindowSet":
        """The set of some signals, by index."""
        return WindowSet(
            tuple(self.rows[index] for index in chosen),
            tuple(self.batches[index] for index in chosen),
            self.targets[list(chosen)],
        )


def labels_of(rows: Iterable[Row], task: Task) -> tuple[str, ...]:
    """The labels a model answers with, sorted; multilabel leaves `healthy` out, as it is the absence of all others.

    Raises:
        CatalogError: when there is nothing to tell apart.

    Example:
        >>> rows = [Row("a", "a.wav", labels=("healthy",)), Row("b", "b.wav", labels=("ball",))]
        >>> labels_of(rows, "multilabel"), labels_of(rows, "multiclass")
        (('ball',), ('ball', 'healthy'))
    """
    found = sorted({label for row in rows for label in row.labels})
    labels = tuple(label for label in found if label != HEALTHY) if task == "multilabel" else tuple(found)
    wanted = 1 if task == "multilabel" else 2
    if len(labels) < wanted:
        told = f"{', '.join(found)} only" if found else "none"
        raise CatalogError(
            f"a {task} model needs {wanted} or more labels to tell apart; the training side has {told}; add signals of "
            "another"
        )
    return labels


def target_of(row: Row, labels: Sequence[str], task: Task) -> list[float]:
    """Truth of one signal as numbers, one per label.

    Raises:
        CatalogError: for no label, several in a multiclass task, or one that the model cannot answer.

    Example:
        >>> target_of(Row("b", "b.wav", labels=("ball",)), ["ball", "cage"], "multilabel")
        [1.0, 0.0]
    """
    if not row.labels:
        raise CatalogError(f"signal {row.signal} has no label; give it one, or leave it out of the catalog")
    if task == "multiclass" and len(row.labels) != 1:
        raise CatalogError(f"signal {row.signal} has labels {', '.join(row.labels)}; set task: multilabel")
    unknown = set(row.labels) - set(labels) - ({HEALTHY} if task == "multilabel" else set())
    if unknown:
        told = ", ".join(sorted(unknown))
        raise CatalogError(
            f"signal {row.signal} has label {told}, which training never saw (it saw {', '.join(labels)})"
        )
    return [float(label in row.labels) for label in labels]


def collect(
    rows: Sequence[Row],
    open_row: Callable[[Row], Signal],
    intake: Intake,
    labels: Sequence[str],
    task: Task,
    tick: Tick = unwatched,
) -> WindowSet:
    """Open every row and cut its windows; a recording that cannot be used is skipped with its reason."""
    used, batches, skipped = [], [], []
    for done, row in enumerate(rows):
        tick("reading recordings", done, len(rows))
        try:
            truth = target_of(row, labels, task)
            signal = open_row(row)
            batch = intake.take(signal)
        except FaultprintError as error:
            skipped.append((row, str(error)))
            continue
        # As the file calls its channel: another catalog may name the same one by another glob. Rate and speed as they
        # were used: the file may know them where the row does not.
        known = {"sha256": signal.sha256, "channel": signal.channel}
        used.append((row.changed(**known, rate_hz=signal.rate_hz, speed_rpm=signal.speed_rpm), truth))
        batches.append(batch)
    tick("reading recordings", len(rows), len(rows))
    if not used:
        why = f": {skipped[0][1]}" if skipped else ""
        raise CatalogError(f"none of {len(rows)} signals could be used{why}")
    return WindowSet(tuple(row for row, _ in used), tuple(batches), torch.tensor([t for _, t in used]), tuple(skipped))
