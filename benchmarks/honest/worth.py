"""Worth: what pretraining was worth, and where our image loses: lines below a table, whatever they say."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

Row = Mapping[str, Any]
OURS, SUM = "fault_order", " + "


def worth_of_weights(
    rows: Sequence[Row], where: Sequence[str] = (), figures: Sequence[str] = ("macro_auroc",)
) -> list[str]:
    """ImageNet weights over random ones, for every image, net and regime that has both; sums are left out.

    Args:
        rows: of a benchmark; weights are compared between rows of one image, net and regime.
        where: columns that rows must share besides.
        figures: columns to compare.

    Example:
        >>> net = {"method": "frozen", "image": "stft", "backbone": "squeezenet1_1", "regime": "head"}
        >>> imagenet = net | {"weights": "imagenet", "macro_auroc": 71.0}
        >>> worth_of_weights([imagenet, net | {"weights": "random", "macro_auroc": 59.5}])
        ['ImageNet weights over random ones: stft, squeezenet1_1, head: +11.50']
    """
    lines = []
    for row in rows:
        same = [other for other in rows if other["weights"] == "random" and _twins(row, other, where)]
        if row["weights"] == "imagenet" and same and SUM not in row["method"]:
            told = ", ".join(str(row[name]) for name in ("image", "backbone", "regime"))
            found = ", ".join(_difference(row, same[0], name, len(figures) > 1) for name in figures)
            lines.append(f"ImageNet weights over random ones: {told}{_place(row, where)}: {found}")
    return lines


def _twins(row: Row, other: Row, where: Sequence[str]) -> bool:
    """Whether two rows differ in their weights only; from scratch is full fine-tuning from random weights."""
    regimes = {"scratch": "full"}
    same = all(row[name] == other[name] for name in ("image", "backbone", *where))
    return same and row["regime"] == regimes.get(other["regime"], other["regime"])


def _difference(row: Row, other: Row, figure: str, named: bool) -> str:
    return f"{row[figure] - other[figure]:+.2f}" + (f" {figure}" if named else "")


def losses(rows: Sequence[Row], where: Sequence[str] = (), figure: str = "macro_auroc") -> list[str]:
    """Every method on our image that is behind the best method on anything else.

    Example:
        >>> ours = {"method": "shared head", "image": "fault_order", "macro_auroc": 80.0}
        >>> theirs = {"method": "random forest", "image": None, "macro_auroc": 84.0}
        >>> losses([ours, theirs])
        ['loss: shared head 80.00 is behind random forest 84.00']
        >>> losses([ours | {"macro_auroc": 90.0}, theirs])
        ['no loss: every method on fault_order is ahead of all others']
    """
    lines = []
    for group in _groups(rows, where):
        others = [row for row in group if row["image"] != OURS]
        best = max(others, key=lambda row: float(row[figure]), default=None)
        if best is None:
            continue
        lines += [
            f"loss{_place(row, where)}: {row['method']} {row[figure]:.2f} is behind {best['method']} {best[figure]:.2f}"
            for row in group
            if row["image"] == OURS and row[figure] < best[figure]
        ]
    return lines or [f"no loss: every method on {OURS} is ahead of all others"]


def _groups(rows: Sequence[Row], where: Sequence[str]) -> Iterator[list[Row]]:
    def key(row: Row) -> tuple[str, ...]:
        return tuple(str(row[name]) for name in where)

    return (list(group) for _, group in groupby(sorted(rows, key=key), key))


def _place(row: Row, where: Sequence[str]) -> str:
    return "".join(f", {name.replace('_', ' ')} {row[name]}" for name in where)
