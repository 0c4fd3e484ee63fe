"""Verdict figures: everything that judged verdicts tell of a model, as the plain values of `evaluate`'s JSON.

Shares are percent, each with its interval of 95 % and what was counted; Brier scores and set sizes are not shares.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.evaluation.by_specimen import SpecimenFigures, by_specimen
from pipeline.evaluation.confusion import by_label, confusion
from pipeline.evaluation.coverage import Coverage, coverage, coverage_by_label
from pipeline.evaluation.in_percent import percent, rounded, told
from pipeline.evaluation.judged import Judged, specimens_of
from pipeline.evaluation.metrics import FEWEST_RECORDINGS
from pipeline.evaluation.outside import outside_figures
from pipeline.evaluation.parted import by, by_condition
from pipeline.evaluation.probability_figures import probability_figures
from pipeline.evaluation.share import Share, share

UNCALIBRATED = "the model is not calibrated: its verdicts have no sets, promise nothing and withhold no answer"
NO_P_VALUES = "the verdicts have no outside_p, so nothing tells how well unknown signals are told"
ALL_KNOWN = "every true label is one the model knows, so nothing tells how well unknown signals are told"
NONE_KNOWN = "no true label is one the model knows, so only OUTSIDE has figures"
FEW = f"no figures below {FEWEST_RECORDINGS} recordings"


def verdict_figures(judged: Sequence[Judged], labels: Sequence[str], multiclass: bool) -> dict[str, Any]:
    """Every figure of some verdicts.

    Args:
        judged: usable verdicts on signals whose truth is known, those of labels the model was never taught too.
        labels: of the model.
        multiclass: whether they exclude one another.

    Returns:
        `n`, `specimens`, `calibrated`, `level`, `outcomes`, `accuracy`, `coverage`, `calibration`, `brier`,
        `risk_coverage`, `outside`, `confusion`, `by_specimen`; a `note` beside or in place of what cannot be said.

    Example:
        >>> one = Judged("a", "a", "a.wav", ("ball",), answer=("ball",), probabilities={"ball": 0.9, "cage": 0.1})
        >>> found = verdict_figures([one], ["ball", "cage"], multiclass=True)
        >>> found["accuracy"]["value"], found["coverage"]["note"][:27], found["brier"]
        (100.0, 'the model is not calibrated', {'note': 'no figures below 10 recordings'})
    """
    known = [one for one in judged if one.known]
    few = {name: {"note": FEW} for name in ("calibration", "brier", "risk_coverage")}
    level = next((one.level for one in judged if one.level is not None), None)
    return {
        "n": len(judged),
        "specimens": len(set(specimens_of(judged))),
        "calibrated": any(one.calibrated for one in judged),
        "level": None if level is None else percent(level),
        "outcomes": {word: len(some) for word, some in sorted(by(judged, lambda one: one.outcome).items())},
        "accuracy": told(share([one.right for one in known], specimens_of(known))),
        "coverage": _coverage(known, labels, multiclass),
        **(few if len(known) < FEWEST_RECORDINGS else probability_figures(known, labels, multiclass)),
        "outside": _outside(judged),
        "confusion": _confusion(judged, labels),
        "by_specimen": [_plain(one) for one in by_specimen(judged, multiclass)],
    }


def _coverage(known: Sequence[Judged], labels: Sequence[str], multiclass: bool) -> dict[str, Any]:
    found = _of_group(known, multiclass)
    found["by_condition"] = {
        name: {value: _of_group(some, multiclass) for value, some in parted.items()}
        for name, parted in by_condition(known).items()
    }
    if not known:
        return found | {"note": NONE_KNOWN}
    if not any(one.set is not None for one in known):
        return found | {"note": UNCALIBRATED}
    each = coverage_by_label(known, labels)
    found["by_label"] = {
        label: {"held": told(one.held), "named_wrongly": told(one.named_wrongly)} for label, one in each.items()
    }
    return found


def _of_group(some: Sequence[Judged], multiclass: bool) -> dict[str, Any]:
    one: Coverage = coverage(some, multiclass)
    return {
        "held": told(one.held),
        "set_size": rounded(one.set_size),
        "sizes": {str(size): count for size, count in one.sizes.items()},
        "right": told(one.right),
        "confident": told(one.confident),
    }


def _outside(judged: Sequence[Judged]) -> dict[str, Any]:
    found = outside_figures(judged)
    plain = {key: told(value) if isinstance(value, Share) else value for key, value in found._asdict().items()}
    plain |= {name: percent(getattr(found, name)) for name in ("auroc", "auroc_low", "auroc_high")}
    if not found.n_unknown:
        return plain | {"note": ALL_KNOWN}
    return plain if any(one.outside_p is not None for one in judged) else plain | {"note": NO_P_VALUES}


def _confusion(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, Any]:
    matrix = confusion(judged, labels)
    return {
        "truths": [list(truth) for truth in matrix.truths],
        "answers": [list(answer) for answer in matrix.answers],
        "counts": [list(row) for row in matrix.counts],
        "confident": [list(row) for row in matrix.confident],
        "n_known": matrix.n_known,
        "by_label": {label: counts._asdict() for label, counts in by_label(judged, labels).items()},
    }


def _plain(one: SpecimenFigures) -> dict[str, Any]:
    lists = {"truth": list(one.truth), "answers": [list(answer) for answer in one.answers]}
    return one._asdict() | lists | {"likely": percent(one.likely)}
