"""Resolvability: whether the signals of a run, as its catalog knows them, can show what its model is asked."""

from collections.abc import Mapping, Sequence

from pipeline.catalog.row import Row
from pipeline.preprocessing.base import OrdersOf
from pipeline.preprocessing.resolvability import Heard, Wanted, refuse_unresolvable
from pipeline.training.learn import Start
from pipeline.units import hz_from_rpm


def refuse_unresolvable_run(start: Start, rows: Sequence[Row]) -> None:
    """Nothing, where windows and rates suffice, and for a model that knows no rate.

    Raises:
        ConfigError: with the numbers, and what to change.
    """
    intake = start.intake
    if intake.rate_hz is None:
        return
    wanted = Wanted(intake.rate_hz, intake.window.length(), intake.fewest_turns, intake.band_hz)
    refuse_unresolvable(wanted, [_heard(row, start.classifier.orders_of) for row in rows])


def _heard(row: Row, orders_of: OrdersOf | None) -> Heard:
    speed_hz = hz_from_rpm(row.speed_rpm) if row.speed_rpm else None
    return Heard(row.signal, row.rate_hz, speed_hz, _orders(row, orders_of))


def _orders(row: Row, orders_of: OrdersOf | None) -> Mapping[str, float]:
    """Of the faults a model could be asked for; a model on plain images takes what the signal listens to."""
    if row.bearing is not None and orders_of != "gear":
        named = row.bearing.orders._asdict()
        # A worn cage shows in how the others are modulated; half a turn per period is not asked of every window.
        return {name: order for name, order in named.items() if name != "cage"}
    if row.gear is not None and orders_of != "bearing":
        return {f"wheel {place}": order for place, order in enumerate(row.gear.wheel_orders, start=1)}
    return {}
