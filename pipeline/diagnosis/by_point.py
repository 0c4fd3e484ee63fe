"""By point: the verdicts on the signals of one point, which ask the same question, pooled."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome, Verdict

ANSWERS = (Outcome.CONFIDENT, Outcome.AMBIGUOUS, Outcome.UNCALIBRATED)

SURE_ODDS = 1e-9
"""Probabilities nearer to 0 or 1 than this count as this near, so that no log-odds is infinite."""


class PointAnswer(NamedTuple):
    """What the signals of one point say together.

    Attributes:
        outcome: CONFIDENT, AMBIGUOUS or UNCALIBRATED; OUTSIDE or UNUSABLE where no signal of it has an answer.
        faults: that its signals are sure of; of an uncalibrated model, those it answers.
        probabilities: of each label, pooled; `healthy` too.
        possible: what is not ruled out, faults or `healthy`.
        likely: faults that the pooled probabilities name, or that a signal is sure of.
    """

    outcome: Outcome
    faults: frozenset[str] = frozenset()
    probabilities: Mapping[str, float] = {}
    possible: frozenset[str] = frozenset()
    likely: frozenset[str] = frozenset()


def point_answer(verdicts: Sequence[Verdict]) -> PointAnswer:
    """What signals of one point say together: their mean log-odds, and whether those that are sure agree.

    It is CONFIDENT where the signals that are CONFIDENT all say the same, and, of a fault, where the pooled probability
    bears it out. One that is unsure, or unlike anything known (OUTSIDE), is overruled by one that is sure of a fault,
    not by one that is sure of none.
    """
    heard = [one for one in verdicts if one.verdict in ANSWERS]
    if not heard:
        return PointAnswer(Outcome.OUTSIDE if _any(verdicts, Outcome.OUTSIDE) else Outcome.UNUSABLE)
    pooled = _pooled(heard)
    named = _faults(heard[0].labels) if len(heard) == 1 else _named(pooled, heard[0].task == "multiclass")
    if _any(heard, Outcome.UNCALIBRATED):
        return PointAnswer(Outcome.UNCALIBRATED, named, pooled, named, named)
    possible = frozenset[str]().union(*map(_not_ruled_out, heard))
    sure = {_faults(one.labels) for one in heard if one.verdict is Outcome.CONFIDENT}
    faults = next(iter(sure)) if len(sure) == 1 else frozenset[str]()
    borne_out = len(heard) == 1 or faults <= named
    unsure = _any(verdicts, Outcome.AMBIGUOUS) or _any(verdicts, Outcome.OUTSIDE)
    if len(sure) == 1 and borne_out and (faults or not unsure):
        return PointAnswer(Outcome.CONFIDENT, faults, pooled, possible, faults)
    return PointAnswer(Outcome.AMBIGUOUS, frozenset(), pooled, possible, named.union(*sure))


def _not_ruled_out(one: Verdict) -> frozenset[str]:
    """Faults, and `healthy` unless a multilabel verdict is certain of one."""
    possible = frozenset(one.set or ())
    certain = _faults(one.set or ()) - frozenset(one.unsure or ())
    return possible | {HEALTHY} if one.unsure and not certain else possible


def _pooled(heard: Sequence[Verdict]) -> dict[str, float]:
    """Of each label, the probability at the mean of the signals' log-odds; one signal's are its own.

    Multiclass: at the mean of their logarithms, so that they still sum to 1. Multilabel: `healthy` is 1 - max.
    """
    if len(heard) == 1:
        return dict(heard[0].probabilities)
    names = list(heard[0].probabilities)
    if heard[0].task == "multiclass":
        weights = {label: math.exp(_mean([_log(one.probabilities[label]) for one in heard])) for label in names}
        return {label: weight / sum(weights.values()) for label, weight in weights.items()}
    odds = {label: _mean([_log_odds(one.probabilities[label]) for one in heard]) for label in names if label != HEALTHY}
    pooled = {label: 1 / (1 + math.exp(-each)) for label, each in odds.items()}
    return pooled | {HEALTHY: 1 - max(pooled.values())}


def _named(pooled: Mapping[str, float], multiclass: bool) -> frozenset[str]:
    """Faults that probabilities name: multiclass the likeliest label, multilabel all that are likelier than not."""
    if multiclass:
        return _faults((max(pooled, key=pooled.__getitem__),))
    return frozenset(label for label, p in pooled.items() if p > 0.5 and label != HEALTHY)


def _log(p: float) -> float:
    return math.log(max(p, SURE_ODDS))


def _log_odds(p: float) -> float:
    kept = min(max(p, SURE_ODDS), 1 - SURE_ODDS)
    return math.log(kept / (1 - kept))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _faults(labels: Sequence[str]) -> frozenset[str]:
    return frozenset(labels) - {HEALTHY}


def _any(verdicts: Sequence[Verdict], outcome: Outcome) -> bool:
    return any(one.verdict is outcome for one in verdicts)
