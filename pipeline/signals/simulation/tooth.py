"""Tooth: a damaged tooth passes the mesh once per turn of its wheel, and while it passes the mesh is another.

Source: Randall (1982), A new method of modeling gear faults, J. Mech. Des. 104: a local fault modulates the mesh for
the short time that the tooth is engaged, which spreads many low side bands, a wheel's turn apart, around its harmonics.
"""

import numpy as np

from pipeline.signals.simulation.impacts import Floats

ENGAGED = 1.6
"""Tooth periods that a tooth is engaged for, the contact ratio of usual spur gears."""


def passing(times: Floats, strengths: Floats, tooth_s: float, n_samples: int, rate_hz: float) -> Floats:
    """How far a damaged tooth is in engagement: a smooth hill at every passage, and nothing between.

    Args:
        times, strengths: of its passages, (passage,), times in seconds and rising.
        tooth_s: time from one tooth to the next.
        n_samples, rate_hz: what is returned.

    Returns:
        Shape (time,): the strength in the middle of a passage, 0 from half of `ENGAGED` teeth away from it.

    Example:
        >>> passing(np.array([0.5]), np.array([2.0]), tooth_s=0.25, n_samples=10, rate_hz=10.0).round(2)
        array([0., 0., 0., 0., 1., 2., 1., 0., 0., 0.])
    """
    if not times.size:
        return np.zeros(n_samples)
    moments = np.arange(n_samples) / rate_hz
    nearest = np.searchsorted((times[1:] + times[:-1]) / 2, moments)
    away = np.minimum(np.abs(moments - times[nearest]) / (tooth_s * ENGAGED / 2), 1.0)
    return np.asarray(strengths[nearest] * 0.5 * (1 + np.cos(np.pi * away)))
