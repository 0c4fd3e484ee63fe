"""States: who answers for itself, who shares, and who is compared to all."""

import numpy as np
import pytest

from pipeline.diagnosis.calibration.states import by_state

EIGHT, ALL = range(8), range(16)


@pytest.mark.parametrize(
    ("n_parts", "groups"),
    [
        # At the level 0.8 a set needs 4 parts to leave anything out, and a promise of its own twice as many.
        ([8, 8], [EIGHT, range(8, 16)]),
        ([8, 4, 4], [EIGHT, range(8, 16), range(8, 16)]),  # scarce ones have enough together, and share
        ([8, 7], [range(15), range(15)]),  # too few, and nobody to share with but all
        ([9, 4, 3], [ALL, ALL, ALL]),
        ([8, 8, 0], [ALL, ALL, ALL]),  # a label of which there is none is compared to all
    ],
)
def test_a_state_of_enough_parts_answers_for_itself_scarcer_ones_together_and_too_few_over_all(
    n_parts: list[int], groups: list[range]
) -> None:
    parts = np.arange(sum(n_parts))
    found = by_state(parts.astype(float), np.repeat(np.arange(len(n_parts)), n_parts), parts, len(n_parts), alpha=0.2)
    assert [one.scores.tolist() for one in found] == [list(group) for group in groups]
    assert [one.n_parts for one in found] == [len(group) for group in groups]


def test_a_part_recorded_often_is_still_one_where_a_state_is_found_to_be_scarce() -> None:
    part = np.concatenate([np.arange(8), np.repeat([8, 9], 4)])
    found = by_state(np.arange(16.0), np.repeat([0, 1], 8), part, 2, alpha=0.2)
    assert [one.n_parts for one in found] == [10, 10]
