"""Nyquist: what stands at the upper end of a spectrum, where an anti-alias filter should have left nothing."""

import numpy as np
import numpy.typing as npt

from pipeline.signals.quality.finding import Finding

TOP = 0.97
"""Of Nyquist: above it a converter's own filter has cut at least some decibels."""

BELOW = (0.6, 0.9)
"""Of Nyquist: what the top is compared with."""

ROLLED_OFF_DB = 3.0
MATTERS = 0.05
"""Share of all power above 0.9 Nyquist; below it what was folded is too weak to mislead."""


def aliasing(
    channel: str, frequencies: npt.NDArray[np.float64], power: npt.NDArray[np.float64], rate_hz: float | None = None
) -> Finding | None:
    """A spectrum that does not roll off towards Nyquist, and still holds power there.

    A recorder filters what lies above Nyquist, so its spectrum falls before the end. Where it does not fall, the
    filter is missing or samples were dropped, and what lay above is folded down among the rest: lines stand at wrong
    frequencies. Source: Randall (2021), Vibration-based Condition Monitoring, 2nd ed., section 3.3.

    Args:
        channel: its name.
        frequencies: in cycles per sample, 0 to 0.5, shape (frequency,).
        power: density at each.
        rate_hz: to tell Nyquist in hertz.

    Example:
        >>> frequencies = np.linspace(0, 0.5, 257)
        >>> aliasing("DE", frequencies, np.ones(257)).kind
        'aliasing'
        >>> aliasing("DE", frequencies, 1 / (1 + (frequencies / 0.3) ** 24)) is None
        True
    """
    total = power[1:].sum()
    at = frequencies / 0.5
    top, below = power[(at >= TOP) & (at < 0.999)], power[(at >= BELOW[0]) & (at < BELOW[1])]
    if not total > 0 or not top.size or not below.size or not np.median(below) > 0:
        return None
    fall_db = float(10 * np.log10(max(np.median(below) / max(np.median(top), 1e-300), 1e-300)))
    share = float(power[at >= BELOW[1]].sum() / total)
    if fall_db > ROLLED_OFF_DB or share < MATTERS:
        return None
    where = f"{rate_hz / 2:g} Hz" if rate_hz else "half the rate"
    told = f"no roll-off towards {where}: the top is {abs(fall_db):.1f} dB {'below' if fall_db > 0 else 'above'}"
    return Finding(
        "aliasing",
        f"{told} the band under it and holds {100 * share:.0f} % of the power; aliased, or no anti-alias filter?",
        "info",
        channel,
        {"fall_db": fall_db, "share_percent": 100 * share},
    )
