"""Spectral lines: how high each stands over the floor around it, and where between two bins its top lies."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NOTHING = 1e-300
"""Power below this is taken for this much, so that silence stands 0 dB over silence."""


def over_floor_db(power: Floats, width: int) -> Floats:
    """Every bin of a spectrum over the median of the bins around it.

    Args:
        power: of any unit, shape (frequency,).
        width: so many bins are the surroundings, an odd number; beyond either end the last bin goes on.

    Returns:
        Decibels, shape (frequency,).

    Example:
        >>> power = np.ones(101)
        >>> power[50] = 100.0
        >>> over_floor_db(power, 11)[[10, 50]]
        array([ 0., 20.])
    """
    from scipy.ndimage import median_filter

    level_db = 10 * np.log10(np.maximum(power, NOTHING))
    return np.asarray(level_db - median_filter(level_db, width, mode="nearest"))


def vertex(before: float, at: float, after: float) -> float:
    """Where the parabola through three neighbouring levels has its top, in bins from the middle one.

    Args:
        before, at, after: levels in dB, the middle one the highest; three equal ones have their top in the middle.

    Source: Smith (2011), Spectral Audio Signal Processing, section on quadratic interpolation of spectral peaks.

    Example:
        >>> vertex(1.0, 4.0, 3.0)
        0.25
    """
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend else 0.0
