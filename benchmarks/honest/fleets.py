"""Fleets: simulated machines, drawn alike by construction, some of which calibrate and the others ask."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import betabinom

from pipeline.diagnosis.calibration.calibration import Calibration, Judgement
from pipeline.diagnosis.calibration.conformal import ROUNDING, ruled_out
from pipeline.diagnosis.calibration.fitting import calibrated
from pipeline.signals.simulation.endless.ranges import Ranges
from pipeline.training.simulated.ready_model import LABELS, simulated_logits
from pipeline.workflow.request.model import load_model

SEED = 77_000
MACHINES, ASKING = 1000, 800
"""Of a fleet; the others calibrate."""

ALPHA = 0.1
FAINTER = Ranges(fault_db=(-20.0, -4.0))
"""Machines that are not drawn alike: their faults are younger than those that calibrate."""

Array = npt.NDArray[np.float64]


def fleets(n_fleets: int) -> Iterator[dict[str, Any]]:
    """The promise, per label and state, and what verdicts keep of it, beside the law that p-values must follow."""
    net = load_model("ready").classifier
    made = simulated_logits(net, seed=SEED, n_signals=n_fleets * MACHINES, workers=2)
    logits, truth = (part.double().numpy().reshape(n_fleets, MACHINES, -1) for part in made)
    others = simulated_logits(net, seed=SEED + 1, n_signals=n_fleets * ASKING // 10, ranges=FAINTER, workers=2)
    strange, strange_truth = (part.double().numpy().reshape(n_fleets, ASKING // 10, -1) for part in others)
    first, each = MACHINES - ASKING, np.arange(MACHINES - ASKING)
    alike, unlike = [], []
    for fleet in range(n_fleets):
        known = truth[fleet, :first] > 0.5
        found = calibrated(logits[fleet, :first], each, known, each, LABELS, multiclass=False, level=1 - ALPHA)
        alike.append(kept(found, logits[fleet, first:], truth[fleet, first:] > 0.5))
        unlike.append(kept(found, strange[fleet], strange_truth[fleet] > 0.5))
    yield _row("drawn alike", alike, first, ASKING)
    yield _row("new faults 16 dB fainter at most: not drawn alike", unlike, first, ASKING // 10)


class Kept(NamedTuple):
    """Of one fleet.

    Attributes:
        share: of states that p-values do not rule out, per label and absence or presence, (label, state).
        law: mean and deviation that the share must have, (label, state, 2).
        verdicts: share of machines whose verdict leaves the true state in, (label,).
    """

    share: Array
    law: Array
    verdicts: Array


def kept(found: Calibration, logits: Array, truth: npt.NDArray[np.bool_]) -> Kept:
    """What became of the promise; one window each is its own pooled score."""
    likely = found.probabilities(logits)
    share, law = np.zeros((len(LABELS), 2)), np.zeros((len(LABELS), 2, 2))
    for label, against in enumerate(found.compared(ALPHA)):
        for state in (0, 1):
            asked = likely[truth[:, label] == state, label]
            out = [ruled_out(abs(state - p), against[state], ALPHA) for p in asked]
            share[label, state] = 1 - np.mean(out)
            law[label, state] = _law(against[state].n_parts, len(asked))
    said = [found.judge(torch.from_numpy(row[None])) for row in logits]
    return Kept(share, law, np.mean([_held(one, row) for one, row in zip(said, truth, strict=True)], axis=0))


def _law(n_known: int, n_asking: int) -> tuple[float, float]:
    """Mean and deviation of the share of new states kept, where old and new ones are exchangeable."""
    rank = int(np.ceil((n_known + 1) * (1 - ALPHA) - ROUNDING))
    law = betabinom(n_asking, rank, n_known + 1 - rank)
    return law.mean() / n_asking, law.std() / n_asking


def _held(said: Judgement, truth: npt.NDArray[np.bool_]) -> list[bool]:
    certain = set(said.set) - set(said.unsure or ())
    return [label in said.set if there else label not in certain for label, there in zip(LABELS, truth, strict=True)]


def _row(kind: str, fleets: list[Kept], n_known: int, n_asking: int) -> dict[str, Any]:
    share, law = np.array([one.share for one in fleets]), np.array([one.law for one in fleets])
    verdicts = np.array([one.verdicts for one in fleets])
    by_state = {
        f"{name}, {'there' if state else 'not there'}": round(100 * float(share[:, label, state].mean()), 2)
        for label, name in enumerate(LABELS)
        for state in (0, 1)
    }
    return {
        "job": "simulated fleets",
        "held_out": kind,
        "splits": len(fleets),
        "recordings": n_asking,
        "specimens": n_known,
        "coverage": round(100 * float(share.mean()), 2),
        "coverage_std": round(100 * float(share.std(axis=0).mean()), 2),
        "law_mean": round(100 * float(law[..., 0].mean()), 2),
        "law_std": round(100 * float(law[..., 1].mean()), 2),
        "coverage, verdicts": round(100 * float(verdicts.mean()), 2),
        "by_state": by_state,
    }
