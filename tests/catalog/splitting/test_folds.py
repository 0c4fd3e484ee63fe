"""Folds: each group whole, each row held out once, labels as even as the groups allow."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from pipeline.catalog.splitting.folds import folds


@settings(max_examples=80, deadline=None, database=None)
@given(st.data(), st.integers(2, 8), st.integers(0, 5))
def test_folds_never_share_a_specimen_and_hold_every_row_out_once(any_rows, data, k, seed):
    rows = data.draw(any_rows)
    made = folds(rows, k, seed=seed)
    groups = {row.specimen or row.source for row in rows}
    assert len(made) == (min(k, len(groups)) if len(groups) > 1 else 0)
    for train, held in made:
        assert train
        assert held
        assert not {row.specimen for row in train} & {row.specimen for row in held} - {""}
        assert Counter(row.signal for row in (*train, *held)) == Counter(row.signal for row in rows)
    if made:
        assert Counter(row.signal for _, held in made for row in held) == Counter(row.signal for row in rows)


@pytest.mark.parametrize("seed", range(5))
def test_every_fold_hears_every_label_when_there_are_specimens_enough(make_plant, seed):
    plant = make_plant(specimens=20, per_specimen=3)  # five specimens of each of four labels
    for _, held in folds(plant.rows, 5, seed=seed):
        assert Counter(label for row in held for label in row.labels) == dict.fromkeys(plant.labels, 3)


def test_folds_are_as_even_as_those_of_scikit_learn(make_plant):
    plant = make_plant(specimens=23, per_specimen=2)
    rows = list(plant)
    kinds = list(plant.labels)
    truth = np.array([kinds.index(row.labels[0]) for row in rows])
    parts = np.array([row.specimen for row in rows])

    def spread(held_out):
        counts = np.array([np.bincount(truth[held], minlength=len(kinds)) for held in held_out])
        return counts.std(axis=0).sum()

    theirs = StratifiedGroupKFold(n_splits=4).split(truth, truth, parts)
    place = {row.signal: index for index, row in enumerate(rows)}
    ours = ([place[row.signal] for row in held] for _, held in folds(rows, 4))
    assert spread(ours) <= spread(held for _, held in theirs) + 1e-9


def test_folds_are_the_same_for_the_same_seed_and_any_order(make_plant):
    rows = make_plant(specimens=10, per_specimen=2).rows
    first = [{row.signal for row in held} for _, held in folds(rows, 3, seed=4)]
    again = [{row.signal for row in held} for _, held in folds(rows[::-1], 3, seed=4)]
    other = [{row.signal for row in held} for _, held in folds(rows, 3, seed=5)]
    assert first == again
    assert first != other


def test_one_specimen_gives_no_folds(make_plant):
    assert folds(make_plant(specimens=1, per_specimen=6).rows, 5) == []


def test_folds_by_another_group(make_plant):
    for train, held in folds(make_plant(specimens=9, per_specimen=2).rows, 3, group="machine"):
        assert not {row.machine for row in train} & {row.machine for row in held}
