"""Fleets: simulated machines, drawn alike by construction, some of which calibrate and the others ask."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import betabinom

from pipeline.diagnosis.calibration.calibration import ROUNDING, Calibration
from pipeline.diagnosis.calibration.conformal import known
from pipeline.diagnosis.calibration.fitting import calibrated
from pipeline.signals.simulation.endless.ranges import Ranges
from pipeline.training.simulated.ready_model import LABELS, simulated_logits
from pipeline.workflow.diagnose import load_model

SEED = 77_000
MACHINES, ASKING = 1000, 800
"""Of a fleet; the others calibrate."""

ALPHA = 0.1
FAINTER = Ranges(fault_db=(-20.0, -4.0))
"""Machines that are not drawn alike: their faults are younger than those that calibrate."""

Array = npt.NDArray[np.float64]


def fleets(n_fleets: int) -> Iterator[dict[str, Any]]:
    """The promise per label: mean and spread of its coverage over fleets, beside the law that both must follow."""
    net = load_model("ready").classifier
    workers = 2
    made = simulated_logits(net, seed=SEED, n_signals=n_fleets * MACHINES, workers=workers)
    logits, truth = (part.double().numpy().reshape(n_fleets, MACHINES, -1) for part in made)
    others = simulated_logits(net, seed=SEED + 1, n_signals=n_fleets * ASKING // 10, ranges=FAINTER, workers=workers)
    strange, strange_truth = (part.double().numpy().reshape(n_fleets, ASKING // 10, -1) for part in others)
    first = MACHINES - ASKING
    alike, unlike = [], []
    for fleet in range(n_fleets):
        each = np.arange(first)
        found = calibrated(
            logits[fleet, :first], each, truth[fleet, :first] > 0.5, each, LABELS, multiclass=False, level=1 - ALPHA
        )
        alike.append(covered(found, logits[fleet, first:], truth[fleet, first:]))
        unlike.append(covered(found, strange[fleet], strange_truth[fleet]))
    yield _row("drawn alike", np.array(alike), first, ASKING)
    yield _row("new faults 16 dB fainter at most: not drawn alike", np.array(unlike), first, ASKING // 10)


def covered(found: Calibration, logits: Array, truth: Array) -> Array:
    """Per label, the share of machines whose state of it is not ruled out; one window each is its own pooled score."""
    strange = np.abs(truth - found.probabilities(logits))
    own = np.abs(found.truth - found.probabilities(found.scores))
    shares = []
    for label in range(len(LABELS)):
        against = known(own[:, label], found.part)
        first = np.searchsorted(against.scores, strange[:, label], side="left")
        p = np.append(against.above, 0.0)[first] + against.floor
        shares.append(float((p > ALPHA + ROUNDING).mean()))
    return np.array(shares)


def _row(kind: str, shares: Array, n_known: int, n_asking: int) -> dict[str, Any]:
    rank = int(np.ceil((n_known + 1) * (1 - ALPHA)))
    law = betabinom(n_asking, rank, n_known + 1 - rank)
    return {
        "job": "simulated fleets",
        "held_out": kind,
        "splits": len(shares),
        "recordings": n_asking,
        "specimens": n_known,
        "coverage": round(100 * float(shares.mean()), 2),
        "coverage_std": round(100 * float(shares.std()), 2),
        "law_mean": round(100 * float(law.mean()) / n_asking, 2),
        "law_std": round(100 * float(law.std()) / n_asking, 2),
        "by_label": {name: round(100 * float(mean), 2) for name, mean in zip(LABELS, shares.mean(axis=0), strict=True)},
    }
