"""What the witness is asked in its tests: a signal of a known shaft with a bearing, and its answer, line by line."""

from diagnosis.witness.knocking import RATE_HZ, SPEED_HZ, Floats

from pipeline.diagnosis.witness.bearing_faults import BEARING_LABELS
from pipeline.diagnosis.witness.witness import FaultLine, Witness
from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear
from pipeline.signals.signal import Signal

BEARING = Bearing(name="6205", stated_orders=(3.5848, 5.4152, 4.7135, 0.39828))
GEAR = Gear(teeth=(20, 50))
ORDERS = dict(zip(BEARING_LABELS, BEARING.orders, strict=True))


def signal(samples: Floats, **known: object) -> Signal:
    facts: dict[str, object] = {"rate_hz": RATE_HZ, "speed_rpm": 60 * SPEED_HZ, "bearing": BEARING} | known
    return Signal(samples, **facts)  # type: ignore[arg-type]


def line(told: Witness, label: str) -> FaultLine:
    return next(each for each in told.lines if each.label == label)
