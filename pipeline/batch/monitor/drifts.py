"""Drifts: what people and programs are told where recordings have become less like those a model was trained on."""

from collections.abc import Sequence
from typing import Any

from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.trends.judged import DRIFT


def drifted(alarm: KeptAlarm) -> str:
    """A drift in words."""
    return (
        f"recordings since {alarm.opened_at:%Y-%m-%d} are less like what {alarm.model} was trained on than those "
        f"before (odds {alarm.worst:.0f} : 1); its verdicts may be worth less: see what has changed, then "
        f"faultprint alarms ack {alarm.id}"
    )


def drift_of(alarms: Sequence[KeptAlarm], model: str) -> dict[str, Any]:
    """What is told of a model's drift that nobody has seen; nothing where there is none."""
    found = [alarm for alarm in alarms if alarm.kind == DRIFT and alarm.model == model and not alarm.acknowledged_at]
    if not found:
        return {}
    return {"drift": {"since": found[0].opened_at.isoformat(), "odds": found[0].worst, "alarm": found[0].id}}
