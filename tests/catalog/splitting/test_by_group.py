"""By group: folds, each group in its turn, and days."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, StratifiedGroupKFold

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.groups import day_of, group_of, natural
from pipeline.catalog.splitting.split import SplitConfig, split, splits
from pipeline.errors import CatalogError, LeakError

GROUPS = ["specimen", "machine", "recording", "load", "condition"]


def signals(rows):
    return {row.signal for row in rows}


@settings(max_examples=60, deadline=None, database=None)
@given(st.data(), st.sampled_from(GROUPS), st.integers(2, 5), st.integers(0, 3))
def test_every_row_tests_in_exactly_one_fold_and_its_group_never_trains_there(any_rows, data, group, k, seed):
    catalog = Catalog(tuple(data.draw(any_rows)), Path())
    try:
        made = list(splits(catalog, SplitConfig(group=group, folds=k, seed=seed)))
    except CatalogError:
        assume(False)
    assert len(made) == k
    assert Counter(row.signal for one in made for row in one.test) == Counter(row.signal for row in catalog)
    for one in made:
        assert signals(one.train) | signals(one.test) == signals(catalog)
        assert not signals(one.train) & signals(one.test)
        there = {group_of(row, group) for row in one.train} & {group_of(row, group) for row in one.test}
        assert there <= {None}


@settings(max_examples=60, deadline=None, database=None)
@given(st.data(), st.sampled_from(GROUPS))
def test_leaving_one_out_gives_the_splits_of_scikit_learn(any_rows, data, group):
    rows = [row for row in data.draw(any_rows) if group_of(row, group) is not None]
    names = [group_of(row, group) for row in rows]
    assume(len(set(names)) > 1)
    made = list(splits(Catalog(tuple(rows), Path()), SplitConfig(leave_one_out=group)))
    theirs = [
        frozenset(rows[place].signal for place in held) for _, held in LeaveOneGroupOut().split(rows, groups=names)
    ]
    assert Counter(frozenset(signals(one.test)) for one in made) == Counter(theirs)
    assert all(signals(one.train) == signals(rows) - signals(one.test) for one in made)


@settings(max_examples=60, deadline=None, database=None)
@given(st.data(), st.sampled_from(GROUPS), st.sampled_from(["folds", "leave_one_out", "test_share"]))
def test_no_split_that_passes_the_audit_undeclared_shares_a_specimen(any_rows, data, group, way):
    catalog = Catalog(tuple(data.draw(any_rows)), Path())
    told = {"leave_one_out": group} if way == "leave_one_out" else {"group": group, way: 2 if way == "folds" else 0.4}
    try:
        made = list(splits(catalog, SplitConfig(**told)))
    except CatalogError:
        assume(False)
    for one in made:
        shared = {row.specimen for row in one.train} & {row.specimen for row in one.test}
        unsaid = one.test and any(not row.specimen for row in (*one.train, *one.test))
        if shared or unsaid:
            assert one.stamps == ("same part",)
            with pytest.raises(LeakError):
                audit(one, same_specimen=False, leaky=False)
        else:
            assert audit(one, same_specimen=False, leaky=False).stamps == one.stamps == ()


def test_folds_by_specimen_are_those_scikit_learn_would_allow(make_plant):
    plant = make_plant(specimens=12, per_specimen=2)
    made = list(splits(plant, SplitConfig(group="specimen", folds=3)))
    theirs = GroupKFold(3).split(plant.rows, groups=[row.specimen for row in plant])
    assert sorted(len(one.test) for one in made) == sorted(len(held) for _, held in theirs)


def uneven(seed):
    """Specimens of unlike labels and lengths of record."""
    chance = np.random.default_rng(seed)
    kinds = chance.choice(4, p=[0.5, 0.25, 0.15, 0.1], size=chance.integers(12, 40))
    return [
        Row(f"{part}-{n}", "a.wav", specimen=f"{part}", labels=(f"kind {kind}",))
        for part, kind in enumerate(kinds)
        for n in range(chance.integers(1, 8))
    ]


def unevenness(rows, held_out, k):
    """How far the folds' shares of each label are from 1 / k, on average."""
    truth = [row.labels[0] for row in rows]
    total = Counter(truth)
    counts = [Counter(truth[place] for place in held) for held in held_out]
    return np.mean([abs(count[label] / total[label] - 1 / k) for count in counts for label in total])


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_folds_of_uneven_plants_are_as_even_as_those_of_scikit_learn():
    ours, theirs = [], []
    for seed in range(40):
        rows = uneven(seed)
        truth, parts = [row.labels[0] for row in rows], [row.specimen for row in rows]
        place = {row.signal: index for index, row in enumerate(rows)}
        dealer = StratifiedGroupKFold(4, shuffle=True, random_state=seed)
        theirs.append(unevenness(rows, [held for _, held in dealer.split(rows, truth, parts)], 4))
        ours.append(unevenness(rows, [[place[row.signal] for row in held] for _, held in folds(rows, 4, seed=seed)], 4))
    assert np.mean(ours) < 1.03 * np.mean(theirs)


