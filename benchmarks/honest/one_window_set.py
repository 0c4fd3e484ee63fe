"""One window set: splits of a rig, some of whose recordings are cut in time, as places among windows cut once."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from honest.protocol import ProtocolSplit
from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.catalog.splitting.split import Split
from pipeline.training.window_set import WindowSet


def smallest_parts(sides: Iterable[Split]) -> list[Row]:
    """Every signal that any split uses, cut as finely as any split cuts it, in an order of its own.

    Example:
        >>> whole = Row("a", "a.wav", n_samples=10)
        >>> halves = Split((whole.part(0, 5),), (whole.part(5, 10),))
        >>> [row.span for row in smallest_parts([halves, Split((whole,), ())])]
        [(0, 5), (5, 10)]
    """
    rows = {(row.signal, row.span): row for one in sides for row in (*one.train, *one.test)}
    return [
        row for row in map(rows.__getitem__, sorted(rows)) if not any(_holds(row, other) for other in rows.values())
    ]


def _holds(row: Row, other: Row) -> bool:
    return row.signal == other.signal and row.span != other.span and _covers(row, other)


def _covers(row: Row, part: Row) -> bool:
    return row.signal == part.signal and row.span[0] <= part.span[0] and part.span[1] <= row.span[1]


def places_of(side: Sequence[Row], windows: WindowSet) -> Tensor:
    """Places of the windows that lie in these signals or parts, ascending."""
    covered = [index for index, part in enumerate(windows.rows) if any(_covers(row, part) for row in side)]
    return torch.isin(windows.signal_of_window, torch.tensor(covered)).nonzero().flatten()


def proven(name: str, sides: Split, windows: WindowSet, same_specimen: bool) -> ProtocolSplit:
    """A split as places, after the proof that nothing leaks but what is declared.

    Args:
        name: what the split is called.
        sides: as the package makes it.
        windows: cut from `smallest_parts`.
        same_specimen: whether it is declared that one part may be on both sides.

    Raises:
        LeakError: when a part that is not declared, or the same samples, are on both sides.
    """
    audit(sides, same_specimen=same_specimen, leaky=False)
    train, test = (places_of(side, windows) for side in (sides.train, sides.test))
    return ProtocolSplit(name, train, test, len({part_of(row) for row in sides.train}), sides.stamps)
