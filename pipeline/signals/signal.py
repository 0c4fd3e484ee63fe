"""Signal: one channel (or a declared group) of one recording, at one point of a machine. The unit of everything."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

import numpy as np

from pipeline.errors import FactError
from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear
from pipeline.signals.long_samples import BLOCK, LongSamples, pieces_of
from pipeline.signals.recording import Samples
from pipeline.signals.tacho_trace import TachoTrace
from pipeline.units import hz_from_rpm

RATE_LIMITS_HZ = (0.01, 1e8)
"""Outside these a sampling rate is a slip of the pen, from one sample in 100 s to 100 MHz."""

HIGHEST_RPM = 1e6
"""The fastest dental turbines stay below half of it."""


def checked_rate(rate_hz: float, source: str) -> float:
    """A sampling rate that can be true.

    Raises:
        FactError: for zero, negative, infinite or absurd rates.

    Example:
        >>> checked_rate(12000, "pump.csv")
        12000.0
    """
    lowest, highest = RATE_LIMITS_HZ
    if not (np.isfinite(rate_hz) and lowest <= rate_hz <= highest):
        told = f"a sampling rate of {rate_hz:g} Hz is impossible"
        raise FactError(f"{source}: {told}; give --rate-hz between {lowest:g} and {highest:g}")
    return float(rate_hz)


def checked_speed(speed_rpm: float, source: str) -> float:
    """A shaft speed that can be true.

    Raises:
        FactError: for zero, negative, infinite or absurd speeds.

    Example:
        >>> checked_speed(1797, "pump.csv")
        1797.0
    """
    if not (np.isfinite(speed_rpm) and 0 < speed_rpm <= HIGHEST_RPM):
        told = f"a speed of {speed_rpm:g} rpm is impossible"
        raise FactError(f"{source}: {told}; give --speed-rpm above 0 and up to {HIGHEST_RPM:g}")
    return float(speed_rpm)


@dataclass(frozen=True)
class Signal:
    """What a model listens to, and what is known of it.

    Attributes:
        samples: shape (channel, time); of a long recording they stay in its file (`blocks`, `part`, `loaded`).
        rate_hz, speed_rpm: None where unknown; never guessed.
        no_rate: why times that the file holds state no rate; empty where they do, or where it holds none.
        bearing, gear: the part the signal listens to, where known.
        source, channel: where the samples came from.
        point, machine, specimen: where on which machine, and the physical part (the group key of splits).
        unit: of the samples.
        sha256: hash of the file.
        labels: known truth, for training; empty for an unlabelled signal.
        origins: fact name -> who said it ("flag", "side file", "catalog", "file").
        tacho: what was recorded of the shaft itself.
        condition: under what load and temperature it was taken, by the catalog's names.
        recorded_at: when its first sample was taken, where the file says; in UTC where it names no zone.
        warnings, history: one line each.

    Example:
        >>> bearing = Bearing(name="6205", stated_orders=(3.5848, 5.4152, 4.7135, 0.39828))
        >>> signal = Signal(np.zeros((1, 12000)), rate_hz=12000.0, speed_rpm=1797.0, bearing=bearing)
        >>> signal.duration_s, round(signal.speed_hz, 2), signal.orders[0]
        (1.0, 29.95, 3.5848)
    """

    samples: Samples | LongSamples
    rate_hz: float | None = None
    speed_rpm: float | None = None
    bearing: Bearing | None = None
    gear: Gear | None = None
    source: str = "array"
    channel: str = "signal"
    point: str = ""
    machine: str = ""
    specimen: str = ""
    unit: str | None = None
    sha256: str | None = None
    labels: tuple[str, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)
    tacho: TachoTrace | None = None
    condition: dict[str, float | str] = field(default_factory=dict)
    recorded_at: datetime | None = None
    no_rate: str = ""
    warnings: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.samples, np.ndarray) and self.samples.ndim == 1:
            object.__setattr__(self, "samples", self.samples[None, :])
        if self.rate_hz is not None:
            object.__setattr__(self, "rate_hz", checked_rate(self.rate_hz, self.source))
        if self.speed_rpm is not None:
            object.__setattr__(self, "speed_rpm", checked_speed(self.speed_rpm, self.source))

    @property
    def n_samples(self) -> int:
        """Length in samples."""
        return int(self.samples.shape[-1])

    @property
    def n_channels(self) -> int:
        """How many channels are read together."""
        return int(self.samples.shape[0])

    def blocks(self, size: int = BLOCK) -> Iterator[Samples]:
        """The samples in order, at most `size` at a time, whether they are at hand or in a file."""
        if isinstance(self.samples, LongSamples):
            return self.samples.pieces(size, 0, self.n_samples)
        return pieces_of(self.samples, size, 0, self.n_samples)

    def part(self, start: int, stop: int) -> Samples:
        """Samples [start, stop), no more than there are."""
        if isinstance(self.samples, LongSamples):
            return self.samples.part(start, stop)
        return self.samples[:, start:stop]

    def loaded(self) -> Samples:
        """All samples as one array."""
        return self.part(0, self.n_samples)

    @property
    def duration_s(self) -> float | None:
        """Length in seconds, None without a rate."""
        return None if self.rate_hz is None else self.n_samples / self.rate_hz

    @property
    def speed_hz(self) -> float:
        """Shaft turns per second, NaN where unknown."""
        return float("nan") if self.speed_rpm is None else hz_from_rpm(self.speed_rpm)

    @property
    def orders(self) -> tuple[float, float, float, float]:
        """Outer, inner, ball, cage order of the bearing; NaN where unknown."""
        nan = float("nan")
        return self.bearing.orders if self.bearing else (nan, nan, nan, nan)

    @property
    def wheel_orders(self) -> tuple[float, float, float, float]:
        """Turns of the gear stage's wheels per turn of the shaft, driving wheel first; NaN where there is none."""
        known = self.gear.wheel_orders if self.gear else ()
        first, second, third, fourth = (*known, *(float("nan"),) * (4 - len(known)))
        return first, second, third, fourth

    def changed(self, note: str | None = None, **changes: Any) -> Self:
        """A copy with some attributes replaced and one more line of history."""
        history = (*self.history, note) if note else self.history
        return replace(self, **{"history": history} | changes)
