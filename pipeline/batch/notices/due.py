"""Due: of which alarms somebody is still to be told."""

from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.trends.judged import Grade


def due(alarm: KeptAlarm) -> bool:
    """Whether somebody is to be told: nobody was, and nobody has seen it; or it has become worse since."""
    if alarm.notified is None:
        return alarm.acknowledged_at is None
    return alarm.notified == Grade.WARNING and alarm.grade == Grade.ALARM
