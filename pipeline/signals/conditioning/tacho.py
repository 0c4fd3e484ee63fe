"""Tacho: a channel that pulses with the shaft to the shaft's angle and speed."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.known_rate import rate_of
from pipeline.signals.conditioning.shaft_angle import ShaftAngle
from pipeline.signals.conditioning.step import Step, with_speed
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

HYSTERESIS = 0.2
"""A pulse must rise through this share of the swing, centred on the threshold; ripple below it makes no pulse."""

STRETCHES = 8
"""The levels are the second most extreme of so many stretches of the channel: one spike sets no level."""

FEWEST_SAMPLES = 4.0
"""Pulses that come faster than one in so many samples may be an alias of faster ones."""

NEIGHBOURS = 11
"""An interval is compared with the median of so many around it."""

SHORT, LONG = 0.6, 1.5
"""Intervals beyond these multiples of the median: a double pulse, a missed one."""

LONGEST_GAP = 5
"""Pulses that may be missing in one place; over a longer gap nobody can count them."""

REPAIRED_SHARE = 0.1
"""With more repairs per pulse than this the channel is no tacho, or the threshold is wrong."""


class Levels(NamedTuple):
    """Where a tacho channel rests: `low` and `high`, in its unit."""

    low: float
    high: float


def levels(pulses: Samples) -> Levels:
    """Low and high level of a pulsing channel, whatever share of the time it is high.

    Example:
        >>> levels(np.tile([0.0, 0.0, 0.0, 5.0], 8))
        Levels(low=0.0, high=5.0)
    """
    stretches = np.array_split(np.asarray(pulses, dtype=np.float64), STRETCHES)
    lows, highs = (np.sort([end(part) for part in stretches if part.size]) for end in (np.min, np.max))
    return Levels(float(lows[min(1, lows.size - 1)]), float(highs[max(-2, -highs.size)]))


def crossings(pulses: Samples, low: float, high: float) -> Floats:
    """Where a channel rises through the middle of two levels, between samples where need be.

    Args:
        pulses: (time,).
        low, high: it rises when it comes from below `low` and gets above `high`.

    Returns:
        Places in samples, (crossing,): the last passage through the middle before `high` is passed, on the straight
        line between two samples.

    Example:
        >>> crossings(np.array([0.0, 0.0, 4.0, 5.0, 0.0, 0.6, 0.0, 5.0]), low=2.0, high=3.0)
        array([1.625, 6.5  ])
    """
    middle = (low + high) / 2
    state = np.where(pulses > high, 1, np.where(pulses < low, -1, 0))
    decided = np.flatnonzero(state)
    rises = decided[1:][(state[decided[1:]] == 1) & (state[decided[:-1]] == -1)]
    below = np.maximum.accumulate(np.where(pulses <= middle, np.arange(len(pulses)), 0))[rises]
    start, rise = pulses[below].astype(np.float64), pulses[below + 1].astype(np.float64) - pulses[below]
    return np.asarray(below + (middle - start) / rise)


def shaft_angle(
    pulses: Samples, rate_hz: float, pulses_per_turn: float = 1.0, threshold: float | None = None
) -> ShaftAngle:
    """The angle of a shaft from a channel that pulses once or several times a turn.

    Rising edges are taken, through a threshold with hysteresis. Single missed and double pulses are mended: an interval
    is measured against the median of its neighbours, so a wheel with a gap of a tooth or two counts its full number of
    teeth (give that number). A shaft that changes its speed by half within a few pulses cannot be told from missed
    pulses.

    Args:
        pulses: (time,), any unit.
        rate_hz: sampling rate.
        pulses_per_turn: of the shaft meant; may be broken where the sensor sits behind a gear.
        threshold: in the unit of `pulses`; the middle of low and high level unless given.

    Returns:
        A moment per pulse that was kept, the first at 0 turns; `n_missed` and `n_double` say what was mended.

    Raises:
        UnusableError: when nothing pulses, pulses come too fast for the rate, or too many need mending.

    Source: Fyfe and Munck (1997), Analysis of computed order tracking, MSSP 11(2), 187-205, on what errors of the
        pulses' arrival do.

    Example:
        >>> time_s = np.arange(10000) / 10000
        >>> angle = shaft_angle(np.sin(2 * np.pi * 25 * time_s), rate_hz=10000.0)
        >>> round(angle.speed_rpm, 6), angle.turns[:3]
        (1500.0, array([0., 1., 2.]))
    """
    places = _edges(np.asarray(pulses), threshold)
    if len(places) < 2:
        raise UnusableError(f"two tacho pulses are needed and the channel shows {len(places)}; is it the right one?")
    shortest = float(np.median(np.diff(places)))
    if shortest < FEWEST_SAMPLES:
        told = f"tacho pulses come every {shortest:.3g} samples and may be an alias of faster ones"
        raise UnusableError(f"{told}; at least {FEWEST_SAMPLES:g} are needed: record faster, or divide the pulses")
    kept = places[_not_double(places)]
    steps = _steps(kept, rate_hz)
    n_missed, n_double = int(steps.sum()) - len(steps), len(places) - len(kept)
    if n_missed + n_double > max(1.0, REPAIRED_SHARE * len(places)):
        told = f"of {len(places)} tacho pulses {n_double} come twice and {n_missed} are missing"
        raise UnusableError(f"{told}, too many to mend; check channel, threshold and pulses_per_turn")
    turns = np.concatenate([[0.0], np.cumsum(steps)]) / pulses_per_turn
    return ShaftAngle(kept / rate_hz, turns, n_missed, n_double)


def _edges(pulses: Samples, threshold: float | None) -> Floats:
    if not np.isfinite(pulses).all():
        raise UnusableError("the tacho channel holds values that are not numbers (NaN or infinite)")
    if pulses.size == 0 or pulses.max() == pulses.min():
        raise UnusableError(
            "nothing pulses in the tacho channel, it never changes; is it the right one, and connected?"
        )
    low, high = levels(pulses)
    middle = (low + high) / 2 if threshold is None else threshold
    slack = HYSTERESIS / 2 * (high - low)
    return crossings(pulses, middle - slack, middle + slack)


def _usual(places: Floats) -> Floats:
    """The interval to be expected in place of each interval."""
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(np.diff(places), NEIGHBOURS, mode="reflect"))


def _not_double(places: Floats) -> Mask:
    """Which pulses stay: of two too close together goes the one without which the rest is most even."""
    intervals, usual = np.diff(places), _usual(places)
    keep = np.ones(len(places), dtype=np.bool_)
    for short in np.flatnonzero(intervals < SHORT * usual):
        if keep[short] and keep[short + 1]:
            keep[_worse(int(short), intervals, usual[short])] = False
    return keep


def _worse(short: int, intervals: Floats, usual: float) -> int:
    """The pulse at the start or the end of a short interval, whichever leaves the more usual interval when it goes."""
    if short == 0 or short == len(intervals) - 1:
        return 0 if short == 0 else short + 1
    before, after = (abs(intervals[short] + intervals[beside] - usual) for beside in (short - 1, short + 1))
    return short if before < after else short + 1


def _steps(kept: Floats, rate_hz: float) -> npt.NDArray[np.int64]:
    """Pulses from each pulse to the next: 1, or more where some were missed."""
    if len(kept) < 2:
        raise UnusableError("the tacho channel shows no two pulses that belong together; is it the right one?")
    ratio = np.diff(kept) / _usual(kept)
    steps = np.where(ratio > LONG, np.rint(ratio), 1).astype(np.int64)
    longest = int(steps.max())
    if longest > LONGEST_GAP:
        place = kept[int(steps.argmax())] / rate_hz
        told = f"about {longest - 1} tacho pulses are missing in a row at {place:.3g} s"
        raise UnusableError(f"{told}, too many to count; cut the recording there, or check the sensor")
    return steps


class TachoSpeed(Step):
    """The mean speed of the tacho becomes the signal's; only a flag is believed more.

    Example:
        >>> from pipeline.signals.tacho_trace import TachoTrace
        >>> time_s = np.arange(10000) / 10000
        >>> pulses = TachoTrace(np.sin(2 * np.pi * 25 * time_s))
        >>> TachoSpeed().apply(Signal(np.zeros(10000), rate_hz=10000.0, tacho=pulses)).history
        ('speed from the tacho: 1500 rpm (1500-1500), 24 pulses',)
    """

    threshold: float | None = Field(None, description="level that a pulse crosses; the middle of its swing if absent")

    def apply(self, signal: Signal) -> Signal:
        """The signal with the tacho's speed."""
        angle = angle_of(signal, self.threshold, "tacho_speed")
        note = f"speed from the tacho: {angle.speed_rpm:.5g} rpm ({told_range(angle)}), {told_pulses(angle)}"
        return with_speed(signal, angle.speed_rpm, "tacho", note, after=("flag",))


