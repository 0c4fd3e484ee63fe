"""Evaluations to make pages of, with names that would break a page that does not escape them."""

from typing import Any

import numpy as np

from pipeline.evaluation.judged import Judged
from pipeline.evaluation.verdict_figures import verdict_figures

HOSTILE = "<img src=x onerror=alert(1)> & \"'$\\frac{1}{0}$ مضخة \u202egnp"
LABELS = ["ball", "outer_race", "<b>leak</b>"]


def evaluation(calibrated: bool = True, n_parts: int = 24, seed: int = 0) -> dict[str, Any]:
    """What `evaluate` returns, of made-up verdicts of a multilabel model."""
    rng = np.random.default_rng(seed)
    judged = []
    for part in range(n_parts):
        known = part % 6 != 5
        truth = (LABELS[part % 3],) if part % 2 and known else ("healthy",) if known else ("cage",)
        for number in range(3):
            said = {
                label: float(np.clip(rng.normal(0.75 if label in truth else 0.2, 0.2), 0.01, 0.99)) for label in LABELS
            }
            answer = tuple(label for label in LABELS if said[label] > 0.5) or ("healthy",)
            one = Judged(
                f"{HOSTILE} {part}-{number}", f"{HOSTILE} {part}", f"{part}-{number}.wav", truth, known, answer,
                probabilities=said | {"healthy": 1 - max(said.values())},
                condition={"load_hp": str(number), "rig": HOSTILE if part % 2 else "A"},
            )  # fmt: skip
            if calibrated:
                unsure = min(abs(p - 0.5) for p in said.values()) < 0.1
                outcome = "AMBIGUOUS" if unsure else "CONFIDENT"
                one = one._replace(calibrated=True, level=0.9, set=answer, outcome=outcome, outside_p=0.4)
            if calibrated and not known and number:
                one = one._replace(set=None, answer=(), outcome="OUTSIDE", outside_p=0.01)
            judged.append(one)
    figures = {"macro_auroc": 91.2, "macro_f1": 80.0, "accuracy": 75.0, "majority": 50.0, "n": 60}
    return {
        "model": HOSTILE,
        "stamps": ["same part"],
        "notes": [f"a note on {HOSTILE}"],
        "windows": figures,
        "recordings": {"n": 6, "note": "no figures below 10 recordings"},
        "verdicts": {"task": "multilabel", **verdict_figures(judged, LABELS, multiclass=False), "unusable": 2},
        "left_out": 3,
        "untaught": 4,
        "skipped": [{"signal": f"{HOSTILE} {k}", "reason": "file is cut off"} for k in range(250)],
    }
