"""Pooling and wording of answers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.diagnosis.pooling import answered, pooled_logits, probabilities

LABELS = ("ball", "healthy", "inner_race")
logits = st.lists(st.floats(-20, 20), min_size=3, max_size=3).map(torch.tensor)


@given(logits)
def test_multiclass_probabilities_sum_to_one_and_the_answer_is_the_likeliest(values: torch.Tensor) -> None:
    found = probabilities(values, LABELS, multiclass=True)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found[answered(values, LABELS, multiclass=True)[0]] == max(found.values())


@given(logits)
def test_multilabel_answers_are_those_above_one_half_and_healthy_is_what_is_left(values: torch.Tensor) -> None:
    faults = ("ball", "cage", "inner_race")
    found = probabilities(values, faults, multiclass=False)
    assert found["healthy"] == pytest.approx(1.0 - max(found[label] for label in faults))
    above = tuple(label for label in faults if values[faults.index(label)] > 0)
    assert answered(values, faults, multiclass=False) == (above or ("healthy",))


@given(logits, st.permutations(range(3)))
def test_the_order_of_labels_never_changes_a_named_answer(values: torch.Tensor, order: list[int]) -> None:
    names = tuple(LABELS[place] for place in order)
    assert probabilities(values[list(order)], names, True) == pytest.approx(probabilities(values, LABELS, True))
    assert set(answered(values[list(order)], names, False)) == set(answered(values, LABELS, False))


def test_a_signal_is_the_mean_of_its_windows_whatever_their_number() -> None:
    one = torch.tensor([[1.0, -2.0]])
    torch.testing.assert_close(pooled_logits(one), pooled_logits(one.repeat(50, 1)))
