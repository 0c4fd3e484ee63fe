"""Figures of probabilities where recordings of parts are many and few, and where labels are several: by hand."""

import numpy as np
import pytest

from pipeline.evaluation.judged import Judged, likely_wrong
from pipeline.evaluation.probability_figures import probability_figures

THREE = ("ball", "cage", "healthy")


def said(part: str, truth: str, p: tuple[float, ...], labels: tuple[str, ...] = THREE) -> Judged:
    return Judged("s", part, "a.wav", (truth,), probabilities=dict(zip(labels, p, strict=True)))


def uneven() -> list[Judged]:
    """Of one part nine recordings, all right at 0.9; of another one, wrong at 0.9."""
    return [said("a", "ball", (0.9, 0.1, 0.0))] * 9 + [said("b", "cage", (0.9, 0.1, 0.0))]


def test_figures_by_specimen_count_each_part_once() -> None:
    found = probability_figures(uneven(), THREE, multiclass=True)
    errors, brier = found["calibration"]["pooled"], found["brier"]
    assert (errors["ece"], errors["ece_by_specimen"]) == (0.0, pytest.approx(100 * (0.9 - 0.5)))
    right, wrong = 0.1**2 + 0.1**2, 0.9**2 + 0.9**2  # summed over labels
    assert brier["score"] == pytest.approx((9 * right + wrong) / 10)
    assert brier["score_by_specimen"] == pytest.approx((right + wrong) / 2)


def test_the_headline_of_a_multiclass_model_is_of_its_likeliest_label() -> None:
    some = [said(str(k), "ball" if k < 5 else "cage", (0.7, 0.3, 0.0)) for k in range(10)]
    found = probability_figures(some, THREE, multiclass=True)["calibration"]
    assert found["ece"] == pytest.approx(100 * (0.7 - 0.5))
    assert found["classwise"] == pytest.approx(100 * np.mean([0.7 - 0.5, 0.5 - 0.3, 0.0]), abs=0.01)


def test_the_headline_of_a_multilabel_model_is_the_mean_of_its_labels() -> None:
    # Both labels are 20 points off, in opposite directions: all statements together are off by nothing.
    some = [said(str(k), "ball" if k < 3 else "cage", (0.5, 0.5), ("ball", "cage")) for k in range(10)]
    found = probability_figures(some, ("ball", "cage"), multiclass=False)["calibration"]
    assert (found["ece"], found["pooled"]["ece"]) == (pytest.approx(20.0), pytest.approx(0.0))


@pytest.mark.parametrize(("multiclass", "labels"), [(False, THREE[:2]), (True, THREE)])
def test_a_healthy_part_that_is_called_healthy_is_no_risk(multiclass: bool, labels: tuple[str, ...]) -> None:
    well, ill = said("a", "healthy", (0.1, 0.1, 0.8)), said("b", "healthy", (0.8, 0.1, 0.1))
    assert not likely_wrong(well, labels, multiclass)
    assert likely_wrong(ill, labels, multiclass)
    found = probability_figures([well] * 3 + [ill], labels, multiclass)["risk_coverage"]
    assert found["risk"][-1] == pytest.approx(25.0)
