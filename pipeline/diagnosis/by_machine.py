"""By machine: the verdicts on the signals of one machine as one answer about it; a second, named step.

Signals that listen to different parts ask different questions: a fault at any point is a fault of the machine, and no
healthy point speaks against it. Signals of one point ask the same question, and are pooled.

All signals given count as of one time: recordings from before and after a repair are two questions, and no rule here
tells them apart.

No coverage is promised for a machine, and its probabilities are not calibrated as one. A conformal set keeps its
promise for one recording of a new part: n points at level 0.9 all hold at once with a chance of 1 - 0.1 n at least, and
no better is known, as the points of a machine share its shaft, load and mounting. The highest of several probabilities
is too high on average, and a mean of log-odds follows another law than the single signals that calibration saw.
Machines of known truth at every point, by which to calibrate either, nobody has.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome, Verdict

SURE_ODDS = 1e-9
"""Probabilities nearer to 0 or 1 than this count as this near, so that no log-odds is infinite."""


class AtPoint(NamedTuple):
    """One verdict, and where on its machine the signal was taken."""

    point: str
    verdict: Verdict


class PointAnswer(NamedTuple):
    """What the signals of one point say together.

    Attributes:
        outcome: CONFIDENT, AMBIGUOUS or UNCALIBRATED; OUTSIDE or UNUSABLE where no signal of it has an answer.
        faults: that its signals are sure of; of an uncalibrated model, those it answers.
        probabilities: of each fault, pooled.
        possible: faults that are not ruled out.
    """

    outcome: Outcome
    faults: frozenset[str] = frozenset()
    probabilities: Mapping[str, float] = {}
    possible: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MachineVerdict:
    """The answer about one machine.

    Attributes:
        machine: its name.
        verdict: CONFIDENT of a fault where any point is; CONFIDENT that it is healthy only where every point was heard
            and is; else AMBIGUOUS, OUTSIDE or UNUSABLE. UNCALIBRATED for a model that is.
        labels: faults of the machine; `healthy` where there is none, empty where nothing could be said.
        probabilities: of each fault, the highest of any point; `healthy` is derived as 1 - max.
        possible: faults that no point rules out, those in `labels` too; `healthy` where there is none. No promise.
        points: what each point says.
        signals: the verdicts it was made of, in order.
        warnings: signals that did not contribute, and points that disagree with themselves.
    """

    machine: str
    verdict: Outcome
    labels: tuple[str, ...]
    probabilities: dict[str, float]
    possible: tuple[str, ...]
    points: Mapping[str, PointAnswer]
    signals: tuple[AtPoint, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON."""
        return {
            "machine": self.machine,
            "verdict": str(self.verdict),
            "labels": list(self.labels),
            "probabilities": {label: round(value, 6) for label, value in self.probabilities.items()},
            "possible": list(self.possible),
            "points": {name: str(answer.outcome) for name, answer in self.points.items()},
            "signals": [_told(one) for one in self.signals],
            "warnings": list(self.warnings),
        }


def _told(one: AtPoint) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "source": verdict.source,
        "channel": verdict.channel,
        "point": one.point,
        "verdict": str(verdict.verdict),
        "labels": list(verdict.labels),
        **({"reason": verdict.reason} if verdict.reason else {}),
    }


ANSWERS = (Outcome.CONFIDENT, Outcome.AMBIGUOUS, Outcome.UNCALIBRATED)


def machine_verdict(machine: str, signals: Sequence[AtPoint]) -> MachineVerdict:
    """One answer of all signals of a machine.

    Args:
        machine: its name.
        signals: one or more, by one model.

    Example:
        >>> def heard(point, outcome, p):
        ...     label = "ball" if p > 0.5 else "healthy"
        ...     return AtPoint(point, Verdict("a.wav", outcome, (label,), probabilities={"ball": p}, set=(label,)))
        >>> both = [heard("DE", Outcome.CONFIDENT, 0.9), heard("NDE", Outcome.CONFIDENT, 0.1)]
        >>> found = machine_verdict("pump 7", both)
        >>> str(found.verdict), found.labels, found.probabilities["ball"]
        ('CONFIDENT', ('ball',), 0.9)
    """
    by_point: dict[str, list[Verdict]] = {}
    for one in signals:
        by_point.setdefault(one.point, []).append(one.verdict)
    points = {name: point_answer(verdicts) for name, verdicts in by_point.items()}
    heard = [point for point in points.values() if point.outcome in ANSWERS]
    outcome = _outcome(list(points.values()))
    names = list(dict.fromkeys(label for point in heard for label in point.probabilities))
    highest = {label: max(point.probabilities.get(label, 0.0) for point in heard) for label in names}
    possible = frozenset[str]().union(*(point.possible for point in heard))
    return MachineVerdict(
        machine,
        outcome,
        _labels(outcome, heard, highest),
        highest | {HEALTHY: 1.0 - max(highest.values())} if highest else {},
        tuple(label for label in names if label in possible) or ((HEALTHY,) if heard else ()),
        points,
        tuple(signals),
        (*_silent(signals), *_at_odds(by_point)),
    )


