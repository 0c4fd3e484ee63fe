"""Probability figures: what judged verdicts tell of a model's probabilities, as the plain values of JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.brier import brier_scores, brier_skill, decomposed
from pipeline.evaluation.in_percent import percent, rounded, told
from pipeline.evaluation.judged import (
    CONFIDENT,
    Judged,
    likeliest,
    likely_wrong,
    probabilities_of,
    specimens_of,
    truth_of,
)
from pipeline.evaluation.reliability import (
    BINS,
    calibration_error,
    debiased_error,
    error_by_chance,
    reliability_curve,
)
from pipeline.evaluation.risk_coverage import risk_coverage
from pipeline.evaluation.share import once_each, share

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

ENOUGH = 20
"""Statements a bin of equal width should hold on average to be drawn; below that, bins hold equally many, at least
half of it."""

MOST_POINTS = 200
"""Of a curve, as many as a page can show."""


def probability_figures(known: Sequence[Judged], labels: Sequence[str], multiclass: bool) -> dict[str, Any]:
    """`calibration`, `brier` and `risk_coverage` of verdicts on signals whose labels the model knows.

    Example:
        >>> one = Judged("a", "a", "a.wav", ("ball",), answer=("ball",), probabilities={"ball": 0.9, "cage": 0.1})
        >>> found = probability_figures([one], ["ball", "cage"], multiclass=True)
        >>> found["calibration"]["ece"], found["brier"]["score"], found["risk_coverage"]["aurc"]
        (10.0, 0.02, 0.0)
    """
    said, truth = probabilities_of(known, labels), truth_of(known, labels)
    return {
        "calibration": _calibration(known, labels, said, truth, multiclass),
        "brier": _brier(known, labels, said, truth, multiclass),
        "risk_coverage": _risk_coverage(known, labels, multiclass),
    }


def _calibration(
    known: Sequence[Judged], labels: Sequence[str], said: Floats, truth: Truths, multiclass: bool
) -> dict[str, Any]:
    """Multiclass: of the likeliest label, as usual; multilabel: the mean over labels, and a curve of all of them."""
    names = specimens_of(known)
    each = {label: _errors(said[:, k], truth[:, k], names) for k, label in enumerate(labels)}
    classwise = percent(float(np.mean([calibration_error(said[:, k], truth[:, k]) for k in range(len(labels))])))
    if multiclass:
        best = said.argmax(axis=1)
        drawn, true = said.max(axis=1), truth[np.arange(len(truth)), best]
    else:
        drawn, true, names = said.ravel(), truth.ravel(), [name for name in names for _ in labels]
    overall = _errors(drawn, true, names)
    headline = overall["ece"] if multiclass else classwise
    return {
        "ece": headline,
        "of": "the likeliest label of each recording" if multiclass else "every label of every recording",
        "pooled": overall,
        "classwise": classwise,
        "by_label": each,
        "curve": _curve(drawn, true, names),
    }


def _curve(said: Floats, true: Truths, specimens: Sequence[str]) -> list[dict[str, Any]]:
    wide = len(said) >= ENOUGH * BINS
    n_bins = BINS if wide else max(2, 2 * len(said) // ENOUGH)
    bins = reliability_curve(said, true, specimens, n_bins=n_bins, equal_mass=not wide)
    shares = ("probability", "share", "low", "high")
    return [
        {name: percent(getattr(one, name)) for name in shares} | {"n": one.n, "specimens": one.n_specimens}
        for one in bins
    ]


def _errors(said: Floats, true: Truths, specimens: Sequence[str]) -> dict[str, Any]:
    """ECE (15 bins of equal width, the headline), what chance alone makes of it, and other ways to measure."""
    return {
        "ece": percent(calibration_error(said, true)),
        "ece_by_chance": percent(error_by_chance(said)),
        "ece_equal_mass": percent(calibration_error(said, true, equal_mass=True)),
        "ece_by_specimen": percent(calibration_error(said, true, weights=once_each(specimens))),
        "rms_debiased": percent(debiased_error(said, true)),
        "n": len(true),
    }


def _brier(
    known: Sequence[Judged], labels: Sequence[str], said: Floats, truth: Truths, multiclass: bool
) -> dict[str, Any]:
    each = brier_scores(said, truth)
    once = brier_scores(said, truth, once_each(specimens_of(known)))
    parts = [decomposed(said[:, k], truth[:, k]) for k in range(len(labels))]
    return {
        "score": rounded(float(each.sum() if multiclass else each.mean())),
        "score_by_specimen": rounded(float(once.sum() if multiclass else once.mean())),
        "scale": "0 to 2, summed over labels" if multiclass else "0 to 1, mean over labels",
        "skill": rounded(brier_skill(said, truth)),
        "by_label": {
            label: {key: rounded(value) for key, value in one._asdict().items()}
            for label, one in zip(labels, parts, strict=True)
        },
    }


def _risk_coverage(known: Sequence[Judged], labels: Sequence[str], multiclass: bool) -> dict[str, Any]:
    """By probability alone, whatever the verdict withheld; and the point where the verdicts themselves stand."""
    sureness = np.array([likeliest(one, labels, multiclass)[1] for one in known])
    found = risk_coverage(sureness, np.array([likely_wrong(one, labels, multiclass) for one in known]))
    kept = np.unique(np.linspace(0, len(known) - 1, MOST_POINTS).round().astype(int))
    plain = {
        "aurc": percent(found.aurc),
        "excess": percent(found.excess),
        "coverage": [percent(value) for value in found.coverage[kept]],
        "risk": [percent(value) for value in found.risk[kept]],
        "n": len(known),
    }
    if not any(one.calibrated for one in known):
        return plain
    sure = [one for one in known if one.outcome == CONFIDENT]
    risk = share([not one.right for one in sure], specimens_of(sure))
    return plain | {"own_point": {"coverage": percent(len(sure) / len(known)), "risk": told(risk)}}
