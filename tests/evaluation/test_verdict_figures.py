"""All figures of verdicts together: plain JSON, nothing said that is not known, the worst part first."""

import json

import numpy as np
import pytest

from pipeline.evaluation.by_specimen import by_specimen
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.verdict_figures import ALL_KNOWN, FEW, NO_P_VALUES, UNCALIBRATED, verdict_figures

LABELS = ["ball", "cage"]


def fleet(
    n_parts: int = 8, per_part: int = 3, calibrated: bool = True, unknown: int = 2, seed: int = 0
) -> list[Judged]:
    """Verdicts of a multilabel model that says what is likely; parts of labels it was never taught at the end."""
    rng = np.random.default_rng(seed)
    found = []
    for part in range(n_parts + unknown):
        known = part < n_parts
        label = "gear_tooth" if not known else "ball" if part % 2 else "healthy"
        middle = {"gear_tooth": 0.5, "ball": 0.8, "healthy": 0.2}[label]
        for number in range(per_part):
            p = float(np.clip(rng.normal(middle, 0.1), 0.01, 0.99))
            answer = ("ball",) if p > 0.5 else ("healthy",)
            one = Judged(
                f"{part}-{number}", f"part {part}", f"{part}-{number}.wav", (label,), known, answer,
                probabilities={"ball": p, "cage": 0.05, "healthy": 1 - p}, condition={"load": str(number)},
            )  # fmt: skip
            if calibrated:
                one = one._replace(calibrated=True, level=0.9, set=answer, outcome="CONFIDENT", outside_p=0.5)
            if calibrated and not known and number:
                one = one._replace(set=None, answer=(), outcome="OUTSIDE", outside_p=0.02)
            found.append(one)
    return found


def test_a_calibrated_model_has_every_figure_as_plain_json() -> None:
    found = verdict_figures(fleet(), LABELS, multiclass=False)
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    assert (found["n"], found["specimens"], found["level"]) == (30, 10, 90.0)
    assert found["outcomes"] == {"CONFIDENT": 26, "OUTSIDE": 4}
    assert found["accuracy"]["value"] == 100.0
    assert found["coverage"]["held"]["n"] == 24
    assert list(found["coverage"]["by_condition"]["load"]) == ["0", "1", "2"]
    assert found["outside"]["told"]["value"] == pytest.approx(66.67)
    assert found["risk_coverage"]["own_point"]["coverage"] == 100.0
    assert "note" not in found["coverage"]
    assert "note" not in found["outside"]


def test_an_uncalibrated_model_says_what_it_cannot_say() -> None:
    found = verdict_figures(fleet(calibrated=False), LABELS, multiclass=False)
    assert found["coverage"]["note"] == UNCALIBRATED
    assert (found["coverage"]["held"], found["coverage"]["confident"], found["level"]) == (None, None, None)
    assert "by_label" not in found["coverage"]
    assert "own_point" not in found["risk_coverage"]
    assert found["outside"]["note"] == NO_P_VALUES
    assert (found["outside"]["told"], found["outside"]["confident_wrong"]) == (None, None)
    assert found["calibration"]["ece"] is not None


def test_unknown_labels_are_no_errors_of_classification() -> None:
    with_them, without = (verdict_figures(fleet(unknown=n), LABELS, multiclass=False) for n in (2, 0))
    for key in ("accuracy", "coverage", "calibration", "brier", "risk_coverage"):
        assert with_them[key] == without[key]
    assert without["outside"]["note"] == ALL_KNOWN


def test_few_recordings_give_counts_and_no_figures_of_probabilities() -> None:
    found = verdict_figures(fleet(n_parts=3, per_part=3, unknown=5), LABELS, multiclass=False)
    assert found["calibration"] == found["brier"] == found["risk_coverage"] == {"note": FEW}
    assert len(found["by_specimen"]) == 8


def test_parts_come_worst_first_and_unknown_ones_last() -> None:
    def one(part: str, right: bool, sure: bool = False, likely: float = 0.5, known: bool = True) -> Judged:
        truth = ("ball",) if known else ("gear_tooth",)
        answer = ("ball",) if right else ("cage",)
        outcome = "CONFIDENT" if sure else "AMBIGUOUS"
        return Judged("s", part, "a.wav", truth, known, answer, outcome, {"ball": likely, "cage": 0.1})

    judged = [
        one("right", True),
        one("right, less sure", True, likely=0.4),
        one("half", True), one("half", False),
        one("wrong", False),
        one("wrong and sure", False, sure=True),
        one("unknown", False, known=False),
    ]  # fmt: skip
    ranked = [found.specimen for found in by_specimen(judged, multiclass=False)]
    assert ranked == ["wrong and sure", "wrong", "half", "right, less sure", "right", "unknown"]


def test_a_multiclass_model_is_judged_by_its_likeliest_label() -> None:
    rng = np.random.default_rng(1)
    said = rng.dirichlet([1, 1], size=40)
    judged = [
        Judged(
            str(k), str(k), str(k), (LABELS[int(rng.uniform() > p[0])],),
            answer=(LABELS[int(p.argmax())],), probabilities=dict(zip(LABELS, p.tolist(), strict=True)),
        )
        for k, p in enumerate(said)
    ]  # fmt: skip
    found = verdict_figures(judged, LABELS, multiclass=True)
    wrong = np.array([not one.right for one in judged])
    assert found["calibration"]["pooled"]["n"] == 40
    assert found["risk_coverage"]["risk"][-1] == pytest.approx(100 * wrong.mean())
    assert found["brier"]["score"] == pytest.approx(
        np.mean([(1 - one.probabilities[one.truth[0]]) ** 2 * 2 for one in judged]), abs=1e-4
    )
    gap = sum(p.max() for p in said) / 40 - (1 - wrong.mean())
    assert found["calibration"]["ece"] >= 100 * abs(gap) - 0.01  # no binning hides an overall gap
