"""Labellers: several people's words on one signal as shares, agreement, and what is ambiguous.

A signal is an unambiguous defect where most labellers gave the same fault, no defect where most found it healthy, and
ambiguous otherwise. Ambiguous signals are not thrown away: they can be left out, kept apart, or be a group of their
own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.votes import Vote, read_votes
from pipeline.errors import CatalogError, did_you_mean
from pipeline.readers.base import few
from pipeline.signals.labels import HEALTHY

UNAMBIGUOUS_DEFECT = "unambiguous_defect"
AMBIGUOUS = "ambiguous"
NO_DEFECT = "no_defect"
DIGITS = 4
"""Of a share in a catalog; ten thousand labellers are told apart."""


class Judged(NamedTuple):
    """What the labellers of one signal say together: the labels of most, label -> share of labellers, and the group."""

    labels: tuple[str, ...]
    shares: Mapping[str, float]
    agreement: str


class Agreement(NamedTuple):
    """How far labellers agree.

    Attributes:
        alpha: Krippendorff's, nominal: 1 perfect, 0 as by chance; None where it is not defined (a single label in
            use, or no signal with two labellers).
        percent: of all pairs of labellers on the same signal, how many agree; None where there is no pair.
        n_signals, n_labellers, n_votes: what it is from.
        groups: how many signals are of each group.
        ambiguous: ids of the ambiguous signals, sorted.
    """

    alpha: float | None
    percent: float | None
    n_signals: int
    n_labellers: int
    n_votes: int
    groups: Mapping[str, int]
    ambiguous: tuple[str, ...]


Answers = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Signal -> labeller -> labels given, sorted."""


def answers_of(votes: Iterable[Vote], multilabel: bool = False) -> Answers:
    """Votes by signal and labeller.

    Raises:
        CatalogError: when a labeller votes twice for one signal and only one label may be given, gives a label twice,
            or calls a signal healthy and faulty at once.
    """
    given: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for signal, labeller, label in votes:
        given[signal][labeller].append(label)
    for signal, by in given.items():
        for labeller, labels in by.items():
            if trouble := trouble_with(labels, multilabel):
                raise CatalogError(f"labeller '{labeller}' on signal '{signal}': {trouble}")
    return {
        signal: {labeller: tuple(sorted(labels)) for labeller, labels in by.items()} for signal, by in given.items()
    }


def trouble_with(labels: Sequence[str], multilabel: bool) -> str | None:
    """What is wrong with one labeller's labels of one signal, None where nothing is."""
    if len(labels) > 1 and not multilabel:
        return (
            f"gives {len(labels)} labels ({', '.join(labels)}); keep one, or say that several are allowed (multilabel)"
        )
    if len(set(labels)) < len(labels):
        return f"gives a label twice ({', '.join(labels)}); keep it once"
    if HEALTHY in labels and len(labels) > 1:
        return f"healthy and faulty at once ({', '.join(labels)}); keep one"
    return None


def judged(by_labeller: Mapping[str, tuple[str, ...]], clear_share: float = 0.5) -> Judged:
    """What the labellers of one signal say together.

    Args:
        by_labeller: the labels each gave.
        clear_share: a label is clear when more than half of the labellers, and at least this share, agree that it is
            there, or that it is not; 1 asks for unanimity.

    Returns:
        The labels of more than half of the labellers (none where there is no such label), the share behind every
        label, most first, and the group: ambiguous where any label is unclear, or none has a majority.

    Example:
        >>> judged({"Ann": ("ball",), "Bea": ("ball",), "Cem": ("healthy",)})
        Judged(labels=('ball',), shares={'ball': 0.6667, 'healthy': 0.3333}, agreement='unambiguous_defect')
        >>> judged({"Ann": ("ball",), "Bea": ("ball",), "Cem": ("healthy",)}, clear_share=1).agreement
        'ambiguous'
    """
    counts = Counter(label for labels in by_labeller.values() for label in labels)
    share = {label: count / len(by_labeller) for label, count in sorted(counts.items(), key=lambda it: (-it[1], it[0]))}
    majority = tuple(label for label in share if share[label] > 0.5)
    clear = all(
        max(each, 1 - each) > 0.5 and max(each, 1 - each) >= clear_share - 10**-DIGITS for each in share.values()
    )
    group = AMBIGUOUS if not (clear and majority) else NO_DEFECT if majority == (HEALTHY,) else UNAMBIGUOUS_DEFECT
    return Judged(majority, {label: round(each, DIGITS) for label, each in share.items()}, group)


