"""Judged: one verdict beside the truth, as plain values; what every figure of verdicts is made from."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.verdict import Outcome

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

CONFIDENT, OUTSIDE = str(Outcome.CONFIDENT), str(Outcome.OUTSIDE)


class Judged(NamedTuple):
    """What a model said of one signal, and what is true of it.

    Attributes:
        signal: its name.
        specimen: the part it listens to; the recording, where nobody names a part.
        recording: the file.
        truth: true labels; `healthy` where a multilabel model's are none.
        known: whether the model was taught all of them. Of any other signal no answer is right but OUTSIDE.
        answer: labels of the verdict.
        outcome: the verdict's word, such as CONFIDENT.
        probabilities: by label; scores, where the model is not calibrated.
        calibrated: whether they are.
        set: labels not ruled out at `level`; None without calibration.
        unsure: multilabel: those of the set that may not be there; None otherwise.
        level: what the set promises; None without calibration.
        outside_p: None where unknown.
        condition: columns of the catalog, as text, by which figures may be parted.

    Example:
        >>> one = Judged("a", "pump 7", "a.wav", ("ball",), answer=("ball", "cage"))
        >>> one.right
        False
    """

    signal: str
    specimen: str
    recording: str
    truth: tuple[str, ...]
    known: bool = True
    answer: tuple[str, ...] = ()
    outcome: str = "UNCALIBRATED"
    probabilities: Mapping[str, float] = {}
    calibrated: bool = False
    set: tuple[str, ...] | None = None
    unsure: tuple[str, ...] | None = None
    level: float | None = None
    outside_p: float | None = None
    condition: Mapping[str, str] = {}

    @property
    def right(self) -> bool:
        """Whether the answer is exactly the truth."""
        return set(self.truth) == set(self.answer)


def truth_of(judged: Sequence[Judged], labels: Sequence[str]) -> Truths:
    """Which labels are there, (recording, label).

    Example:
        >>> truth_of([Judged("a", "a", "a.wav", ("ball",))], ["ball", "cage"])
        array([[ True, False]])
    """
    return np.array([[label in one.truth for label in labels] for one in judged], dtype=bool).reshape(-1, len(labels))


def probabilities_of(judged: Sequence[Judged], labels: Sequence[str]) -> Floats:
    """Probabilities, (recording, label).

    Example:
        >>> probabilities_of([Judged("a", "a", "a.wav", (), probabilities={"cage": 0.2})], ["cage"])
        array([[0.2]])
    """
    rows = [[one.probabilities[label] for label in labels] for one in judged]
    return np.array(rows, dtype=float).reshape(-1, len(labels))


def specimens_of(judged: Sequence[Judged]) -> list[str]:
    """The part of each."""
    return [one.specimen for one in judged]


def likeliest(one: Judged, labels: Sequence[str], multiclass: bool) -> tuple[frozenset[str], float]:
    """The answer that probabilities alone give, withheld or not, and how sure it is.

    Returns:
        Multiclass: the likeliest label and its probability. Multilabel: the labels above one half, none for healthy,
        and the probability of the least sure label's state.

    Example:
        >>> one = Judged("a", "a", "a.wav", ("ball",), probabilities={"ball": 0.9, "cage": 0.3})
        >>> likeliest(one, ["ball", "cage"], multiclass=False)
        (frozenset({'ball'}), 0.7)
    """
    named = {label: one.probabilities[label] for label in labels}
    if multiclass:
        best = max(named, key=named.__getitem__)
        return frozenset([best]), named[best]
    return frozenset(label for label in labels if named[label] > 0.5), min(max(p, 1 - p) for p in named.values())


def likely_wrong(one: Judged, labels: Sequence[str], multiclass: bool) -> bool:
    """Whether the answer that probabilities alone give is not the truth, as far as the labels can tell it.

    Args:
        one: of labels the model knows; a multilabel model's `healthy`, which is none of its labels, is none of them.
        labels: of the model.
        multiclass: whether they exclude one another.

    Example:
        >>> one = Judged("a", "a", "a.wav", ("healthy",), probabilities={"ball": 0.1, "healthy": 0.9})
        >>> likely_wrong(one, ["ball"], multiclass=False), likely_wrong(one, ["ball", "healthy"], multiclass=True)
        (False, False)
    """
    return likeliest(one, labels, multiclass)[0] != set(one.truth) & set(labels)
