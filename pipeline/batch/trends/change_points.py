"""Change points: where a level or a health index settled on another value."""

import numpy as np

from pipeline.batch.trends.history import Floats
from pipeline.errors import RequestError

SHORTEST = 5
"""Recordings between two changes; a shorter span is an episode, not another state."""

PENALTY = 4.0
"""Of a change, in units of the noise's variance times the logarithm of the length; 2 to 3 is usual for white noise, and
levels of machines wander."""


def change_points(values: Floats) -> list[int]:
    """Where a trend changed for good: each the first recording of a new mean.

    The noise is measured from the differences of neighbours, by their median, so that steps do not count as noise.

    Args:
        values: in time, such as decibels over a baseline, shape (recording,); NaN is passed over.

    Returns:
        Places in `values`, ascending.

    Raises:
        RequestError: when ruptures is not installed.

    Source: Killick, Fearnhead and Eckley (2012), Optimal detection of changepoints with a linear computational cost.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> change_points(np.concatenate([rng.normal(0, 1, 60), rng.normal(6, 1, 40)]))
        [60]
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2 * SHORTEST:
        return []
    try:
        from ruptures import KernelCPD
    except ModuleNotFoundError:
        raise RequestError("change points: need ruptures; pip install 'faultprint[batch]'") from None
    series = values[known]
    noise = float(np.median(np.abs(np.diff(series)))) / (0.6745 * np.sqrt(2.0))
    penalty = PENALTY * np.log(len(series)) * max(noise, 1e-9 + 1e-6 * float(np.ptp(series))) ** 2
    # A linear kernel is the cost of a mean; of the library's searches this one is compiled.
    ends = KernelCPD(kernel="linear", min_size=SHORTEST).fit(series[:, None]).predict(pen=penalty)
    return [int(known[end]) for end in ends[:-1]]
