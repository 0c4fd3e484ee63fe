"""By specimen: how each physical part fared, the worst first; a model fails by parts, not by recordings."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.evaluation.coverage import covered
from pipeline.evaluation.judged import CONFIDENT, Judged
from pipeline.evaluation.parted import by


class SpecimenFigures(NamedTuple):
    """Of one part.

    Attributes:
        specimen: its name.
        truth: labels of its recordings, every one that any has.
        known: whether the model was taught them all.
        n: recordings.
        right: recordings whose answer is exactly right; of unknown labels none can be.
        confident_wrong: recordings whose verdict is CONFIDENT and wrong.
        held: recordings whose set holds the truth; None without sets.
        outcomes: how many verdicts have each word.
        answers: what was answered, the commonest first.
        likely: mean probability of the least likely true label, `healthy` included; None for unknown labels.
    """

    specimen: str
    truth: tuple[str, ...]
    known: bool
    n: int
    right: int
    confident_wrong: int
    held: int | None
    outcomes: dict[str, int]
    answers: tuple[tuple[str, ...], ...]
    likely: float | None


def by_specimen(judged: Sequence[Judged], multiclass: bool) -> list[SpecimenFigures]:
    """Parts by the share of recordings wrong, then by how unlikely the truth was said to be; unknown labels last.

    Example:
        >>> some = [Judged("a", "pump 1", "a.wav", ("ball",), answer=("ball",)),
        ...         Judged("b", "pump 2", "b.wav", ("ball",), answer=("cage",))]
        >>> [(one.specimen, one.right, one.n) for one in by_specimen(some, multiclass=True)]
        [('pump 2', 0, 1), ('pump 1', 1, 1)]
    """
    found = [_figures(name, some, multiclass) for name, some in by(judged, lambda one: one.specimen).items()]
    return sorted(found, key=_rank)


def _rank(one: SpecimenFigures) -> tuple[bool, float, float, float, str]:
    sure = one.confident_wrong / one.n
    return not one.known, one.right / one.n, -sure, 1.0 if one.likely is None else one.likely, one.specimen


def _figures(name: str, some: Sequence[Judged], multiclass: bool) -> SpecimenFigures:
    known = all(one.known for one in some)
    right = [one.known and one.right for one in some]
    sure = [one.outcome == CONFIDENT for one in some]
    chances = [min(one.probabilities[label] for label in one.truth) for one in some if _is_told(one)]
    answers = by(some, lambda one: "|".join(one.answer))
    return SpecimenFigures(
        name,
        tuple(dict.fromkeys(label for one in some for label in one.truth)),
        known,
        len(some),
        sum(right),
        sum(sure_one and not right_one for sure_one, right_one in zip(sure, right, strict=True)),
        sum(covered(one, multiclass) for one in some) if all(one.set is not None for one in some) else None,
        {word: len(those) for word, those in by(some, lambda one: one.outcome).items()},
        tuple(those[0].answer for _, those in sorted(answers.items(), key=lambda item: -len(item[1]))),
        sum(chances) / len(chances) if chances and known else None,
    )


def _is_told(one: Judged) -> bool:
    return bool(one.truth) and all(label in one.probabilities for label in one.truth)
