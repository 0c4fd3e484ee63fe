"""Coverage: how often the set of a verdict holds the truth, and how much it says; overall, by label, by condition.

The promise (level) is one over all recordings of new parts, and in a multilabel model per label: a single condition may
lie below it without breaking it. It is one for signals like those calibrated on, so signals of labels the model never
knew take no part.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.evaluation.judged import CONFIDENT, Judged, specimens_of
from pipeline.evaluation.share import Share, share
from pipeline.signals.labels import HEALTHY


class Coverage(NamedTuple):
    """Of some verdicts.

    Attributes:
        held: share whose set holds the truth; None without sets. Multilabel: all of it, of which no set promises more
            than label by label.
        set_size: labels in a set, on average.
        sizes: how many sets have each size.
        right: share whose answer is exactly right, set or not.
        confident: share that is CONFIDENT; None where nothing is calibrated.
    """

    held: Share | None
    set_size: float | None
    sizes: Mapping[int, int]
    right: Share | None
    confident: Share | None


def covered(one: Judged, multiclass: bool) -> bool:
    """Whether a set holds the truth.

    Multilabel: every fault that is there, and of those that are not, none but what the verdict is unsure of; `healthy`
    means that no fault is there.

    Example:
        >>> open_ = Judged("a", "a", "a.wav", ("healthy",), outcome="AMBIGUOUS", set=("ball",), unsure=("ball",))
        >>> covered(open_, multiclass=False), covered(open_._replace(unsure=()), multiclass=False)
        (True, False)
    """
    if one.set is None:
        return False
    if multiclass:
        return set(one.truth) <= set(one.set)
    truth, possible = set(one.truth) - {HEALTHY}, set(one.set) - {HEALTHY}
    return possible - set(one.unsure or ()) <= truth <= possible


def coverage(judged: Sequence[Judged], multiclass: bool) -> Coverage:
    """Coverage and size of sets, and how often answers are right and sure.

    Args:
        judged: of labels the model knows.
        multiclass: whether labels exclude one another.

    Source: Angelopoulos, Bates (2023), Conformal prediction: a gentle introduction, chapter 4, for what to check.

    Example:
        >>> found = coverage([Judged("a", "a", "a.wav", ("ball",), set=("ball",)),
        ...                   Judged("b", "b", "b.wav", ("ball",), set=("cage", "ball"))], multiclass=True)
        >>> found.held.value, found.set_size
        (1.0, 1.5)
    """
    with_set = [one for one in judged if one.set is not None]
    sizes = Counter(len(one.set or ()) for one in with_set)
    sure = share([one.outcome == CONFIDENT for one in judged], specimens_of(judged))
    return Coverage(
        share([covered(one, multiclass) for one in with_set], specimens_of(with_set)),
        sum(size * count for size, count in sizes.items()) / len(with_set) if with_set else None,
        dict(sorted(sizes.items())),
        share([one.right for one in judged], specimens_of(judged)),
        sure if any(one.calibrated for one in judged) else None,
    )


class LabelCoverage(NamedTuple):
    """Of one label.

    Attributes:
        held: share of the recordings that have it, whose set holds it.
        named_wrongly: share of the recordings that do not have it, whose verdict is certain that they do.
    """

    held: Share | None
    named_wrongly: Share | None


def coverage_by_label(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, LabelCoverage]:
    """Both ways a label can be missed: not held where it is there, and named for certain where it is not.

    Example:
        >>> ball = Judged("a", "a", "a.wav", ("ball",), answer=("cage",), outcome="CONFIDENT", set=("cage",))
        >>> found = coverage_by_label([ball], ["ball", "cage"])
        >>> found["ball"].held.value, found["cage"].named_wrongly.value
        (0.0, 1.0)
    """
    found = {}
    for label in labels:
        there = [one for one in judged if label in one.truth and one.set is not None]
        others = [one for one in judged if label not in one.truth]
        wrong = [label in _certain(one) for one in others]
        held = share([label in (one.set or ()) for one in there], specimens_of(there))
        found[label] = LabelCoverage(held, share(wrong, specimens_of(others)))
    return found


def _certain(one: Judged) -> set[str]:
    """Labels that a verdict says are there without doubt: in a multilabel one also beside others it is unsure of."""
    if one.unsure is not None:
        return set(one.set or ()) - set(one.unsure)
    return set(one.answer) if one.outcome == CONFIDENT else set()
