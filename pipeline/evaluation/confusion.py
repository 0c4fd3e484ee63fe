"""Confusion: what is true against what was answered."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.evaluation.judged import CONFIDENT, Judged

Combination = tuple[str, ...]


class Confusion(NamedTuple):
    """Counts of recordings.

    Attributes:
        truths: rows; combinations of labels, those the model was never taught last.
        answers: columns.
        counts: row by row.
        confident: of them, those whose verdict is CONFIDENT.
        n_known: how many rows the model knows.
    """

    truths: tuple[Combination, ...]
    answers: tuple[Combination, ...]
    counts: tuple[tuple[int, ...], ...]
    confident: tuple[tuple[int, ...], ...]
    n_known: int


def confusion(judged: Sequence[Judged], labels: Sequence[str]) -> Confusion:
    """Truth by answer, as combinations of labels: in a multiclass model of one label each.

    Rows and columns are in the order of `labels`, single ones before combinations; `healthy` comes first where it is no
    label of the model, and no answer last. Every truth the model knows that is there has a column too, so that the
    diagonal is whole.

    Example:
        >>> seen = [Judged("a", "a", "a.wav", ("ball",), answer=("cage",)),
        ...         Judged("b", "b", "b.wav", ("cage",), answer=("cage",))]
        >>> found = confusion(seen, ["ball", "cage"])
        >>> found.truths, found.answers, found.counts
        ((('ball',), ('cage',)), (('ball',), ('cage',)), ((0, 1), (0, 1)))
    """

    def place(combination: Combination) -> tuple[float, list[int], Combination]:
        return (
            len(combination) or math.inf,
            [labels.index(one) if one in labels else -1 for one in combination],
            combination,
        )

    known = sorted({_ordered(one.truth) for one in judged if one.known}, key=place)
    unknown = sorted({_ordered(one.truth) for one in judged if not one.known})
    answers = sorted({*known, *(_ordered(one.answer) for one in judged)}, key=place)
    rows = [*((truth, True) for truth in known), *((truth, False) for truth in unknown)]

    def table(some: Sequence[Judged]) -> tuple[tuple[int, ...], ...]:
        counts = Counter((_ordered(one.truth), one.known, _ordered(one.answer)) for one in some)
        return tuple(tuple(counts[*row, answer] for answer in answers) for row in rows)

    return Confusion(
        tuple(truth for truth, _ in rows),
        tuple(answers),
        table(judged),
        table([one for one in judged if one.outcome == CONFIDENT]),
        len(known),
    )


def _ordered(labels: Sequence[str]) -> Combination:
    return tuple(sorted(labels))


class LabelCounts(NamedTuple):
    """Of one label, over recordings whose labels the model knows."""

    found: int
    missed: int
    said_wrongly: int
    rightly_not_said: int


def by_label(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, LabelCounts]:
    """Each label on its own: there or not, answered or not.

    Example:
        >>> by_label([Judged("a", "a", "a.wav", ("ball",), answer=("cage",))], ["ball", "cage"])["ball"]
        LabelCounts(found=0, missed=1, said_wrongly=0, rightly_not_said=0)
    """
    found = {}
    for label in labels:
        pairs = Counter((label in one.truth, label in one.answer) for one in judged if one.known)
        found[label] = LabelCounts(pairs[True, True], pairs[True, False], pairs[False, True], pairs[False, False])
    return found
