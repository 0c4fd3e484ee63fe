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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.diagnosis.by_point import ANSWERS, PointAnswer, point_answer
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome, Verdict


class AtPoint(NamedTuple):
    """One verdict, and where on its machine the signal was taken."""

    point: str
    verdict: Verdict


@dataclass(frozen=True)
class MachineVerdict:
    """The answer about one machine.

    Attributes:
        machine: its name.
        verdict: CONFIDENT of a fault where any point is; CONFIDENT that it is healthy only where every point was heard
            and is; else AMBIGUOUS, OUTSIDE or UNUSABLE. UNCALIBRATED for a model that is.
        labels: faults of the machine; `healthy` where there is none, empty where nothing could be said.
        probabilities: of each fault, the highest of any point; of `healthy`, the lowest.
        possible: faults that no point rules out, `healthy` where none rules it out, and `labels`. No promise.
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
    told, again = _once(signals)
    by_point: dict[str, list[Verdict]] = {}
    for one in told:
        by_point.setdefault(one.point, []).append(one.verdict)
    points = {name: point_answer(verdicts) for name, verdicts in by_point.items()}
    heard = [point for point in points.values() if point.outcome in ANSWERS]
    outcome = _outcome(list(points.values()))
    found = _probabilities(heard)
    labels = _labels(outcome, heard, [label for label in found if label != HEALTHY])
    return MachineVerdict(
        machine, outcome, labels, found, _possible(heard, labels, list(found)), points, tuple(signals),
        (*again, *_silent(told), *_at_odds(by_point)),
    )  # fmt: skip


def _once(signals: Sequence[AtPoint]) -> tuple[list[AtPoint], list[str]]:
    """The signals without those that are the same samples as an earlier one, and what is said of these."""
    told: dict[tuple[str, ...], AtPoint] = {}
    again = []
    for number, one in enumerate(signals):
        verdict = one.verdict
        same = (verdict.sha256, verdict.channel or "", one.point) if verdict.sha256 else (str(number),)
        first = told.setdefault(same, one)
        if first is not one:
            again.append(f"{verdict.source} is the same recording as {first.verdict.source}, and counts once")
    return list(told.values()), again


def _probabilities(heard: Sequence[PointAnswer]) -> dict[str, float]:
    """A fault anywhere is a fault of the machine; healthy it is only where every point is."""
    names = list(dict.fromkeys(label for point in heard for label in point.probabilities))
    return {
        label: (min if label == HEALTHY else max)(point.probabilities.get(label, 0.0) for point in heard)
        for label in names
    }


def _possible(heard: Sequence[PointAnswer], labels: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    faults = frozenset[str]().union(*(point.possible for point in heard), labels) - {HEALTHY}
    healthy = bool(heard) and all(HEALTHY in point.possible for point in heard)
    return tuple(label for label in names if label in faults or (label == HEALTHY and (healthy or HEALTHY in labels)))


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


def _labels(outcome: Outcome, heard: Sequence[PointAnswer], names: Sequence[str]) -> tuple[str, ...]:
    """Certain faults in a CONFIDENT verdict, likely ones in others; of what is not understood, none."""
    if not heard or outcome in (Outcome.OUTSIDE, Outcome.UNUSABLE):
        return ()
    if outcome is Outcome.AMBIGUOUS:
        found = {label for point in heard for label in point.likely}
    else:
        found = {label for point in heard if point.outcome is outcome for label in point.faults}
    return tuple(label for label in names if label in found) or (HEALTHY,)


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
