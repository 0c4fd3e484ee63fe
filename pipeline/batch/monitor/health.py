"""Health: whether a batch that runs by itself is doing well, and what a person should see if not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.store.pulses import Pulse


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


def health_of(pulses: Sequence[Pulse], alarms: Sequence[KeptAlarm], at: datetime, longest: timedelta) -> Health:
    """What is wrong, if anything is.

    Args:
        pulses: of each inbox and model.
        alarms: those that are open.
        at: this moment.
        longest: that may pass from the end of one good run to that of the next.
    """
    troubles = [f"{pulse.inbox} with {pulse.model}: {said}" for pulse in pulses if (said := late(pulse, at, longest))]
    if not pulses:
        troubles.append("no run has ever begun")
    unseen = [alarm for alarm in alarms if alarm.acknowledged_at is None]
    if unseen:
        which = ", ".join(f"{alarm.machine} ({alarm.kind})" for alarm in unseen[:3])
        more = f" and {len(unseen) - 3} more" if len(unseen) > 3 else ""
        troubles.append(f"{len(unseen)} open alarm{'s' * (len(unseen) > 1)} nobody has seen: {which}{more}")
    return Health(pulses, alarms, troubles)


def late(pulse: Pulse, at: datetime, longest: timedelta) -> str | None:
    """Why an inbox is not doing well; None where it is."""
    if pulse.done_at is None:
        return f"no run has come to its end; the latest began {pulse.began_at:%Y-%m-%d %H:%M} UTC"
    if at - pulse.done_at > longest:
        how = f", and the latest ended so: {pulse.outcome}" if pulse.outcome not in (None, "done") else ""
        return f"the last good run ended {pulse.done_at:%Y-%m-%d %H:%M} UTC, longer ago than {told(longest)}{how}"
    return None


def told(span: timedelta) -> str:
    """A span in hours.

    Example:
        >>> told(timedelta(days=1, hours=2))
        '26 h'
    """
    return f"{span.total_seconds() / 3600:g} h"
