"""Splits: whole groups, every label on both sides, and nothing twice."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.cuts import equal_parts
from pipeline.catalog.splitting.split import SplitConfig, split, write_split
from pipeline.errors import CatalogError


def specimens(rows):
    return {row.specimen for row in rows}


def labels(rows):
    return {label for row in rows for label in row.labels}


def samples(rows):
    """Every (signal, sample) of some rows, counted."""
    return Counter((row.signal, at) for row in rows for at in range(*row.span))


@settings(max_examples=80, deadline=None, database=None)
@given(st.data(), st.floats(0.05, 0.95), st.integers(0, 5))
def test_a_split_by_specimen_never_shares_a_specimen(any_rows, data, share, seed):
    catalog = Catalog(tuple(row for row in data.draw(any_rows) if row.specimen), Path())
    try:
        made = split(catalog, SplitConfig(group="specimen", test_share=share, seed=seed))
    except CatalogError:
        assume(False)
    assert made.train
    assert made.test
    assert not specimens(made.train) & specimens(made.test)
    assert made.stamps == ()
    assert audit(made, same_specimen=False, leaky=False).shared_specimens == ()
    assert samples(made.train) + samples(made.test) + samples(made.unused) == samples(catalog)


@settings(max_examples=80, deadline=None, database=None)
@given(st.data(), st.sampled_from(["specimen", "recording", "load"]), st.floats(0.05, 0.95), st.integers(0, 5))
def test_no_split_puts_a_group_or_a_sample_on_both_sides(any_rows, data, group, share, seed):
    catalog = Catalog(tuple(data.draw(any_rows)), Path())
    rest = data.draw(st.sampled_from(["train", "time_halves"]))
    try:
        made = split(catalog, SplitConfig(group=group, test_share=share, seed=seed, rest=rest, same_specimen=True))
    except CatalogError:
        assume(False)
    both = samples(made.train) + samples(made.test) + samples(made.unused)
    assert both == samples(catalog)
    assert max(both.values()) == 1
    if rest == "train" or group == "recording":
        assert not {row.signal for row in made.train} & {row.signal for row in made.test}


@pytest.mark.parametrize(
    ("per_label", "share", "wanted"), [(5, 0.4, 2), (6, 0.3, 2), (6, 0.2, 1), (3, 0.1, 1), (2, 0.9, 1)]
)
@pytest.mark.parametrize("seed", range(3))
def test_every_label_keeps_its_share_of_specimens_on_both_sides(make_plant, per_label, share, wanted, seed):
    plant = make_plant(specimens=4 * per_label, per_specimen=3)
    made = split(plant, SplitConfig(group="specimen", test_share=share, seed=seed))
    for label in plant.labels:
        tested = specimens(row for row in made.test if label in row.labels)
        trained = specimens(row for row in made.train if label in row.labels)
        assert (len(tested), len(trained)) == (wanted, per_label - wanted)


def test_another_seed_is_another_split_and_the_same_seed_the_same(make_plant):
    plant = make_plant(specimens=24, per_specimen=1)
    made = [split(plant, SplitConfig(group="specimen", test_share=0.5, seed=seed)) for seed in (0, 0, 1)]
    assert made[0] == made[1]
    assert specimens(made[0].test) != specimens(made[2].test)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_a_catalog_does_not_choose_its_split(make_plant, seed):
    plant = make_plant(specimens=12, per_specimen=2)
    turned = Catalog(plant.rows[::-1], plant.root)
    config = SplitConfig(group="specimen", test_share=0.3, seed=seed)
    assert set(split(plant, config).test) == set(split(turned, config).test)


def test_a_label_with_one_specimen_only_trains(make_plant):
    rows = (*make_plant(specimens=8, per_specimen=1), Row("lone", "lone.wav", specimen="lone", labels=("cage",)))
    made = split(Catalog(rows, Path()), SplitConfig(group="specimen", test_share=0.5))
    assert "cage" in labels(made.train)
    assert "cage" not in labels(made.test)


def test_where_every_label_has_one_specimen_the_way_out_is_told(make_plant):
    with pytest.raises(CatalogError, match=r"no label has two specimens.*same_specimen: true"):
        split(make_plant(specimens=4, per_specimen=3), SplitConfig(group="specimen", test_share=0.5))


def test_named_groups_test_and_the_others_train(make_plant):
    plant = make_plant(specimens=4, per_specimen=3)
    made = split(plant, SplitConfig(group="load", test=[2], same_specimen=True))
    assert {row.condition["load"] for row in made.test} == {2}
    assert {row.condition["load"] for row in made.train} == {0, 1}
    assert made.protocol == "load out: 2"
    assert made.stamps == ("same part",)


def test_a_specimen_whose_name_is_a_number_can_be_named():
    rows = tuple(Row(name, f"{name}.wav", specimen=name, labels=("ball",)) for name in ("007", "7", "8"))
    made = split(Catalog(rows, Path()), SplitConfig(group="specimen", test=["007"]))
    assert specimens(made.test) == {"007"}


def test_signals_without_the_group_are_cut_in_halves_or_train_whole(make_plant):
    faulty = tuple(
        Row(f"s{arc}", f"s{arc}.wav", specimen=f"s{arc}", labels=("ball",), condition={"severity": arc})
        for arc in (2, 5)
    )
    normal = Row("normal", "normal.wav", specimen="normal", labels=("healthy",), n_samples=101)
    catalog = Catalog((*faulty, normal), Path())
    config = SplitConfig(group="severity", test=[5], rest="time_halves", same_specimen=True)
    made = split(catalog, config)
    assert [row.span for row in made.train if row.signal == "normal"] == [(0, 50)]
    assert [row.span for row in made.test if row.signal == "normal"] == [(50, 101)]
    assert made.stamps == ("same part",)
    assert made.protocol == "severity out: 5, the rest in time_halves"
    whole = split(catalog, config.model_copy(update={"rest": "train"}))
    assert normal in whole.train
    assert whole.protocol == "severity out: 5"
    assert whole.stamps == ()


def test_time_halves_cut_every_signal(make_plant):
    made = split(make_plant(specimens=2, per_specimen=1), SplitConfig(group="time_halves", same_specimen=True))
    assert [row.span for row in made.train] == [(0, 500), (0, 500)]
    assert [row.span for row in made.test] == [(500, 1000), (500, 1000)]


@settings(max_examples=60, deadline=None, database=None)
@given(st.integers(1, 5000), st.integers(0, 200), st.integers(1, 20))
def test_parts_follow_one_another_and_differ_by_one_sample_at_most(length, start, count):
    parts = equal_parts(Row("a", "a.wav", n_samples=start + length, start=start), count)
    spans = [part.span for part in parts]
    assert [at for span in spans for at in range(*span)] == list(range(start, start + length))
    sizes = {stop - first for first, stop in spans}
    assert max(sizes) - min(sizes) <= 1


def test_a_leaky_split_deals_parts_of_every_recording_to_both_sides(make_plant):
    plant = make_plant(specimens=4, per_specimen=2)
    made = split(plant, SplitConfig(leaky=True, parts=10, test_share=0.3, seed=1))
    assert Counter(row.signal for row in made.test) == {row.signal: 3 for row in plant}
    assert Counter(row.signal for row in made.train) == {row.signal: 7 for row in plant}
    assert samples(made.train) + samples(made.test) == samples(plant)
    assert len({row.span for row in made.test}) > 3  # not the same parts of every recording
    assert made.stamps == ("leaky",)


def test_a_leaky_split_tests_a_third_of_every_recording_where_no_share_is_said(make_plant):
    plant = make_plant(specimens=4, per_specimen=2)
    made = split(plant, SplitConfig(leaky=True, parts=9))
    assert Counter(row.signal for row in made.test) == {row.signal: 3 for row in plant}
    assert Counter(row.signal for row in made.train) == {row.signal: 6 for row in plant}


@pytest.mark.parametrize(("parts", "share"), [(2, 0.05), (2, 0.95), (7, 0.05), (7, 0.95)])
def test_a_leaky_split_hears_every_recording_on_both_sides_however_small_a_side_is(make_plant, parts, share):
    plant = make_plant(specimens=4, per_specimen=2)
    made = split(plant, SplitConfig(leaky=True, parts=parts, test_share=share))
    signals = {row.signal for row in plant}
    assert {row.signal for row in made.train} == {row.signal for row in made.test} == signals
    assert min(len(made.train), len(made.test)) == len(signals)


def test_without_a_config_everything_trains(make_plant):
    plant = make_plant(specimens=2, per_specimen=2)
    made = split(plant, None)
    assert (made.train, made.test, made.unused) == (plant.rows, (), ())


def test_unlabelled_signals_take_no_part(make_plant):
    rows = (*make_plant(specimens=4, per_specimen=2), Row("unknown", "u.wav", specimen="u", condition={"load": 1}))
    made = split(Catalog(rows, Path()), SplitConfig(group="load", test=[1], same_specimen=True))
    assert [row.signal for row in made.unused] == ["unknown"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"group": "load", "test": [7]}, r"split\.test: no load '7'; there are 0, 1"),
        ({"group": "load", "test": [0, 1]}, "none is left to train on"),
        ({"group": "lod", "test": [1]}, "did you mean 'load'"),
    ],
)
def test_a_config_that_does_not_fit_the_catalog_is_answered(make_plant, config, said):
    with pytest.raises(CatalogError, match=said):
        split(make_plant(specimens=2, per_specimen=2), SplitConfig(**config))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "give one of protocol, group, leave_one_out, leaky"),
        ({"protocol": "cwru_bearingwise", "group": "load", "test": [1]}, "protocol and group"),
        ({"protocol": "cwru_bearingwis"}, "did you mean 'cwru_bearingwise'"),
        ({"group": "load"}, "test, test_share and folds; got none"),
        ({"group": "load", "test": [1], "test_share": 0.5}, "got test and test_share"),
        ({"group": "load", "test": []}, "at least 1"),
        ({"group": "time_halves", "test_share": 0.5}, "belong to a group"),
        ({"group": "specimen", "test_share": 0.5, "side": "DE"}, "side and faults_only belong to a protocol"),
        ({"group": "specimen", "test_share": 0.5, "fold": 1}, "fold belongs to a protocol, to folds, or to leave_one"),
        ({"group": "specimen", "folds": 3, "test_share": 0.5}, "got test_share and folds"),
        ({"folds": 3}, "give one of"),
        ({"group": "specimen", "folds": 1}, "greater than or equal to 2"),
        ({"leave_one_out": "specimen", "group": "specimen", "folds": 3}, "group and leave_one_out"),
        ({"leave_one_out": "specimen", "test": [1]}, "test belong to a group"),
        ({"leave_one_out": "specimen", "leaky": True}, "takes no group"),
        ({"protocol": "severity", "folds": 3}, "folds belong to a group"),
        ({"leaky": True, "group": "load", "test": [1]}, "takes no group"),
        ({"group": "specimen", "test_share": 1.0}, "less than 1"),
        ({"group": "specimen", "test_share": 0.5, "sed": 3}, "Extra inputs"),
        ({"leaky": True, "parts": 1}, "greater than or equal to 2"),
    ],
)
def test_a_config_that_contradicts_itself_is_refused(config, said):
    with pytest.raises(ValidationError, match=said):
        SplitConfig(**config)


def test_the_file_of_a_split_has_a_line_per_part_with_its_side(make_plant, tmp_path):
    rows = (*make_plant(specimens=1, per_specimen=1), Row("unknown", "u.wav"))
    made = split(Catalog(rows, Path()), SplitConfig(group="time_halves"))
    write_split(made, tmp_path / "run" / "split.csv")
    with (tmp_path / "run" / "split.csv").open(newline="") as file:
        lines = list(csv.reader(file))
    assert lines == [
        ["signal", "specimen", "labels", "side", "start", "stop", "stamps"],
        ["0-0", "bearing 0", "healthy", "train", "0", "500", "same part"],
        ["0-0", "bearing 0", "healthy", "test", "500", "1000", "same part"],
        ["unknown", "", "", "unused", "0", "", "same part"],
    ]
