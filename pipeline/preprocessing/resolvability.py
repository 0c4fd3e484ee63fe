"""Resolvability: whether a window is long enough, and sampled fast enough, for what a model is to tell apart.

Asked before training, so that nobody waits for a net that could not have learned anything.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.errors import ConfigError
from pipeline.signals.conditioning.condition import NYQUIST_TOLERANCE
from pipeline.units import rpm_from_hz

FEWEST_PERIODS = 2.0
"""Periods of the slowest fault in a window: with fewer, nothing is seen to come back."""

NEARLY = 0.995
"""Half a percent short of a rule of thumb is long enough: nominal speeds are no more exact."""


class Heard(NamedTuple):
    """What is known of a signal before it is read.

    Attributes:
        signal: its name.
        rate_hz: as recorded; None where unknown.
        speed_hz: turns of its shaft per second; None where unknown.
        orders: fault, or wheel, -> how often it comes back per turn; empty where unknown.
    """

    signal: str
    rate_hz: float | None = None
    speed_hz: float | None = None
    orders: Mapping[str, float] = {}


class Wanted(NamedTuple):
    """What a model asks.

    Attributes:
        rate_hz: every signal is brought to it.
        n_samples: length of a window at that rate.
        fewest_turns: shaft turns a window must hold.
        band_hz: what the stages read; everything up to Nyquist where they do not say.
    """

    rate_hz: float
    n_samples: int
    fewest_turns: float = 0.0
    band_hz: tuple[float, float] | None = None

    @property
    def window_s(self) -> float:
        """Length of a window."""
        return self.n_samples / self.rate_hz


class _Short(NamedTuple):
    """A window that is too short: how long it should be, for which signal, and why."""

    needed_s: float
    heard: Heard
    why: str


def refuse_unresolvable(wanted: Wanted, signals: Sequence[Heard]) -> None:
    """Nothing, where every signal whose speed and geometry are known can show what the model is asked.

    Args:
        wanted: what the model asks.
        signals: of the run, both sides.

    Raises:
        ConfigError: for a window too short for the slowest fault or the turns wanted, naming the signal that needs the
            longest; and for a band that none of the signals holds.

    Example:
        >>> heard = Heard("pump/DE", 12000.0, speed_hz=5.0, orders={"outer_race": 3.6, "inner_race": 5.4})
        >>> refuse_unresolvable(Wanted(12000.0, 12000), [heard])
        >>> refuse_unresolvable(Wanted(12000.0, 1200), [heard])
        Traceback (most recent call last):
        ...
        pipeline.errors.ConfigError: window: 0.1 s (1200 samples at 12000 Hz) hold 0.5 turns of 'pump/DE' at 300 rpm,
            1.8 periods of its slowest fault, outer_race (order 3.6, 18 Hz), and 2 periods are needed; set
            window.seconds to 0.112 (1334 samples) or more, or leave slower signals out by data.where
    """
    _refuse_band(wanted, signals)
    found = [short for heard in signals for short in _too_short(wanted, heard)]
    if not found:
        return
    worst = max(found, key=lambda short: short.needed_s)
    speed_hz = worst.heard.speed_hz or math.nan
    turns = f"{wanted.window_s * speed_hz:.3g} turns of '{worst.heard.signal}' at {rpm_from_hz(speed_hz):g} rpm"
    n_needed = math.ceil(worst.needed_s * wanted.rate_hz - 1e-9)
    needed = f"{math.ceil(worst.needed_s * 1000) / 1000:g} ({n_needed} samples)"
    raise ConfigError(
        f"window: {wanted.window_s:.3g} s ({wanted.n_samples} samples at {wanted.rate_hz:g} Hz) hold {turns}, "
        f"{worst.why}; set window.seconds to {needed} or more, or leave slower signals out by data.where"
    )


def _too_short(wanted: Wanted, heard: Heard) -> Iterable[_Short]:
    if not heard.speed_hz:
        return
    if wanted.window_s * heard.speed_hz < wanted.fewest_turns - heard.speed_hz / wanted.rate_hz:
        yield _Short(wanted.fewest_turns / heard.speed_hz, heard, f"and the stages need {wanted.fewest_turns:g}")
    if not heard.orders:
        return
    name, order = min(heard.orders.items(), key=lambda item: item[1])
    fault_hz = order * heard.speed_hz
    periods = wanted.window_s * fault_hz
    if periods < NEARLY * FEWEST_PERIODS:
        told = f"{name} (order {order:.3g}, {fault_hz:.3g} Hz), and {FEWEST_PERIODS:g} periods are needed"
        yield _Short(FEWEST_PERIODS / fault_hz, heard, f"{periods:.2g} periods of its slowest fault, {told}")


def _refuse_band(wanted: Wanted, signals: Sequence[Heard]) -> None:
    """A band above what every single signal holds; a few slow signals are left out one by one, with their reason."""
    highest_hz = wanted.band_hz[1] if wanted.band_hz else wanted.rate_hz / 2
    known = [(heard.rate_hz, heard.signal) for heard in signals if heard.rate_hz is not None]
    if not known or len(known) < len(signals):
        return
    rate_hz, fastest = max(known)
    if rate_hz / 2 >= highest_hz * (1 - NYQUIST_TOLERANCE):
        return
    raise ConfigError(
        f"stages: the model reads up to {highest_hz:g} Hz, and no signal holds that: the fastest, '{fastest}', is "
        f"sampled at {rate_hz:g} Hz, so nothing above {rate_hz / 2:g} Hz; lower the stages' band to that "
        f"(max_hz; of fault_order, carriers or carrier_hz), and rate_hz to {rate_hz:g} where they have none"
    )
