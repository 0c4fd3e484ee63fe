"""Health: one figure for a point, from 100 (nothing speaks against it) to 0."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.batch.trends.history import Floats, Snapshot, over_baseline_db
from pipeline.batch.trends.judged import levels_in
from pipeline.batch.trends.rules import Rules


def health_of(history: Sequence[Snapshot], rules: Rules) -> Floats:
    """The health index in time.

    100 x (1 - the worse of two): the probability of the likeliest fault, and the level over the baseline as a share of
    `alarm_db`; each the median of the last `of` recordings, so that one odd recording moves nothing.

    Args:
        history: in the order of time.
        rules: with the window and the level that counts as bad.

    Returns:
        Shape (recording,); NaN where nothing is known yet.

    Example:
        >>> from datetime import UTC, datetime
        >>> day = datetime(2026, 5, 4, tzinfo=UTC)
        >>> health_of([Snapshot(1, day, {"ball": 0.2, "cage": 0.1}, None)], Rules()).tolist()
        [80.0]
    """
    worst = np.array([max(one.faults.values(), default=np.nan) for one in history])
    levels = np.clip(over_baseline_db(levels_in(history), rules.baseline) / rules.alarm_db, 0.0, 1.0)
    both = np.stack([_median_of_last(worst, rules.of), _median_of_last(levels, rules.of)])
    known = np.isfinite(both).any(axis=0)
    return np.where(known, 100.0 * (1.0 - np.where(np.isfinite(both), both, -np.inf).max(axis=0)), np.nan)


def _median_of_last(values: Floats, count: int) -> Floats:
    """Of the last known ones, up to and with each; NaN before the first."""
    finite = np.isfinite(values)
    known = values[finite]
    medians = np.full(len(known) + 1, np.nan)  # before the first nothing is known
    for end in range(1, min(count, len(known) + 1)):
        medians[end] = np.median(known[:end])
    if len(known) >= count:
        medians[count:] = np.median(sliding_window_view(known, count), axis=1)
    found: Floats = medians[np.cumsum(finite)]
    return found
