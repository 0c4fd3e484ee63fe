"""Promises: what verdicts of calibrated models are worth, beside what the same scores say uncalibrated."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.evaluation.brier import brier_scores
from pipeline.evaluation.coverage import covered
from pipeline.evaluation.judged import CONFIDENT, OUTSIDE, Judged, likeliest, likely_wrong, probabilities_of, truth_of
from pipeline.evaluation.ranking import ranked_above
from pipeline.evaluation.reliability import calibration_error
from pipeline.evaluation.risk_coverage import risk_coverage
from pipeline.training.learn import Plan

Both = Sequence[tuple[Judged, Judged]]

WEAK = {"DE-B007": 1, "DE-B014": 6, "DE-B021": 8, "DE-OR014": 13, "FE-B007": 11, "FE-B014": 16, "FE-B021": 16}
"""Bearings of H1 whose fault line stands low: how high at most, dB above other orders, best of four bands; all other
faulty ones stand 23 dB high or more."""

INVISIBLE_DB = 8
"""Below this a line is not told from other orders."""


def kept(told: Both, plan: Plan) -> dict[str, Any]:
    """Columns on signals of labels that the model knows; percent, but for ECE, Brier score and risk."""
    ours, plain = [one for one, _ in told], [one for _, one in told]
    wrong_ours, wrong_plain = (
        np.array([likely_wrong(one, plan.labels, plan.multiclass) for one in some]) for some in (ours, plain)
    )
    sure = np.array([one.outcome == CONFIDENT for one in ours])
    held = [one for one in ours if one.set is not None]
    there = [label in (one.set or ()) for one in held for label in one.truth if label in plan.labels]
    return {
        "recordings": len(ours),
        "specimens": len({one.specimen for one in ours}),
        "ece_before": _ece(plain, plan),
        "ece_after": _ece(ours, plan),
        "brier_before": _brier(plain, plan),
        "brier_after": _brier(ours, plan),
        "coverage": _percent([covered(one, plan.multiclass) for one in held]),
        "coverage, faults": _percent(there),
        "confident": _percent(sure),
        "outside": _percent([one.outcome == OUTSIDE for one in ours]),
        "right, all": _percent(~wrong_plain),
        "right, confident": _percent([one.right for one in ours if one.outcome == CONFIDENT]),
        "risk_area_plain": _area(plain, wrong_plain, plan),
        "risk_area": _area(ours, wrong_ours, plan),
    }


def beside_plain(inside: Both, strange: Both, refused: int) -> dict[str, Any]:
    """Columns on signals that no model should answer, beside those it knows.

    Plain scores answer where they are surer than a threshold, set so that they answer as many known signals as the
    calibrated model is CONFIDENT of. Of strange ones any answer is wrong, but the true one where it was taught.
    """
    n = len(strange) + refused
    sure_inside = [one.outcome == CONFIDENT for one, _ in inside]
    scores = [_confidence(one) for _, one in inside]
    limit = float(np.quantile(scores, 1 - np.mean(sure_inside))) if any(sure_inside) else np.inf
    answered = [_confidence(one) >= limit and not (one.known and one.right) for _, one in strange]
    sure = [one.outcome == CONFIDENT and not (one.known and one.right) for one, _ in strange]
    return {
        "recordings": n,
        "refused": refused,
        "outside_auroc": _auroc([-_p(one) for one, _ in strange], [-_p(one) for one, _ in inside]),
        "outside_auroc_plain": _auroc(
            [-_confidence(one) for _, one in strange], [-_confidence(one) for _, one in inside]
        ),
        "outside": _percent([one.outcome == OUTSIDE for one, _ in strange] + [False] * refused),
        "false_outside": _percent([one.outcome == OUTSIDE for one, _ in inside]),
        "confident_wrong": _percent(sure + [False] * refused),
        "confident_wrong_plain": _percent(answered + [False] * refused),
    }


def weak_lines(told: Both) -> dict[str, list[tuple[Judged, Judged]]]:
    """Faulty signals by how high the line of their fault stands, and sound ones."""
    groups: dict[str, list[tuple[Judged, Judged]]] = {}
    for both in told:
        groups.setdefault(_height(both[0]), []).append(both)
    return dict(sorted(groups.items()))


def line_db(one: Judged) -> int | None:
    """How high the fault's line stands at most; None where it is high, or no fault is there."""
    return next((db for name, db in WEAK.items() if one.specimen.endswith(name)), None)


def _height(one: Judged) -> str:
    if one.truth == ("healthy",):
        return "no fault here (another bearing's may be heard)"
    db = line_db(one)
    if db is None:
        return "faults with a line of 23 dB or more"
    return "faults with a line below 8 dB" if db <= INVISIBLE_DB else "faults with a line of 8 to 16 dB"


def _confidence(one: Judged) -> float:
    """Of the least sure label's state."""
    return min(max(p, 1 - p) for name, p in one.probabilities.items() if name != "healthy")


def _p(one: Judged) -> float:
    return 1.0 if one.outside_p is None else one.outside_p


def _area(some: Sequence[Judged], wrong: Any, plan: Plan) -> float:
    sure = np.array([likeliest(one, plan.labels, plan.multiclass)[1] for one in some])
    return round(risk_coverage(sure, wrong).aurc, 4)


def _ece(some: Sequence[Judged], plan: Plan) -> float:
    said, true = probabilities_of(some, plan.labels), truth_of(some, plan.labels)
    return round(calibration_error(said.reshape(-1), true.reshape(-1)), 4)


def _brier(some: Sequence[Judged], plan: Plan) -> float:
    return round(float(brier_scores(probabilities_of(some, plan.labels), truth_of(some, plan.labels)).mean()), 4)


def _percent(held: Any) -> float | None:
    return round(100 * float(np.mean(held)), 1) if len(held) else None


def _auroc(strange: Sequence[float], usual: Sequence[float]) -> float | None:
    found = ranked_above(strange, usual)
    return None if found is None else round(100 * found, 1)
