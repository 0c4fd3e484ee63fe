"""Machine: all points of one machine, and what it needs: a person now, a look, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.trends.judged import LEVEL, Grade
from pipeline.reporting.fleet.point import Point
from pipeline.reporting.wording import isolated, plain, score_text
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome


class State(StrEnum):
    """What a machine needs, the most urgent first."""

    ALARM = "alarm"
    WARNING = "warning"
    FINDING = "finding"
    NO_VERDICT = "no verdict"
    SEEN = "seen"
    WELL = "well"


MEANINGS = {
    State.ALARM: "an alarm is open that nobody has acknowledged: look at this machine first.",
    State.WARNING: "its level has risen past the warning, and nobody has acknowledged it.",
    State.FINDING: "its latest recording names a fault, or is not understood; too few do so yet for an alarm.",
    State.NO_VERDICT: "its latest recordings could not be diagnosed; the reason is given.",
    State.SEEN: "alarms are open, and somebody has acknowledged all of them.",
    State.WELL: "the latest recordings name no fault, and no alarm is open.",
}
"""What each state means."""

RANK = {state: rank for rank, state in enumerate(State)}

UNNAMED = "(no machine named)"
"""How pages call the recordings of which nobody says the machine; they make no trend."""


@dataclass(frozen=True)
class Machine:
    """All points of one machine.

    Attributes:
        name: empty for recordings of which nobody says the machine.
        points: in the order of their names; each model that listens to a place has one.
        site: where it stands; empty where nobody says.
    """

    name: str
    points: Sequence[Point]
    site: str = ""

    @property
    def shown_name(self) -> str:
        """How pages call it."""
        return self.name if self.name.strip() else UNNAMED

    @property
    def latest(self) -> Diagnosed:
        """The last diagnosis of all."""
        return max((point.latest for point in self.points), key=lambda row: (row.at, row.id))

    @property
    def recordings(self) -> int:
        """How many signals were diagnosed, or put aside."""
        return sum(len(point.rows) for point in self.points)

    @property
    def open_alarms(self) -> list[KeptAlarm]:
        """Of all points, those that nobody has seen first."""
        found = [alarm for point in self.points for alarm in point.open_alarms]
        return sorted(found, key=lambda alarm: (alarm.acknowledged_at is not None, alarm.grade != Grade.ALARM))

    @property
    def findings(self) -> list[Diagnosed]:
        """Of each point the latest usable diagnosis, where it is more than plainly healthy."""
        latest = (point.latest_usable for point in self.points)
        return [row for row in latest if row is not None and says_something(row)]

    @property
    def telling(self) -> Diagnosed:
        """The diagnosis that tells most: of several points the latest of one with a finding."""
        return next(iter(self.findings), self.latest)

    @property
    def state(self) -> State:
        """What it needs."""
        unseen = [alarm.grade for alarm in self.open_alarms if alarm.acknowledged_at is None]
        if unseen:
            return State.ALARM if Grade.ALARM in unseen else State.WARNING
        if self.open_alarms:
            return State.SEEN
        if self.findings:
            return State.FINDING
        silent = all(point.latest.verdict is Outcome.UNUSABLE for point in self.points)
        return State.NO_VERDICT if silent else State.WELL

    @property
    def worst_point(self) -> Point | None:
        """The point with the lowest health now; None where none is known, or no trend is made."""
        known = [point for point in self.points if point.health_now is not None] if self.name else []
        return min(known, key=lambda point: point.health_now or 0.0, default=None)

    @property
    def why(self) -> str:
        """Its state in a few words."""
        if self.open_alarms:
            return "; ".join(map(alarm_words, self.open_alarms))
        if self.findings:
            return "; ".join(dict.fromkeys(map(finding_words, self.findings)))
        return (self.latest.reason or "") if self.state is State.NO_VERDICT else ""


def says_something(row: Diagnosed) -> bool:
    """Whether a usable diagnosis is more than plainly healthy."""
    return row.labels != (HEALTHY,) or row.verdict in (Outcome.AMBIGUOUS, Outcome.OUTSIDE)


def alarm_words(alarm: KeptAlarm) -> str:
    """An alarm in a few words: what, how much, where, since when."""
    what = f"level {alarm.worst:+.1f} dB" if alarm.kind == LEVEL else f"{plain(alarm.kind)} {score_text(alarm.worst)}"
    where = f" at {isolated(alarm.point)}" if alarm.point else ""
    return f"{what}{where} since {alarm.opened_at:%Y-%m-%d}"


def finding_words(row: Diagnosed) -> str:
    """A diagnosis in a few words."""
    if row.verdict is Outcome.OUTSIDE:
        return "unlike anything the model knows"
    found = ", ".join(f"{plain(label)} {score_text(row.probabilities.get(label, 0.0))}" for label in row.labels)
    return found or "no answer"
