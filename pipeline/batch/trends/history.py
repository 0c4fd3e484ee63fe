"""History: the diagnoses of one point of a machine, in the order of their recordings."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.labels import HEALTHY

Floats = npt.NDArray[np.float64]


class Where(NamedTuple):
    """A point: what a trend belongs to.

    Attributes:
        model_id: whose answers they are.
        site: where the machine stands; two of one name on two sites are two machines.
        machine, point, channel: where on which machine, by which of a file's channels.
    """

    model_id: int
    site: str
    machine: str
    point: str
    channel: str


class Snapshot(NamedTuple):
    """One diagnosis on its point's way through time.

    Attributes:
        diagnosis_id: of the store.
        at: when it was recorded.
        faults: label -> probability, without that of being healthy; empty where there is no verdict.
        rms: level in the signal's unit; None where unknown.
    """

    diagnosis_id: int
    at: datetime
    faults: Mapping[str, float]
    rms: float | None


def faults_of(probabilities: Mapping[str, float]) -> dict[str, float]:
    """A verdict's probabilities of faults.

    Example:
        >>> faults_of({"healthy": 0.9, "ball": 0.1})
        {'ball': 0.1}
    """
    return {label: value for label, value in probabilities.items() if label != HEALTHY}


def over_baseline_db(rms: Floats, count: int) -> Floats:
    """How far each level lies over what the point's first ones were, in decibels.

    Args:
        rms: levels in time, shape (recording,), NaN where unknown.
        count: so many of the first known ones are the baseline, by their median; they are judged against it too.

    Returns:
        Decibels, shape (recording,); NaN where the level is unknown or zero, or there are fewer than `count`.

    Example:
        >>> over_baseline_db(np.array([1.0, 1.0, 1.0, 10.0]), 3).tolist()
        [0.0, 0.0, 0.0, 20.0]
    """
    known = rms[np.isfinite(rms) & (rms > 0)][:count]
    if len(known) < count:
        return np.full(rms.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        levels_db = 20.0 * np.log10(rms / np.median(known))
    return np.where(np.isfinite(levels_db), levels_db, np.nan)
