"""Calibration: the windows of a signal to probabilities that mean what they say, and to the labels not ruled out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import expit, softmax
from torch import Tensor

from pipeline.diagnosis.calibration.conformal import Known, ruled_out
from pipeline.diagnosis.calibration.correlation import independent_windows
from pipeline.diagnosis.calibration.states import by_state
from pipeline.models.calibration_card import CalibrationCard
from pipeline.models.reference import taken, unfit
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome

Array = npt.NDArray[np.float64]


class Judgement(NamedTuple):
    """What calibrated scores say of one signal.

    Attributes:
        probabilities: by label; multilabel with `healthy` = 1 - max.
        labels: the answer.
        set: labels that cannot be ruled out at the level; `healthy` where no fault can be.
        outcome: CONFIDENT or AMBIGUOUS.
        unsure: multilabel: those of the set that are not certain to be there; None for multiclass.
    """

    probabilities: dict[str, float]
    labels: tuple[str, ...]
    set: tuple[str, ...]
    outcome: Outcome
    unsure: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Calibration:
    """Scores of signals whose parts the model had not met, and what follows from them for new ones.

    Attributes:
        card: scales and levels.
        labels: of the model.
        multiclass: whether they exclude one another.
        scores: of each recording, its windows pooled, (recording, label).
        truth: (recording, label).
        part: the specimen of each recording, by number, (recording,).
    """

    card: CalibrationCard
    labels: tuple[str, ...]
    multiclass: bool
    scores: Array
    truth: npt.NDArray[np.bool_]
    part: npt.NDArray[np.int64]

    def judge(self, window_logits: Tensor, level: float | None = None) -> Judgement:
        """The answer for one signal.

        Args:
            window_logits: (window, label).
            level: share of sets promised to hold the truth; the card's by default.
        """
        pooled = pooled_scores(window_logits.double().numpy(), np.array(self.card.correlation))
        likely = self.probabilities(pooled[None])[0]
        alpha = 1 - (self.card.level if level is None else level)
        return self._one_of(likely, alpha) if self.multiclass else self._any_of(likely, alpha)

    def probabilities(self, scores: Array) -> Array:
        """Of pooled scores, (signal, label) -> (signal, label); multiclass: each row sums to 1."""
        if self.card.temperature is not None:
            made: Array = softmax(scores / self.card.temperature, axis=1)
            return made
        line = np.array(self.card.slopes) * scores + np.array(self.card.intercepts)
        return np.asarray(expit(line))

    def _one_of(self, likely: Array, alpha: float) -> Judgement:
        """Multiclass: labels whose p-value, had they been true, is not too low.

        The likeliest ones stay in whatever their p-values, until together they are likelier than not: a larger set
        breaks no promise, one without them helps nobody, and an answer that is probably wrong is no confident one.
        """
        (against,) = self.compared(alpha)
        kept = {k for k in range(len(likely)) if not ruled_out(1 - likely[k], against[k], alpha)}
        order = likely.argsort(kind="stable")[::-1]
        kept |= set(order[: 1 + int((likely[order].cumsum() <= 0.5).sum())].tolist())
        outcome = Outcome.CONFIDENT if len(kept) == 1 else Outcome.AMBIGUOUS
        named = dict(zip(self.labels, likely.tolist(), strict=True))
        return Judgement(named, (self.labels[order[0]],), tuple(self.labels[k] for k in sorted(kept)), outcome)

    def _any_of(self, likely: Array, alpha: float) -> Judgement:
        """Multilabel: each label is there, is not, or is unsure."""
        states = [_state(p, against, alpha) for p, against in zip(likely, self.compared(alpha), strict=True)]
        named = dict(zip(self.labels, likely.tolist(), strict=True))
        answer = tuple(label for label in self.labels if named[label] > 0.5)
        found = tuple(label for label, state in zip(self.labels, states, strict=True) if state is not False)
        unsure = tuple(label for label, state in zip(self.labels, states, strict=True) if state is None)
        outcome = Outcome.AMBIGUOUS if unsure else Outcome.CONFIDENT
        named |= {HEALTHY: 1.0 - max(named.values())}
        return Judgement(named, answer or (HEALTHY,), found or (HEALTHY,), outcome, unsure)

    def compared(self, alpha: float) -> tuple[tuple[Known, ...], ...]:
        """What new signals are compared to: multiclass once, by label; multilabel per label, absent and present."""
        if alpha not in self._compared:
            self._compared[alpha] = self._questions(alpha)
        return self._compared[alpha]

    def _questions(self, alpha: float) -> tuple[tuple[Known, ...], ...]:
        likely, n_labels = self.probabilities(self.scores), len(self.labels)
        if self.multiclass:
            return (by_state(1 - likely[self.truth], self.truth.argmax(axis=1), self.part, n_labels, alpha),)
        strangeness = np.abs(self.truth - likely)
        states = self.truth.astype(np.int64)
        return tuple(by_state(strangeness[:, k], states[:, k], self.part, 2, alpha) for k in range(n_labels))

    @cached_property
    def _compared(self) -> dict[float, tuple[tuple[Known, ...], ...]]:
        """By level asked for; one or two in a run."""
        return {}

    def tensors(self) -> dict[str, Tensor]:
        """By name, as a bundle keeps them."""
        return {
            "calibration.scores": torch.from_numpy(self.scores),
            "calibration.truth": torch.from_numpy(self.truth),
            "calibration.part": torch.from_numpy(self.part),
        }

    @classmethod
    def of_tensors(
        cls, card: CalibrationCard, named: Mapping[str, Tensor], labels: tuple[str, ...], multiclass: bool
    ) -> "Calibration":
        """As `tensors` wrote it.

        Raises:
            BundleError: when the numbers do not belong to the card.
        """
        n, n_labels = card.recordings, len(labels)
        scores = taken(named, "calibration.scores", (n, n_labels), torch.float64).double()
        truth = taken(named, "calibration.truth", (n, n_labels), torch.bool)
        part = taken(named, "calibration.part", (n,), torch.int64)
        if len(set(part.tolist())) != card.specimens or (multiclass and not (truth.sum(dim=1) == 1).all()):
            raise unfit("calibration.part or calibration.truth tells of other specimens or labels")
        scales = {(1, 0, 1)} if multiclass else {(0, n_labels, n_labels)}
        if (card.temperature is not None, len(card.slopes), len(card.correlation)) not in scales:
            raise unfit("calibration: is of another task or number of labels")
        return cls(card, labels, multiclass, scores.numpy(), truth.numpy(), part.numpy())


def pooled_scores(window_logits: Array, correlation: Array) -> Array:
    """Log-odds of one signal: the windows' mean, times how many independent windows they are worth.

    Windows that all say the same count as one, independent ones add up; so ten seconds are surer than one, as far as
    they are other evidence.

    Args:
        window_logits: (window, label).
        correlation: of the windows of one signal, (label,) or (1,).

    Example:
        >>> windows = np.array([[1.0], [3.0]])
        >>> pooled_scores(windows, np.array([1.0])), pooled_scores(windows, np.array([0.0]))
        (array([2.]), array([4.]))
    """
    worth = independent_windows(len(window_logits), correlation)
    return np.asarray(worth * window_logits.mean(axis=0))


def _state(p: float, against: tuple[Known, ...], alpha: float) -> bool | None:
    """Whether a label of probability p is there, is not, or is unsure (None).

    The likelier state is left alone where the other one's p-value is too low. A fault is so never named with confidence
    where it is unlikely, however seldom sound signals get as much.
    """
    there = bool(p > 0.5)
    return there if p != 0.5 and ruled_out(abs(1 - there - p), against[1 - there], alpha) else None
