"""Shortcuts: a trivial classifier on one cue of the recording alone; where it beats chance, so may a network.

Each cue is tried in three ways, and the first that finds something is told:

- on the split: the neighbours of the training side answer for the test side;
- in the catalog: each specimen is answered for by all others, both sides together;
- at the same point and condition: whether a label with few specimens lies apart from all others.

Chance is found by dealing labels anew among specimens, since signals of one specimen are not independent. Where a
label has too few specimens for that, what is striking is told all the same, with how often chance would do as well.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.catalog.auditing.cues import ADVICE, CUES, Cues
from pipeline.catalog.auditing.neighbours import Bools, Floats, balanced_accuracy, near
from pipeline.catalog.auditing.permuting import chance
from pipeline.catalog.auditing.within import FEWEST_COMPARED, within
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import group_of, part_of

UNLIKELY = 0.01
"""Five cues are tried, so each must be five times less likely than 1 in 20."""

STRIKING = 0.9
"""Balanced accuracy, or share of comparisons that agree, from which a label with few specimens is told."""

LEANING = 0.75
"""And what a split with few specimens tells, the whole catalog must lean towards by as much."""

FEW = 3
"""A label with fewer specimens than this is hardly ever told from chance by dealing it anew."""

MOST_SIGNALS = 400
"""A larger catalog is thinned to so many signals, evenly over its specimens."""


ByLabel = Callable[[Floats], Floats]
"""From labels, shape (signal, label), to a score per label; NaN where a label cannot be scored."""


@dataclass(frozen=True)
class Shortcut:
    """How far one cue alone tells one label from the rest.

    Attributes:
        cue: one of `CUES`.
        label: the label it tells best.
        score: balanced accuracy, or the share of comparisons that agree, 0.5 to 1.
        chance: what chance does on average; None where it was not asked.
        p: how often chance does as well; None where it was not asked, for want of specimens.
        told: the warning, "" where the cue is no better than chance.
    """

    cue: str
    label: str
    score: float
    chance: float | None
    p: float | None
    told: str = ""


class Heard(NamedTuple):
    """One signal, the side it is on, and its cues."""

    row: Row
    side: str
    cues: Cues


@dataclass(frozen=True)
class Table:
    """Signals as arrays: labels, specimens, sides, and one cue."""

    rows: tuple[Row, ...]
    names: tuple[str, ...]
    labels: Floats
    units: npt.NDArray[np.int64]
    specimens: npt.NDArray[np.int64]
    tests: Bools
    values: Floats

    def told(self, place: int) -> str:
        """What it means to know a label, such as "ball from healthy"."""
        others = [name for name in self.names if name != self.names[place]]
        return f"{self.names[place]} from {others[0] if len(others) == 1 else 'the rest'}"

    def specimens_with(self, place: int, scored: Bools) -> int:
        """How many specimens among some signals have a label, or lack it, whichever is fewer."""
        has = self.labels[:, place] > 0
        return min(len(set(self.specimens[has & scored])), len(set(self.specimens[~has & scored])))


def shortcuts(heard: Sequence[Heard]) -> tuple[Shortcut, ...]:
    """Every cue that can be tried, told or not.

    Args:
        heard: the signals of both sides.

    Returns:
        One per cue that is known and differs between signals.

    Example:
        >>> loud = [Cues(9.4, float(n % 2), 0.0, -9.0, 11.0) for n in range(40)]
        >>> rows = [Row(f"{n}", "a.wav", specimen=f"{n}", labels=(("ball", "healthy")[n % 2],)) for n in range(40)]
        >>> sides = ["train"] * 20 + ["test"] * 20
        >>> for found in shortcuts([Heard(*told) for told in zip(rows, sides, loud)]):
        ...     found.cue, found.score, found.p
        ('gain', 1.0, 0.001)
    """
    heard = thinned(heard)
    found = (shortcut(cue, table_of(heard, place)) for place, cue in enumerate(CUES))
    return tuple(one for one in found if one is not None)


def thinned(heard: Sequence[Heard]) -> list[Heard]:
    """No more than `MOST_SIGNALS`, the first ones of every specimen."""
    seen: Counter[tuple[tuple[str, str], str]] = Counter()
    rank = []
    for one in heard:
        seen[part_of(one.row), one.side] += 1
        rank.append(seen[part_of(one.row), one.side])
    kept = sorted(sorted(range(len(heard)), key=lambda place: rank[place])[:MOST_SIGNALS])
    return [heard[place] for place in kept]


def table_of(heard: Sequence[Heard], cue: int) -> Table:
    """The signals of which a cue is known."""
    values = np.array([list(one.cues)[cue] for one in heard])
    known = [one for one, value in zip(heard, values, strict=True) if np.isfinite(value)]
    names = tuple(sorted({label for one in known for label in one.row.labels}))
    # A specimen whose labels change, as in a run to failure, is a unit per label.
    units = indices([(part_of(one.row), tuple(sorted(one.row.labels))) for one in known])
    return Table(
        rows=tuple(one.row for one in known),
        names=names,
        labels=np.array([[float(name in one.row.labels) for name in names] for one in known]),
        units=units,
        specimens=indices([part_of(one.row) for one in known]),
        tests=np.array([one.side == "test" for one in known], bool),
        values=values[np.isfinite(values)],
    )


def indices(keys: Sequence[object]) -> npt.NDArray[np.int64]:
    """Keys as whole numbers from zero, in order of appearance."""
    place = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    return np.array([place[key] for key in keys], np.int64)


def shortcut(cue: str, table: Table) -> Shortcut | None:
    """The clearest finding on one cue; None where it, or the labels, do not vary."""
    if len(table.names) < 2 or np.ptp(table.values) == 0:
        return None
    split, catalog = on_the_split(cue, table), in_the_catalog(cue, table)
    apart = where_all_else_is_equal(cue, table)
    found = [one for one in (split, catalog) if one is not None]
    proven = [one for one in found if one.told and one.p is not None and one.p <= UNLIKELY]
    striking = [one for one in (apart, split) if one is not None and one.told and leans(one, catalog)]
    return next(iter((*proven, *striking, *(replace(one, told="") for one in found))), None)


def leans(one: Shortcut, catalog: Shortcut | None) -> bool:
    """Whether all specimens together say the same, if less loudly; what has no p was found in the catalog itself."""
    return one.p is None or (catalog is not None and catalog.label == one.label and catalog.score >= LEANING)


def on_the_split(cue: str, table: Table) -> Shortcut | None:
    """What the training side tells of the test side; None where a side is empty."""
    train, test = ~table.tests, table.tests
    if not (train.any() and test.any()):
        return None
    allowed = np.ones((int(test.sum()), int(train.sum())), bool)
    nearest = near(table.values[test], table.values[train], allowed)

    def by_label(labels: Floats) -> Floats:
        return balanced_accuracy(nearest, allowed, labels[train], labels[test])

    sides = [frozenset(table.tests[table.units == unit].tolist()) for unit in range(table.units.max() + 1)]
    return tested(cue, table, by_label, sides, test, "on the test side")


def in_the_catalog(cue: str, table: Table) -> Shortcut | None:
    """What all other specimens tell of each; None where there is one."""
    if table.specimens.max() == 0:
        return None
    allowed = table.specimens[:, None] != table.specimens[None, :]
    nearest = near(table.values, table.values, allowed)

    def by_label(labels: Floats) -> Floats:
        return balanced_accuracy(nearest, allowed, labels, labels)

    anywhere = [0] * (int(table.units.max()) + 1)
    every = np.ones(len(table.rows), bool)
    return tested(cue, table, by_label, anywhere, every, "on specimens left out in turn, both sides together")


def tested(
    cue: str, table: Table, by_label: ByLabel, strata: Sequence[object], scored: Bools, where: str
) -> Shortcut | None:
    """The label that is told best, and how often chance does as well with any label; None where none can be scored."""
    scores = by_label(table.labels)
    if np.isnan(scores).all():
        return None
    dealt = chance(lambda labels: best_of(by_label(labels)), table.labels, table.units, strata)
    place = int(np.nanargmax(scores))
    score, few = float(scores[place]), table.specimens_with(place, scored)
    told = f"{cue} alone tells {table.told(place)}: balanced accuracy {score:.2f} {where}, chance {dealt.mean:.2f}"
    if dealt.p <= UNLIKELY:
        told += f", p = {dealt.p:.3f}; {ADVICE[cue]}"
    elif score >= STRIKING and few < FEW:
        told += f"; too few specimens to rule chance out (p = {dealt.p:.2f}); {ADVICE[cue]}"
    else:
        told = ""
    return Shortcut(cue, table.names[place], score, dealt.mean, dealt.p, told)


def best_of(scores: Floats) -> float:
    """The best score of any label, that of a coin where none can be scored."""
    return float(np.nanmax(scores)) if not np.isnan(scores).all() else 0.5


def where_all_else_is_equal(cue: str, table: Table) -> Shortcut | None:
    """A label with few specimens that lies apart from the rest at the same point and condition; None if none does."""
    places = [(row.point or row.channel or "", group_of(row, "condition") or "") for row in table.rows]
    every = np.ones(len(table.rows), bool)
    few = [place for place in range(len(table.names)) if 0 < table.specimens_with(place, every) < FEW]
    found = [(within(table.values, table.labels[:, place] > 0, places), place) for place in few]
    apart = [(one, place) for one, place in found if one.n_compared >= FEWEST_COMPARED and one.score >= STRIKING]
    if not apart:
        return None
    one, place = max(apart, key=lambda pair: (pair[0].score, pair[0].n_compared))
    at = f" at {one.point}" if one.point else ""
    told = (
        f"{cue} alone tells {table.told(place)}{at} in {one.score:.0%} of {one.n_compared} comparisons under the same "
        f"condition; too few specimens to rule chance out; {ADVICE[cue]}"
    ).replace("%", " %", 1)
    return Shortcut(cue, table.names[place], one.score, None, None, told)
