"""Deal: which groups go to the test side, at random but with every label on both sides where that can be."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError

Labels = frozenset[str]


def labels_of(rows: Sequence[Row]) -> Labels:
    """Every label of a group."""
    return frozenset(label for row in rows for label in row.labels)


def deal(groups: Mapping[str, Sequence[Row]], share: float, seed: int, group: str) -> set[str]:
    """The groups that go to test.

    Each label gives about `share` of its groups, at least one, and keeps at least one for training; a label with a
    single group stays in training.

    Args:
        groups: name -> its signals.
        share: of each label's groups, between 0 and 1.
        seed: which of them.
        group: what a group is, for the error.

    Raises:
        CatalogError: when no label has two groups.

    Example:
        >>> pumps = {name: [Row(name, name, labels=(name[0],))] for name in ("a1", "a2", "a3", "b1", "b2")}
        >>> sorted(name[0] for name in deal(pumps, share=0.3, seed=0, group="specimen"))
        ['a', 'b']
    """
    told = {name: labels_of(rows) for name, rows in sorted(groups.items())}
    left = Counter(label for labels in told.values() for label in labels)
    missing = {label: max(1.0, share * count) for label, count in left.items()}
    order = list(told)
    random.Random(seed).shuffle(order)
    chosen: set[str] = set()
    while (best := neediest(order, told, missing, left)) is not None:
        order.remove(best)
        chosen.add(best)
        for label in told[best]:
            left[label] -= 1
            missing[label] -= 1.0
    if not chosen:
        raise CatalogError(
            f"split: no label has two {group}s to spare, so none can be on both sides by {group}; "
            "split by a condition with same_specimen: true"
        )
    return chosen


def neediest(
    order: Sequence[str], told: Mapping[str, Labels], missing: Mapping[str, float], left: Mapping[str, int]
) -> str | None:
    """The first group whose labels lack most on the test side, None when nothing is lacking or can be spared."""
    spare = [name for name in order if all(left[label] > 1 for label in told[name])]
    lack = {name: sum(missing[label] for label in told[name]) for name in spare}
    useful = [name for name in spare if any(missing[label] >= 0.5 for label in told[name])]
    return max(useful, key=lambda name: lack[name], default=None)