def agreement(votes: Iterable[Vote], *, multilabel: bool = False, clear_share: float = 0.5) -> Agreement:
    """How far labellers agree, over all signals they saw.

    With several labels per labeller, two agree when they give the same set of labels.

    Args:
        votes: of every labeller.
        multilabel: whether a labeller may give several labels to one signal.
        clear_share: see `judged`.

    Raises:
        CatalogError: for votes that contradict each other; see `answers_of`.

    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.

    Example:
        >>> votes = [Vote(s, who, l) for s, l in (("1", "ball"), ("2", "healthy")) for who in ("Ann", "Bea")]
        >>> agreement(votes).alpha, agreement(votes).percent
        (1.0, 100.0)
    """
    answers = answers_of(votes, multilabel)
    kinds = sorted({labels for by in answers.values() for labels in by.values()})
    place_of = {labels: place for place, labels in enumerate(kinds)}
    counts = np.zeros((len(answers), len(kinds)), dtype=np.int64)
    for place, by in enumerate(answers.values()):
        for labels in by.values():
            counts[place, place_of[labels]] += 1
    groups = {signal: judged(by, clear_share).agreement for signal, by in answers.items()}
    return Agreement(
        alpha_of(counts),
        percent_of(counts),
        n_signals=len(answers),
        n_labellers=len({labeller for by in answers.values() for labeller in by}),
        n_votes=int(counts.sum()),
        groups=dict(sorted(Counter(groups.values()).items())),
        ambiguous=tuple(sorted(signal for signal, group in groups.items() if group == AMBIGUOUS)),
    )


def alpha_of(counts: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float | None:
    """Krippendorff's alpha, nominal.

    Args:
        counts: how many labellers gave each answer, shape (signal, answer).

    Returns:
        None where it is not defined: fewer than two answers among the signals that two labellers saw.
    """
    pairable = counts[counts.sum(axis=1) > 1]
    if (pairable.sum(axis=0) > 0).sum() < 2:
        return None
    import krippendorff

    return float(krippendorff.alpha(value_counts=pairable, level_of_measurement="nominal"))


def percent_of(counts: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float | None:
    """Of all pairs of labellers on one signal, the percentage that agrees; None where there is no pair.

    Example:
        >>> percent_of(np.array([[2, 1], [3, 0]]))
        66.66666666666667
    """
    seen = counts.sum(axis=1)
    pairs = (seen * (seen - 1)).sum()
    return float(100 * (counts * (counts - 1)).sum() / pairs) if pairs else None


def with_votes(
    catalog: Catalog, votes: Path | Iterable[Vote], *, multilabel: bool = False, clear_share: float = 0.5
) -> Catalog:
    """A catalog with what several labellers say of its signals, in place of the labels it had.

    Args:
        catalog: signals; those that nobody voted on stay as they are.
        votes: votes, or the table of `read_votes`.
        multilabel: whether a labeller may give several labels to one signal.
        clear_share: see `judged`.

    Returns:
        Rows with `labels` (of most labellers; empty where there is no majority), `label_shares` and `agreement`.

    Raises:
        CatalogError: for a signal that is not in the catalog, or votes that contradict each other.
    """
    answers = answers_of(read_votes(votes) if isinstance(votes, Path) else votes, multilabel)
    known = {row.signal for row in catalog}
    unknown = sorted(set(answers) - known)
    if unknown:
        hint = did_you_mean(unknown[0], known) or "; a signal is named as in the catalog's column signal"
        raise CatalogError(f"votes on {len(unknown)} signals that are not in the catalog: {few(unknown)}{hint}")
    rows = []
    for row in catalog:
        if row.signal in answers:
            labels, shares, group = judged(answers[row.signal], clear_share)
            row = row.changed(labels=labels, label_shares=shares, agreement=group)
        rows.append(row)
    return replace(catalog, rows=tuple(rows))


def by_agreement(catalog: Catalog) -> Catalog:
    """The three groups as labels, for a model that is to tell the ambiguous apart; other signals are left out.

    Example:
        >>> from pipeline.catalog.row import Row
        >>> catalog = Catalog((Row("a", "a.wav", labels=("ball",), agreement="ambiguous"), Row("b", "b.wav")), Path())
        >>> [row.labels for row in by_agreement(catalog)]
        [('ambiguous',)]
    """
    rows = tuple(row.changed(labels=(row.agreement,)) for row in catalog if row.agreement)
    return replace(catalog, rows=rows)
