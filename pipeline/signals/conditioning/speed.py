"""Speed: how fast a shaft turns, from the harmonics it leaves in a signal, and how sure that is.

A comb of harmonics is held to the spectrum at every speed that is possible. How high the best one stands is compared
with how high it would stand if harmonics had nothing to do with each other: with combs whose teeth are each shifted
at random, over the same spectrum.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pipeline.signals.conditioning.harmonics import (
    HARMONICS,
    LONGEST_S,
    Floats,
    Lines,
    comb_scores,
    lines_of,
    sharpened,
)
from pipeline.signals.conditioning.known_rate import rate_of
from pipeline.signals.conditioning.step import Step, with_speed
from pipeline.signals.fitness import fitness_of
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal
from pipeline.units import hz_from_rpm, rpm_from_hz

FEWEST_TURNS = 8
"""Of the slowest speed: with fewer, neighbouring harmonics are one hill."""

N_SHIFTED = 99
"""Shifted combs for the p-value, whose least value is then 0.01."""

AROUND = 0.05
"""A speed is looked for within this share of the one it is said to be near: slip of a loaded motor, and some more."""

APART = 0.01
"""A rival is a comb at least this share away from the best one."""

CLEAR_MARGIN = 0.1
"""A rival that scores this share less, or worse, takes nothing from the confidence."""

OWN_ABSENT, OWN_PRESENT = 0.5, 0.85
"""Every second tooth of a comb at half the speed is its own. Where those stand less than half as high as the shared
ones, half the speed is ruled out; where nearly as high, it is the speed, and twice of it is ruled out. Between the two
(loose machines with half orders) both readings stay."""

MULTIPLES = (2, 3, 4, 5, 6)
"""Ratios of speeds that share teeth."""

SURE = 0.95
"""The confidence from which a speed is called known: noise reaches it in fewer than one recording of twenty."""


class SpeedEstimate(NamedTuple):
    """What the harmonics say of the speed.

    Attributes:
        speed_rpm: None where nothing is sure enough.
        confidence: (1 - `p_value`) times the lead over the best rival, where that is below `CLEAR_MARGIN`.
        p_value: share of combs with teeth shifted at random that stand as high somewhere in the same range.
        best_rpm: the best comb, sure or not.
        rival_rpm, rival_share: the best comb elsewhere, and its score against the best.
        n_lines: harmonics that stand out in the signal's spectrum.
    """

    speed_rpm: float | None
    confidence: float
    p_value: float
    best_rpm: float
    rival_rpm: float
    rival_share: float
    n_lines: int


UNKNOWN = SpeedEstimate(None, 0.0, 1.0, float("nan"), float("nan"), 1.0, 0)


def estimate_speed(
    samples: Samples,
    rate_hz: float,
    lowest_rpm: float = 600.0,
    highest_rpm: float = 4000.0,
    around_rpm: float | None = None,
    sure: float = SURE,
) -> SpeedEstimate:
    """The speed of a shaft from the harmonics in a signal and in its envelope.

    What it finds is a comb, whoever turns: half orders as high as whole ones (a loose machine) read as half the speed,
    lower ones leave two readings and no confidence; a faulty ball may show its cage's comb above the shaft's. A range
    as narrow as is known (`lowest_rpm`, `highest_rpm`, `around_rpm`) keeps these out. A speed that changes by more
    than about 1 / (10 T) Hz over a piece of T seconds smears its harmonics and is not found.

    Args:
        samples: any unit, shape (channel, time) or (time,); channels are averaged.
        rate_hz: sampling rate.
        lowest_rpm, highest_rpm: where to look.
        around_rpm: a speed stated or suspected; looks within 5 % of it only.
        sure: confidence from which `speed_rpm` is given.

    Returns:
        The estimate; its `speed_rpm` is None where the signal does not tell: noise, too short, flawed samples.

    Source: the harmonic sum is that of Schroeder (1968), Period histogram and product spectrum, JASA 43(4), 829-834, on
        lines over their background; p = (1 + #) / (1 + n) as in Phipson and Smyth (2010), Permutation p-values should
        never be zero, Stat. Appl. Genet. Mol. Biol. 9(1), 39.

    Example:
        >>> rng, time_s = np.random.default_rng(0), np.arange(60000) / 12000
        >>> shaft = sum(0.1 * np.cos(2 * np.pi * h * 29.6 * time_s + h) for h in (1, 2, 3, 5))
        >>> found = estimate_speed(shaft + rng.standard_normal(60000), rate_hz=12000.0)
        >>> round(found.speed_rpm), found.confidence > 0.9
        (1776, True)
        >>> estimate_speed(rng.standard_normal(60000), rate_hz=12000.0).speed_rpm is None
        True
    """
    channels = np.atleast_2d(samples)[:, : round(LONGEST_S * rate_hz)]
    if around_rpm is not None:
        lowest_rpm, highest_rpm = around_rpm * (1 - AROUND), around_rpm * (1 + AROUND)
    lowest_hz, highest_hz = hz_from_rpm(lowest_rpm), hz_from_rpm(highest_rpm)
    too_short = channels.shape[-1] / rate_hz * lowest_hz < FEWEST_TURNS
    if too_short or 2 * highest_hz > rate_hz / 2 or fitness_of([channels]).reason:
        return UNKNOWN
    lines = lines_of(channels.astype(np.float64), rate_hz, (HARMONICS + 1) * highest_hz)
    return _judged(lines, np.arange(lowest_hz, highest_hz, lines.step_hz / (2 * HARMONICS)), sure)


def _judged(lines: Lines, speeds_hz: Floats, sure: float) -> SpeedEstimate:
    scores = comb_scores(lines.counted, lines.step_hz, speeds_hz)
    if scores.max() <= 0:
        return UNKNOWN
    best = _lowest_full_comb(lines, speeds_hz, scores)
    elsewhere = np.where(_explained(lines, speeds_hz, speeds_hz[best]), 0.0, scores)
    rival = int(elsewhere.argmax())
    rival_share = float(elsewhere[rival] / scores[best])
    p_value = _p_value(lines, speeds_hz, scores[best])
    confidence = (1 - p_value) * float(np.clip((1 - rival_share) / CLEAR_MARGIN, 0.0, 1.0))
    best_hz, n_lines = sharpened(lines, float(speeds_hz[best]))
    return SpeedEstimate(
        speed_rpm=rpm_from_hz(best_hz) if confidence >= sure else None,
        confidence=confidence,
        p_value=p_value,
        best_rpm=rpm_from_hz(best_hz),
        rival_rpm=float(rpm_from_hz(speeds_hz[rival])),
        rival_share=rival_share,
        n_lines=n_lines,
    )


def _near(speeds_hz: Floats, speed_hz: float) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(speeds_hz / speed_hz - 1) <= APART)


def _lowest_full_comb(lines: Lines, speeds_hz: Floats, scores: Floats) -> int:
    """Index of the best comb, or of one at a fraction of its speed whose own teeth are there as well."""
    best = int(scores.argmax())
    for multiple in MULTIPLES[:2] * 2:
        near = _near(speeds_hz, speeds_hz[best] / multiple)
        lower = int(np.where(near, scores, -1.0).argmax())
        if near.any() and _own_share(lines, speeds_hz[lower], multiple) >= OWN_PRESENT:
            best = lower
    return best


def _explained(lines: Lines, speeds_hz: Floats, best_hz: float) -> npt.NDArray[np.bool_]:
    """Speeds whose combs are no rivals: they are the best one's neighbours, or nothing but some of its teeth."""
    explained = _near(speeds_hz, best_hz)
    for multiple in MULTIPLES:
        if _own_share(lines, best_hz, multiple) >= OWN_PRESENT:
            explained |= _near(speeds_hz, best_hz * multiple)
        if _own_share(lines, best_hz / multiple, multiple) <= OWN_ABSENT:
            explained |= _near(speeds_hz, best_hz / multiple)
    return explained


def _own_share(lines: Lines, speed_hz: float, multiple: int) -> float:
    """How high a comb's own teeth stand, against those it shares with the comb at a multiple of its speed."""
    orders = np.arange(1, HARMONICS + 1)
    teeth = np.interp(orders * speed_hz / lines.step_hz, np.arange(len(lines.counted)), lines.counted, right=0.0)
    shared = orders % multiple == 0
    return float(teeth[~shared].mean() / max(teeth[shared].mean(), 1e-9))


def _p_value(lines: Lines, speeds_hz: Floats, reached: float) -> float:
    """How often combs of shifted teeth reach as high: the same seed always, so the same signal gets the same answer."""
    rng = np.random.default_rng(0)
    reach = float(speeds_hz.mean()) / 2
    shifted = (rng.uniform(-reach, reach, HARMONICS) for _ in range(N_SHIFTED))
    highest = [comb_scores(lines.counted, lines.step_hz, speeds_hz, shifts).max() for shifts in shifted]
    return float((1 + np.sum(np.array(highest) >= reached)) / (1 + N_SHIFTED))


class EstimateSpeed(Step):
    """The speed from the signal's own harmonics, where nobody states one; a stated speed is checked and kept.

    Example:
        >>> time_s = np.arange(60000) / 12000
        >>> shaft = sum(np.cos(2 * np.pi * h * 29.6 * time_s) for h in (1, 2, 3, 5))
        >>> heard = Signal(shaft + np.random.default_rng(0).standard_normal(60000), rate_hz=12000.0, speed_rpm=1732.0)
        >>> EstimateSpeed().apply(heard).warnings
        ('speed_rpm: using 1732 (file), but signal says 1776',)
    """

    in_pieces = True
    lowest_rpm: float = Field(600.0, gt=0, description="the slowest speed looked for")
    highest_rpm: float = Field(4000.0, gt=0, description="the fastest speed looked for")
    sure: float = Field(SURE, gt=0, lt=1, description="confidence from which a speed is believed")

    def apply(self, signal: Signal) -> Signal:
        """The signal with its speed, if that could be told; its history says how sure."""
        rate_hz = rate_of(signal, "estimate_speed")
        longest = signal.part(0, round(LONGEST_S * rate_hz))
        found = estimate_speed(longest, rate_hz, self.lowest_rpm, self.highest_rpm, signal.speed_rpm, sure=self.sure)
        if found.speed_rpm is None:
            return signal.changed(f"speed from the shaft lines: not clear (confidence {found.confidence:.2f})")
        note = f"speed from the shaft lines: {found.speed_rpm:.1f} rpm (confidence {found.confidence:.2f})"
        rounded = round(found.speed_rpm, 1)
        return with_speed(signal, rounded, "signal", note, after=(signal.origins.get("speed_rpm", "file"),))