def test_one_of_several_splits_must_be_named(make_plant):
    plant = make_plant(specimens=6, per_specimen=2)
    with pytest.raises(CatalogError, match=r"folds: 3 makes 3 splits; say which with fold: 1 to 3"):
        split(plant, SplitConfig(group="specimen", folds=3))
    with pytest.raises(CatalogError, match=r"leave_one_out: specimen makes 6 splits, got fold: 7"):
        split(plant, SplitConfig(leave_one_out="specimen", fold=7))
    with pytest.raises(CatalogError, match=r"7 folds need as many specimens, and there are 6"):
        split(plant, SplitConfig(group="specimen", folds=7, fold=1))
    with pytest.raises(CatalogError, match=r"needs two machines or more, and there is only 'machine 0'"):
        split(make_plant(specimens=1, per_specimen=2), SplitConfig(leave_one_out="machine", fold=1))


def test_the_fold_named_is_the_one_among_all(make_plant):
    plant = make_plant(specimens=9, per_specimen=2)
    config = SplitConfig(group="specimen", folds=3, seed=4)
    every = list(splits(plant, config))
    assert every[1] == split(plant, config.model_copy(update={"fold": 2}))
    assert every[1].protocol == "fold 2 of 3 by specimen, seed 4"
    assert list(splits(plant, config.model_copy(update={"fold": 2}))) == [every[1]]


def test_groups_are_left_out_in_the_order_people_count(make_plant):
    rows = [Row(f"{load}", f"{load}.wav", labels=("ball",), condition={"load": load}) for load in (10, 2, "idle", 0)]
    made = splits(Catalog(tuple(rows), Path()), SplitConfig(leave_one_out="load", same_specimen=True))
    assert [one.test[0].signal for one in made] == ["0", "2", "10", "idle"]
    assert sorted(["b", "10", "9"], key=natural) == ["9", "10", "b"]


@pytest.mark.parametrize(
    ("condition", "day"),
    [
        ({"time": "2024-03-01T12:30:00"}, "2024-03-01"),
        ({"time": "2024-03-01 23:59:59.5+02:00"}, "2024-03-01"),
        ({"time": "2024-03-01T00:10:00Z"}, "2024-03-01"),
        ({"date": "2024-03-01"}, "2024-03-01"),
        ({"day": 20240301.0}, "2024-03-01"),
        ({"day": "2024-03-01", "time": "2024-03-05T00:00"}, "2024-03-01"),
        ({"load": 3}, None),
    ],
)
def test_a_day_is_the_date_its_own_clock_wrote(condition, day):
    assert day_of(Row("a", "a.wav", condition=condition)) == day


def test_days_stay_whole_and_a_time_that_is_none_is_refused_by_name():
    rows = tuple(
        Row(
            f"{day}-{hour}",
            f"{day}-{hour}.wav",
            specimen="pump",
            labels=("ball",),
            condition={"time": f"2024-03-0{day}T{hour}:00"},
        )
        for day in (1, 2, 3)
        for hour in ("08", "20")
    )
    catalog = Catalog(rows, Path())
    made = split(catalog, SplitConfig(group="day", test=["2024-03-02"], same_specimen=True))
    assert signals(made.test) == {"2-08", "2-20"}
    with pytest.raises(LeakError, match="specimen 'pump'"):
        audit(made, same_specimen=False, leaky=False)
    assert [one.test[0].signal for one in splits(catalog, SplitConfig(leave_one_out="day"))] == ["1-08", "2-08", "3-08"]
    bad = Row("x", "x.wav", labels=("ball",), condition={"time": "yesterday"})
    with pytest.raises(CatalogError, match=r"signal 'x': condition.time is 'yesterday', and a day needs ISO 8601"):
        split(Catalog((*rows, bad), Path()), SplitConfig(leave_one_out="day", fold=1))
