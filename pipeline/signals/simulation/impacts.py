"""Impacts: when a fault strikes, how hard, and how the structure rings.

Source: Antoni and Randall (2003), A stochastic model for simulation and diagnostics of rolling element bearings with
localized faults, J. Vib. Acoust. 125: intervals jitter independently, so phases drift as a random walk. McFadden and
Smith (1984), Model for the vibration produced by a single point defect in a rolling element bearing, J. Sound Vib. 96:
load zone and transmission path modulate the strengths.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.bearing import Bearing

Floats = npt.NDArray[np.float64]

IMPACT_LABELS = ("outer_race", "inner_race", "ball", "cage", "gear_tooth")
"""Faults that strike once per something."""

OVERSAMPLING = 4
"""Impacts fall on a grid this much finer than the samples, or rounding would add a jitter of its own."""


class Resonance(NamedTuple):
    """One mode of the structure: `damping` is the share of critical damping, `gain` its height beside other modes."""

    frequency_hz: float
    damping: float
    gain: float


class Manner(NamedTuple):
    """How one fault behaves, the same at every speed of its machine.

    Attributes:
        slip: standard deviation of an interval, as a share of it.
        order_error: how far the true order is from the geometric one, as a share.
        scatter: standard deviation of the logarithm of the strengths.
        load_depth: how deeply the load zone modulates; 1 silences the fault outside it.
        alternate: what every second strike of a rolling element is scaled by (it meets the two races in turn).
        present: share of the strikes that happen at all.
        mesh: how much of a damaged tooth is heard in the mesh it takes part in, beside its knocks (rms over rms).
    """

    slip: float = 0.0
    order_error: float = 0.0
    scatter: float = 0.0
    load_depth: float = 0.0
    alternate: float = 1.0
    present: float = 1.0
    mesh: float = 0.0


def random_manner(label: str, rng: np.random.Generator) -> Manner:
    """Draw how a fault behaves.

    Example:
        >>> random_manner("gear_tooth", np.random.default_rng(0)).slip
        0.0
    """
    if label == "gear_tooth":  # teeth cannot slip
        return Manner(scatter=rng.uniform(0.0, 0.3), load_depth=0.0, mesh=rng.uniform(0.0, 1.0))
    deep = label in ("inner_race", "ball")
    return Manner(
        slip=rng.uniform(0.0, 0.02),
        order_error=rng.uniform(-0.008, 0.008),
        scatter=rng.uniform(0.0, 0.6),
        load_depth=rng.uniform(0.5, 1.0) if deep else rng.uniform(0.0, 0.3),
        alternate=rng.uniform(0.2, 1.0) if label == "ball" else 1.0,
        present=rng.uniform(0.5, 1.0) if label == "ball" else 1.0,
    )


def impact_times(rate_hz: float, slip: float, duration_s: float, rng: np.random.Generator) -> Floats:
    """Moments of impacts that come at a mean rate, each interval jittering on its own.

    Args:
        rate_hz: impacts per second.
        slip: standard deviation of an interval, as a share of it.
        duration_s: the moments lie in [0, duration_s).
        rng: source of chance.

    Example:
        >>> impact_times(10.0, 0.0, 1.0, np.random.default_rng(0)).size
        10
    """
    count = math.ceil(duration_s * rate_hz * (1 + 6 * slip)) + 2
    intervals = np.maximum(1.0 + slip * rng.standard_normal(count), 0.1) / rate_hz
    times: Floats = np.cumsum(intervals) - intervals[0] * rng.random()
    return times[times < duration_s]


def load_zone(angle: Floats, depth: float) -> Floats:
    """What the load does to a strike at some angle from the heaviest load.

    Args:
        angle: radians, any shape.
        depth: 0 no effect, 1 silence in the unloaded half.

    Returns:
        Strength in [1 - depth, 1].

    Source: Stribeck's load distribution of a ball bearing without clearance; Harris, Rolling Bearing Analysis.

    Example:
        >>> load_zone(np.array([0.0, np.pi]), depth=0.8).round(3)
        array([1. , 0.2])
    """
    carried: Floats = np.maximum(np.cos(angle), 0.0) ** 1.5
    return 1.0 - depth + depth * carried


def impact_order(label: str, bearing: Bearing, wheel_order: float = 1.0) -> float:
    """Impacts per shaft turn.

    Args:
        label: one of `IMPACT_LABELS`.
        bearing: for faults of a bearing.
        wheel_order: turns of the wheel with the damaged tooth per shaft turn, for `gear_tooth`.

    Example:
        >>> impact_order("outer_race", Bearing(stated_orders=(3.58, 5.42, 4.71, 0.398)))
        3.58
    """
    return wheel_order if label == "gear_tooth" else float(getattr(bearing.orders, label))


def strikes(
    label: str,
    bearing: Bearing,
    speed_hz: float,
    duration_s: float,
    manner: Manner,
    rng: np.random.Generator,
    wheel_order: float = 1.0,
) -> tuple[Floats, Floats]:
    """Moments and strengths of a fault's impacts.

    Args:
        label: one of `IMPACT_LABELS`.
        bearing: the part, for its orders.
        speed_hz: shaft turns per second.
        duration_s: length in seconds.
        manner: how the fault behaves.
        rng: source of chance.
        wheel_order: turns of the wheel with the damaged tooth per shaft turn, for `gear_tooth`.

    Returns:
        Times in seconds and strengths, both (impact,).

    Example:
        >>> bearing = Bearing(stated_orders=(3.58, 5.42, 4.71, 0.398))
        >>> times, strengths = strikes("outer_race", bearing, 30.0, 1.0, Manner(), np.random.default_rng(0))
        >>> times.size, bool((strengths == 1.0).all())
        (108, True)
    """
    rate_hz = impact_order(label, bearing, wheel_order) * speed_hz * (1.0 + manner.order_error)
    times = impact_times(rate_hz, manner.slip, duration_s, rng)
    # The inner ring carries its fault through the load zone once a turn, the cage a rolling element once of its own.
    carrier_hz = speed_hz * (bearing.orders.cage if label == "ball" else 1.0)
    angle = 2 * np.pi * (carrier_hz * times + rng.random())
    strengths = np.exp(manner.scatter * rng.standard_normal(times.size)) * load_zone(angle, manner.load_depth)
    strengths[1::2] *= manner.alternate
    return times, strengths * (rng.random(times.size) <= manner.present)


def ringing(
    times: Floats, strengths: Floats, resonances: Sequence[Resonance], n_samples: int, rate_hz: float
) -> Floats:
    """The structure's answer to impacts, free of aliases: each mode is a damped oscillator, driven by unit pulses.

    Args:
        times, strengths: impacts, (impact,); times in seconds in [0, n_samples / rate_hz).
        resonances: the modes.
        n_samples, rate_hz: what is returned; time wraps round, so drop the first moments.

    Returns:
        Acceleration, arbitrary unit, shape (time,).

    Example:
        >>> mode = Resonance(frequency_hz=3000.0, damping=0.05, gain=1.0)
        >>> rung = ringing(np.array([0.01]), np.array([1.0]), [mode], 1200, 12000.0)
        >>> bool(abs(rung[:119]).max() < 0.05 * abs(rung).max())
        True
    """
    fine = np.zeros(n_samples * OVERSAMPLING)
    places = np.minimum((times * rate_hz * OVERSAMPLING).astype(np.int64), fine.size - 1)
    np.add.at(fine, places, strengths)
    spectrum = np.fft.rfft(fine)[: n_samples // 2 + 1]
    rung: Floats = np.fft.irfft(spectrum * _structure(resonances, n_samples, rate_hz), n_samples)
    return rung


def _structure(resonances: Sequence[Resonance], n_samples: int, rate_hz: float) -> npt.NDArray[np.complex128]:
    """Acceleration over force of damped oscillators side by side, each of height `gain` at its centre."""
    frequency_hz = np.fft.rfftfreq(n_samples, 1.0 / rate_hz)
    answer = np.zeros(frequency_hz.size, dtype=np.complex128)
    for mode in resonances:
        ratio = frequency_hz / mode.frequency_hz
        answer -= mode.gain * 2 * mode.damping * ratio**2 / (1 - ratio**2 + 2j * mode.damping * ratio)
    return answer
