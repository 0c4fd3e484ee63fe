"""Fitting: parts count once, however often they were recorded; windows count for what they are worth."""

import numpy as np
import pytest
import torch

from pipeline.diagnosis.calibration.calibration import Calibration
from pipeline.diagnosis.calibration.fitting import calibrated, correlations
from pipeline.errors import BundleError
from pipeline.models.calibration_card import CalibrationCard

MULTICLASS = pytest.mark.parametrize("multiclass", [True, False])


def scored(n_parts: int, repeats: np.ndarray, multiclass: bool) -> Calibration:
    """Parts of two labels, each recorded so many times over, one window each."""
    draw = np.random.default_rng(5)
    truth = np.eye(2, dtype=bool)[np.arange(n_parts) % 2]
    logits = 1.5 * truth + draw.normal(size=truth.shape)
    part = np.repeat(np.arange(n_parts), repeats)
    return calibrated(
        logits[part], np.arange(len(part)), truth[part], 100 - part, ("ball", "cage"), multiclass=multiclass, level=0.8
    )


@MULTICLASS
def test_a_part_recorded_many_times_counts_as_much_as_one_recorded_once(multiclass: bool) -> None:
    once = scored(20, np.ones(20, dtype=int), multiclass)
    often = scored(20, np.where(np.arange(20) < 4, 25, 1), multiclass)
    assert (often.card.specimens, often.card.recordings) == (20, 4 * 25 + 16)
    for logits in np.random.default_rng(6).normal(size=(50, 1, 2)):
        one, other = (found.judge(torch.from_numpy(logits)) for found in (once, often))
        assert one.probabilities == pytest.approx(other.probabilities, rel=1e-4)
        assert (one.set, one.outcome) == (other.set, other.outcome)


@MULTICLASS
def test_what_the_truth_explains_makes_no_windows_alike(multiclass: bool) -> None:
    draw = np.random.default_rng(0)
    owner, truth = np.repeat(np.arange(200), 10), np.eye(3, dtype=bool)[np.arange(200) % 3]
    logits = 20.0 * truth[owner] + draw.normal(size=(2000, 3))
    assert correlations(logits, owner, truth, multiclass) == pytest.approx(0.0, abs=0.05)


def test_what_moves_all_logits_of_a_window_alike_is_nothing_to_a_multiclass_model() -> None:
    draw = np.random.default_rng(0)
    owner, truth = np.repeat(np.arange(200), 10), np.eye(3, dtype=bool)[np.arange(200) % 3]
    logits = draw.normal(size=(2000, 3))
    louder = logits + 9 * draw.normal(size=(200, 1))[owner]
    plain = correlations(logits, owner, truth, multiclass=True)
    assert correlations(louder, owner, truth, multiclass=True) == pytest.approx(plain, abs=1e-9)
    assert (correlations(louder, owner, truth, multiclass=False) > 0.9).all()


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("scores", torch.full((20, 2), float("nan"), dtype=torch.float64)),
        ("scores", torch.zeros(0, 2, dtype=torch.float64)),
        ("scores", torch.zeros(20, 3, dtype=torch.float64)),
        ("truth", torch.zeros(20, 2, dtype=torch.int64)),
        ("truth", torch.zeros(20, 2, dtype=torch.bool)),
        ("part", torch.zeros(20, dtype=torch.int64)),
        ("part", None),
    ],
)
def test_numbers_that_do_not_belong_to_the_card_are_refused(name: str, spoilt: torch.Tensor | None) -> None:
    found = scored(20, np.ones(20, dtype=int), multiclass=True)
    changed = found.tensors() | {f"calibration.{name}": spoilt}
    named = {key: part for key, part in changed.items() if part is not None}
    with pytest.raises(BundleError, match=r"does not fit its model\.yaml.*copy the bundle again"):
        Calibration.of_tensors(found.card, named, found.labels, multiclass=True)


@MULTICLASS
def test_a_card_of_another_task_is_refused_and_what_was_written_is_read_back(multiclass: bool) -> None:
    found = scored(20, np.ones(20, dtype=int), multiclass)
    again = Calibration.of_tensors(found.card, found.tensors(), found.labels, multiclass)
    asked = torch.tensor([[0.3, -0.2]])
    assert again.judge(asked) == found.judge(asked)
    with pytest.raises(BundleError, match="another task"):
        Calibration.of_tensors(found.card, found.tensors(), found.labels, not multiclass)


def test_labels_that_do_not_exclude_one_another_are_read_back_where_a_signal_has_none_or_several() -> None:
    truth = np.array([[False, False], [True, True], [True, False], [False, True]] * 5)
    logits = 2.0 * truth + np.random.default_rng(0).normal(size=(20, 2))
    found = calibrated(logits, np.arange(20), truth, np.arange(20), ("ball", "cage"), multiclass=False)
    again = Calibration.of_tensors(found.card, found.tensors(), found.labels, multiclass=False)
    assert np.array_equal(again.truth, truth)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_that_is_none_is_no_card(temperature: float) -> None:
    plain = scored(20, np.ones(20, dtype=int), multiclass=True).card.model_dump()
    with pytest.raises(BundleError, match="temperature"):
        CalibrationCard.parse(plain | {"temperature": temperature}, "model.yaml", BundleError)
