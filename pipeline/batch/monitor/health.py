"""Health: whether a batch that runs by itself is doing well, and what a person should see if not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pipeline.batch.monitor.drifts import drifted
from pipeline.batch.notices.due import due
from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.store.known import State
from pipeline.batch.store.pulses import Pulse
from pipeline.batch.trends.judged import DRIFT


class Health(NamedTuple):
    """How the runs of a store are doing.

    Attributes:
        pulses: of each inbox and model.
        alarms: those that are open.
        troubles: what a person should see, a line each; alarms that somebody has seen are none.
    """

    pulses: Sequence[Pulse]
    alarms: Sequence[KeptAlarm]
    troubles: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON."""
        return {
            "well": not self.troubles,
            "troubles": list(self.troubles),
            "inboxes": [pulse.to_dict() for pulse in self.pulses],
            "alarms": [alarm.to_dict() for alarm in self.alarms],
        }


def health_of(
    pulses: Sequence[Pulse],
    alarms: Sequence[KeptAlarm],
    at: datetime,
    longest: timedelta,
    may_be_empty: bool = False,
) -> Health:
    """What is wrong, if anything is.

    Args:
        pulses: of each inbox and model.
        alarms: those that are open.
        at: this moment.
        longest: that may pass from the end of one good run to that of the next.
        may_be_empty: whether somebody takes files out of the inboxes, so that an empty one is well.
    """
    troubles = [
        f"{pulse.inbox} with {pulse.model}: {said}"
        for pulse in pulses
        for said in (late(pulse, at, longest), all_put_aside(pulse), None if may_be_empty else emptied(pulse))
        if said
    ]
    if not pulses:
        troubles.append("no run has ever begun")
    unseen = [alarm for alarm in alarms if alarm.acknowledged_at is None]
    troubles += [drifted(alarm) for alarm in unseen if alarm.kind == DRIFT]
    unseen = [alarm for alarm in unseen if alarm.kind != DRIFT]
    if unseen:
        troubles.append(f"{count_of(unseen)} nobody has seen: {named(unseen)}")
    untold = [alarm for alarm in alarms if due(alarm)]
    if untold and any(pulse.untold for pulse in pulses):
        troubles.append(f"{count_of(untold)} --notify could not tell of: {named(untold)}; the latest run says why")
    return Health(pulses, alarms, troubles)


def count_of(alarms: Sequence[KeptAlarm]) -> str:
    """How many there are, in words."""
    return f"{len(alarms)} open alarm{'s' * (len(alarms) > 1)}"


def named(alarms: Sequence[KeptAlarm]) -> str:
    """The first few of them."""
    which = ", ".join(f"{alarm.machine or alarm.model} ({alarm.kind})" for alarm in alarms[:3])
    return f"{which} and {len(alarms) - 3} more" if len(alarms) > 3 else which


def all_put_aside(pulse: Pulse) -> str | None:
    """Whether nothing that came in last could be used; a broken file among good ones needs nobody at night."""
    aside = pulse.newest.get(State.QUARANTINED, 0)
    if not aside or aside < sum(pulse.newest.values()):
        return None
    which = f"all {aside} files" if aside == sum(pulse.files.values()) else f"the newest {aside} files all"
    return f"{which} were put aside, the last because: {pulse.reason}"


def emptied(pulse: Pulse) -> str | None:
    """Whether an inbox shows no files any more, as a share does that is not mounted."""
    known = sum(pulse.files.values())
    if pulse.listed == 0 and known:
        return f"is empty, though {known} of its files are known; is a share away?"
    return None


def late(pulse: Pulse, at: datetime, longest: timedelta) -> str | None:
    """Why an inbox is not doing well; None where it is."""
    if pulse.done_at is None:
        return f"no run has come to its end; the latest began {pulse.began_at:%Y-%m-%d %H:%M} UTC"
    if at - pulse.done_at > longest:
        how = f", and the latest ended so: {pulse.outcome}" if pulse.outcome not in (None, "done") else ""
        return f"the last good run ended {pulse.done_at:%Y-%m-%d %H:%M} UTC, longer ago than {told(longest)}{how}"
    return None


def told(span: timedelta) -> str:
    """A span in hours, or in minutes where it is shorter than one.

    Example:
        >>> told(timedelta(days=1, hours=2)), told(timedelta(minutes=20))
        ('26 h', '20 min')
    """
    hours = span.total_seconds() / 3600
    return f"{hours:g} h" if hours >= 1 else f"{hours * 60:g} min"