def _outcome(points: Sequence[PointAnswer]) -> Outcome:
    said = [point.outcome for point in points]
    if Outcome.UNCALIBRATED in said:
        return Outcome.UNCALIBRATED
    if any(point.outcome is Outcome.CONFIDENT and point.faults for point in points):
        return Outcome.CONFIDENT
    # No fault is certain: what was not understood, or not heard, could be one.
    if Outcome.OUTSIDE in said:
        return Outcome.OUTSIDE
    if all(one is Outcome.UNUSABLE for one in said):
        return Outcome.UNUSABLE
    return Outcome.CONFIDENT if all(one is Outcome.CONFIDENT for one in said) else Outcome.AMBIGUOUS


def _labels(outcome: Outcome, heard: Sequence[PointAnswer], highest: Mapping[str, float]) -> tuple[str, ...]:
    """Certain faults in a CONFIDENT verdict, likely ones in others; of what is not understood, none."""
    if not heard or outcome in (Outcome.OUTSIDE, Outcome.UNUSABLE):
        return ()
    if outcome is Outcome.AMBIGUOUS:
        found = {label for label, p in highest.items() if p > 0.5}
    else:
        found = {label for point in heard if point.outcome is outcome for label in point.faults}
    return tuple(label for label in highest if label in found) or (HEALTHY,)


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
    if _any(heard, Outcome.UNCALIBRATED):
        likely = (
            frozenset(label for label, p in pooled.items() if p > 0.5) if len(heard) > 1 else _faults(heard[0].labels)
        )
        return PointAnswer(Outcome.UNCALIBRATED, likely, pooled, likely)
    possible = frozenset[str]().union(*(_faults(one.set or ()) for one in heard))
    sure = {_faults(one.labels) for one in heard if one.verdict is Outcome.CONFIDENT}
    faults = next(iter(sure)) if len(sure) == 1 else frozenset[str]()
    borne_out = all(pooled[label] > 0.5 for label in faults) if len(heard) > 1 else True
    unsure = _any(verdicts, Outcome.AMBIGUOUS) or _any(verdicts, Outcome.OUTSIDE)
    if len(sure) == 1 and borne_out and (faults or not unsure):
        return PointAnswer(Outcome.CONFIDENT, faults, pooled, possible)
    return PointAnswer(Outcome.AMBIGUOUS, frozenset(), pooled, possible)


def _pooled(heard: Sequence[Verdict]) -> dict[str, float]:
    """Of each fault, the probability at the mean of the signals' log-odds; one signal's are its own."""
    if len(heard) == 1:
        return {label: p for label, p in heard[0].probabilities.items() if label != HEALTHY}
    names = [label for label in heard[0].probabilities if label != HEALTHY]
    return {label: _probability([_log_odds(one.probabilities[label]) for one in heard]) for label in names}


def _log_odds(p: float) -> float:
    kept = min(max(p, SURE_ODDS), 1 - SURE_ODDS)
    return math.log(kept / (1 - kept))


def _probability(log_odds: Sequence[float]) -> float:
    return 1 / (1 + math.exp(-sum(log_odds) / len(log_odds)))


def _faults(labels: Sequence[str]) -> frozenset[str]:
    return frozenset(labels) - {HEALTHY}


def _any(verdicts: Sequence[Verdict], outcome: Outcome) -> bool:
    return any(one.verdict is outcome for one in verdicts)


def _silent(signals: Sequence[AtPoint]) -> list[str]:
    """Every signal that did not contribute, told."""
    return [
        f"{' '.join(filter(None, (one.point, one.verdict.source)))} did not contribute: {one.verdict.verdict}"
        + (f", {one.verdict.reason}" if one.verdict.reason else "")
        for one in signals
        if one.verdict.verdict not in ANSWERS
    ]


def _at_odds(by_point: Mapping[str, Sequence[Verdict]]) -> list[str]:
    """Points whose signals are sure of different things."""
    return [
        f"{name or 'one point'}: its signals are sure of different things, {' and '.join(sorted(said))}"
        for name, verdicts in by_point.items()
        if len(said := {" + ".join(one.labels) for one in verdicts if one.verdict is Outcome.CONFIDENT}) > 1
    ]
