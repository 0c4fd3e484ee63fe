"""Properties of a TDMS file: the rate, unit, start and scale that channel, group and file state."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.readers.base import (
    few,
)
from pipeline.readers.increment import rate_of_increment
from pipeline.readers.stated import stated_facts
from pipeline.readers.time_column import Clock, time_unit

UNIT_PROPERTIES = ("unit_string", "NI_UnitDescription")


AGREE = 1e-6
"""A stated rate and the inverse of the stored increment that differ by no more are one rate, rounded."""


CLOCK_BLOCK = 1 << 20


Places = tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]
"""Properties of a channel, its group and the file: what is not said of the channel may be said around it."""


def plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties that are numbers or texts, as plain Python."""
    single = {name: value.item() if isinstance(value, np.generic) else value for name, value in properties.items()}
    return {name: value for name, value in single.items() if isinstance(value, int | float | str)}


def rate_of(places: Places) -> float | None:
    """The rate of a waveform's increment, as exact as the file states it, or one stated by name nearby."""
    stated = next((said["rate_hz"] for place in places if "rate_hz" in (said := stated_facts(plain(place)))), None)
    increment = plain(places[0]).get("wf_increment")
    stored = rate_of_increment(repr(float(increment))) if isinstance(increment, int | float) else None
    if stored is None or (stated is not None and math.isclose(stored, stated, rel_tol=AGREE)):
        return stated
    return stored


def clock_rates(group: Any) -> dict[int, float]:
    """Length -> rate, for the time channels of a group; a channel of that length was sampled by that clock."""
    rates: dict[int, float] = {}
    for channel in group.channels():
        unit = "s" if channel.dtype.kind == "M" else time_unit(channel.name)
        if unit is not None and "wf_increment" not in channel.properties and channel.dtype.kind in "iufM":
            rate_hz = clock_rate(channel, unit)
            if rate_hz is not None:
                rates[len(channel)] = rate_hz
    return rates


def clock_rate(channel: Any, unit: str) -> float | None:
    """The rate that a channel of times states by steady steps, read piece by piece."""
    clock, origin = Clock(unit), None
    for first in range(0, len(channel), CLOCK_BLOCK):
        times = channel.read_data(first, CLOCK_BLOCK)
        if channel.dtype.kind == "M":
            moments = times.as_datetime64("ns")
            origin = moments[0] if origin is None else origin
            times = (moments - origin) / np.timedelta64(1, "s")
        clock.feed(times.astype(np.float64))
    return clock.rate_hz


def unit_of(channel: Any) -> str | None:
    """The unit as the file writes it."""
    texts = (channel.properties.get(name) for name in UNIT_PROPERTIES)
    return next((text for text in texts if isinstance(text, str) and text), None)


def start_time(channel: Any) -> str | None:
    """When the first sample was taken (UTC), as ISO 8601; None where the logger left its clock's zero."""
    moment = channel.properties.get("wf_start_time")
    if moment is None or not hasattr(moment, "as_datetime64") or moment.seconds <= 0:
        return None
    return str(moment.as_datetime64("us"))


def is_scaled_on_reading(places: Places) -> bool:
    """Whether npTDMS finds a scale it can apply, in the channel, its group or the file."""
    from nptdms.scaling import get_scaling

    return get_scaling(*places) is not None


def is_bare_count(places: Places) -> bool:
    """Whether the samples are counts that say they are not scaled, and bring no scale; their unit is not theirs."""
    return places[0].get("NI_Scaling_Status") == "unscaled" and not is_scaled_on_reading(places)


def unapplied_scale(channel: Any, places: Places) -> str | None:
    """What keeps a scale from being applied: npTDMS passes over kinds it does not know, and hands out the counts."""
    if is_scaled_on_reading(places) or places[0].get("NI_Scaling_Status") == "scaled":
        return None
    kinds = [str(value) for place in places for name, value in place.items() if name.endswith("_Scale_Type")]
    if kinds:
        return f"its scale ({few(kinds)}) cannot be applied"
    return "it brings no scale" if channel.scaler_data_types else None
