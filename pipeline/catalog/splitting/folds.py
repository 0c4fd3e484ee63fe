"""Folds: rows dealt into parts that share no group, each with about the same labels."""

import random
from collections import Counter
from collections.abc import Sequence

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.deal import Labels, labels_of
from pipeline.catalog.splitting.groups import part_of

Fold = tuple[list[Row], list[Row]]
"""Rows to train on, and the rows held out."""


def folds(rows: Sequence[Row], k: int, group: str = "specimen", seed: int = 0) -> list[Fold]:
    """Deal rows into folds by group, each group whole, labels as even as the groups allow.

    Groups with the rarest labels are dealt first, each to the fold that has least of its labels. A row without the
    group goes with the others of its recording.

    Args:
        rows: what to deal.
        k: how many folds; fewer where there are fewer groups, and none where there is a single group.
        group: what must stay together; see `pipeline.catalog.splitting.groups.group_of`.
        seed: order among equals.

    Returns:
        (rows to train on, rows held out) per fold; every row is held out once.

    Example:
        >>> pumps = {"a1": "ball", "a2": "ball", "b1": "cage", "b2": "cage"}
        >>> rows = [Row(f"{name}-{n}", "a.wav", specimen=name, labels=(pumps[name],)) for name in pumps for n in (1, 2)]
        >>> [sorted(row.labels[0] for row in held) for _, held in folds(rows, 2)]
        [['ball', 'ball', 'cage', 'cage'], ['ball', 'ball', 'cage', 'cage']]
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault(part_of(row, group), []).append(row)
    k = min(k, len(groups))
    if k < 2:
        return []
    place = {id(row): index for index, dealt in enumerate(hands(list(groups.values()), k, seed)) for row in dealt}
    return [
        ([row for row in rows if place[id(row)] != index], [row for row in rows if place[id(row)] == index])
        for index in range(k)
    ]


def hands(groups: list[list[Row]], k: int, seed: int) -> list[list[Row]]:
    """Whole groups dealt to `k` hands."""
    common = Counter(label for rows in groups for label in labels_of(rows))
    groups = sorted(groups, key=lambda rows: min(row.signal for row in rows))
    random.Random(seed).shuffle(groups)
    groups.sort(key=lambda rows: (min((common[label] for label in labels_of(rows)), default=0), -len(rows)))
    dealt: list[list[Row]] = [[] for _ in range(k)]
    n_groups: list[Counter[str]] = [Counter() for _ in range(k)]
    n_rows: list[Counter[str]] = [Counter() for _ in range(k)]

    def fullness(hand: int, labels: Labels) -> tuple[float, int, int]:
        groups_had = sum(n_groups[hand][label] / common[label] for label in labels)
        return groups_had, sum(n_rows[hand][label] for label in labels), len(dealt[hand])

    for rows in groups:
        labels = labels_of(rows)
        best = min(range(k), key=lambda hand: fullness(hand, labels))
        dealt[best] += rows
        n_groups[best].update(labels)
        n_rows[best].update(label for row in rows for label in row.labels)
    return dealt