def angle_of(signal: Signal, threshold: float | None, step: str) -> ShaftAngle:
    """The shaft angle that was recorded beside a signal.

    Raises:
        UnusableError: when there is no tacho, or it does not fit the signal.
    """
    tacho = signal.tacho
    if tacho is None:
        raise UnusableError(f"{step} needs a tacho channel, which nothing names; give one in the side file")
    rate_hz = rate_of(signal, step)
    pulses = np.asarray(tacho.samples).reshape(-1)
    if pulses.size != signal.n_samples:
        told = f"the tacho has {pulses.size} samples and the signal {signal.n_samples}"
        raise UnusableError(f"{step}: {told}; track orders once, and before anything that changes the rate")
    return shaft_angle(pulses, rate_hz, tacho.pulses_per_turn, threshold)


def told_range(angle: ShaftAngle) -> str:
    """Lowest and highest speed, for the history.

    Example:
        >>> told_range(ShaftAngle(np.array([0.0, 0.1, 0.15]), np.array([0.0, 1.0, 2.0])))
        '600-1200'
    """
    return f"{angle.lowest_rpm:.0f}-{angle.highest_rpm:.0f}"


def told_pulses(angle: ShaftAngle) -> str:
    """How many pulses there were and how many were mended, for the history.

    Example:
        >>> told_pulses(ShaftAngle(np.array([0.0, 0.1]), np.array([0.0, 1.0]), n_missed=1))
        '2 pulses (1 missed, 0 double)'
    """
    mended = f" ({angle.n_missed} missed, {angle.n_double} double)" if angle.n_missed or angle.n_double else ""
    return f"{len(angle.times_s)} pulses{mended}"
