"""Order tracking: a signal at equal shaft angles in place of equal times, so that a changing speed smears nothing."""

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.resampling import STOP_DB, TRANSITION, resample
from pipeline.signals.conditioning.shaft_angle import ShaftAngle
from pipeline.signals.conditioning.step import Step, with_speed
from pipeline.signals.conditioning.tacho import angle_of, told_pulses, told_range
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal
from pipeline.units import hz_from_rpm

Floats = npt.NDArray[np.float64]

TAPS = 64
"""Samples that an interpolated value is made of; a Kaiser window of `STOP_DB` and `TRANSITION` needs 63."""

PHASES = 1024
"""Places between two samples for which the taps are kept; between these they are interpolated, -118 dB off at most."""

BLOCK = 1 << 14
"""Values interpolated together: 8 MB at a time, however long the signal."""

SLOWEST = 20.0
"""A shaft that slows to less than a twentieth of its mean speed is refused: standing still has no orders."""

EDGE = 32
"""Samples out by which either end is continued before the low-pass in the angle domain."""


def interpolate(samples: Samples, places: Floats) -> Floats:
    """Values between samples, by a windowed sinc.

    Args:
        samples: any unit, shape (channel, time); continued at either end by its reflection through the end point.
        places: (place,), in samples from the first one.

    Returns:
        Shape (channel, place). Tones up to 0.92 of the Nyquist rate are kept to within 0.01 % (-80 dB).

    Source: Smith and Gossett (1984), A flexible sampling-rate conversion method, ICASSP: taps from a table.

    Example:
        >>> wave = np.cos(2 * np.pi * 0.1 * np.arange(200))[None]
        >>> halfway = interpolate(wave, np.array([100.5]))
        >>> bool(abs(halfway[0, 0] - np.cos(2 * np.pi * 10.05)) < 1e-4)
        True
    """
    around = np.pad(samples.astype(np.float64), ((0, 0), (TAPS, TAPS)), "reflect", reflect_type="odd")
    stretches = np.lib.stride_tricks.sliding_window_view(around, TAPS, axis=-1)
    out = np.empty((samples.shape[0], len(places)))
    for start in range(0, len(places), BLOCK):
        block = slice(start, start + BLOCK)
        whole = np.floor(places[block]).astype(np.int64)
        taps = _taps_at(places[block] - whole)
        # Tap TAPS / 2 - 1 meets the sample at or before the place.
        out[:, block] = np.einsum("cpt,pt->cp", stretches[:, whole + TAPS // 2 + 1], taps)
    return out


def _taps_at(fractions: Floats) -> Floats:
    table = _table()
    near = fractions * PHASES
    below = np.minimum(near.astype(np.int64), PHASES - 1)
    share = (near - below)[:, None]
    return np.asarray((1 - share) * table[below] + share * table[below + 1])


@lru_cache(maxsize=1)
def _table() -> Floats:
    """Kaiser-windowed sinc, (phase, tap), each phase of sum 1 so that a constant stays one."""
    from scipy.signal import kaiser_beta

    distance = np.arange(TAPS) - (TAPS // 2 - 1) - (np.arange(PHASES + 1) / PHASES)[:, None]
    half = TAPS / 2
    window = np.i0(kaiser_beta(STOP_DB) * np.sqrt(np.maximum(0.0, 1 - (distance / half) ** 2)))
    taps = np.sinc(distance) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))


def order_track(samples: Samples, rate_hz: float, angle: ShaftAngle, samples_per_turn: int) -> Floats:
    """A signal at equal shaft angles, from the first known moment to the last.

    Done in two moves, so that nothing folds at any speed: values are interpolated at angles so close that even where
    the shaft is slowest they are no further apart than the samples, then thinned by a low-pass in orders. What is cut
    away is therefore an order, the same at every speed, not a frequency.

    Args:
        samples: any unit, shape (channel, time).
        rate_hz: sampling rate.
        angle: of the shaft, within the signal's time.
        samples_per_turn: wanted.

    Returns:
        Shape (channel, angle), same unit; the first sample at `angle.turns[0]`. Flat to 0.92 of `samples_per_turn / 2`
        orders and to 0.92 of the recording's Nyquist rate; what lies above 1.08 of that order is 80 dB down.

    Raises:
        UnusableError: when the shaft all but stops, or turns less than once.

    Source: Fyfe and Munck (1997), Analysis of computed order tracking, MSSP 11(2), 187-205.

    Example:
        >>> time_s = np.arange(8000) / 8000
        >>> turns = 10 * time_s + 5 * time_s**2  # 600 to 1200 rpm
        >>> angle = ShaftAngle(time_s[::100], turns[::100])
        >>> tracked = order_track(np.cos(2 * np.pi * 3 * turns)[None], 8000.0, angle, 64)
        >>> bool(np.abs(tracked[0] - np.cos(2 * np.pi * 3 * np.arange(tracked.shape[1]) / 64)).max() < 2e-3)
        True
    """
    n_turns = float(angle.turns[-1] - angle.turns[0])
    if n_turns < 1:
        raise UnusableError(f"order tracking needs a full turn, the tacho shows {n_turns:.3g}")
    finer = _finer(angle, rate_hz, samples_per_turn)
    count = math.floor(n_turns * samples_per_turn * finer + 1e-9) + 1
    places = angle.times_at(angle.turns[0] + np.arange(count) / (samples_per_turn * finer)) * rate_hz
    close = interpolate(samples, np.clip(places, 0.0, samples.shape[-1] - 1.0))
    return _thinned(close, finer)


def _finer(angle: ShaftAngle, rate_hz: float, samples_per_turn: int) -> int:
    """How many times closer than wanted the angles must lie, so that they are nowhere further apart than samples."""
    n_coarse = math.floor((angle.turns[-1] - angle.turns[0]) * samples_per_turn + 1e-9) + 1
    times = angle.times_at(angle.turns[0] + np.arange(n_coarse) / samples_per_turn)
    slowest_s = float(np.diff(times).max())
    slowing = slowest_s * samples_per_turn * hz_from_rpm(angle.speed_rpm)
    if slowing > SLOWEST:
        told = f"the shaft slows to {angle.speed_rpm / slowing:.3g} rpm at a mean of {angle.speed_rpm:.4g} rpm"
        raise UnusableError(f"order tracking: {told}; cut off the part where it all but stands still")
    return max(1, math.ceil(slowest_s * rate_hz - 1e-9))


def _thinned(close: Floats, finer: int) -> Floats:
    if finer == 1:
        return close
    edge = min(EDGE * finer, (close.shape[-1] - 1) // finer * finer)
    around = np.pad(close, ((0, 0), (edge, edge)), "reflect", reflect_type="odd")
    mean = around.mean(axis=-1, keepdims=True)
    skipped, count = edge // finer, (close.shape[-1] - 1) // finer + 1
    return np.asarray((resample(around - mean, Fraction(1, finer)) + mean)[:, skipped : skipped + count])


class OrderTrack(Step):
    """`order_track` of a signal by its tacho.

    What comes out is a signal as the same machine would give at constant speed: the speed is the tacho's mean, the
    rate that speed times `samples_per_turn`, so everything that reads orders holds; frequencies of the structure
    (resonances) are smeared instead. The tacho is believed whoever says something else, as the samples follow it.
    """

    samples_per_turn: int = Field(512, ge=8, le=65536, description="how finely a turn is sampled")
    threshold: float | None = Field(None, description="level that a pulse crosses; the middle of its swing if absent")

    def apply(self, signal: Signal) -> Signal:
        """The signal at equal shaft angles; a warning where the recording held less than they seem to promise."""
        angle = angle_of(signal, self.threshold, "order_track")
        assert signal.rate_hz is not None
        tracked = order_track(signal.loaded(), signal.rate_hz, angle, self.samples_per_turn)
        note = f"order tracked: {self.samples_per_turn} samples per turn, {told_range(angle)} rpm, {told_pulses(angle)}"
        faster = with_speed(signal, angle.speed_rpm, "tacho", note)
        return faster.changed(
            samples=tracked,
            rate_hz=self.samples_per_turn * hz_from_rpm(angle.speed_rpm),
            warnings=(*faster.warnings, *self._emptiness(signal.rate_hz, angle)),
        )

    def _emptiness(self, rate_hz: float, angle: ShaftAngle) -> list[str]:
        highest = rate_hz / 2 / hz_from_rpm(angle.highest_rpm)
        if highest >= self.samples_per_turn / 2 * (1 - TRANSITION / 2):
            return []
        told = f"at {angle.highest_rpm:.0f} rpm the recording holds nothing above order {highest:.4g}"
        return [f"order_track: {told}; samples_per_turn above {2 * highest:.0f} promises more than there is"]
