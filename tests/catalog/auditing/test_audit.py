"""The audit: a leak is refused by name, and what is declared is stamped."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split, SplitConfig, split
from pipeline.errors import LeakError

A = Row("a", "a.wav", specimen="pump 7", labels=("ball",), n_samples=1000)
B = Row("b", "b.wav", specimen="pump 7", labels=("ball",), n_samples=1000)
C = Row("c", "c.wav", specimen="pump 8", labels=("ball",), n_samples=1000)


def test_a_specimen_on_both_sides_is_refused_by_name_with_a_signal_of_each_side():
    with pytest.raises(
        LeakError, match=r"specimen 'pump 7' is on both sides: 'a' trains, 'b' tests.*same_specimen: true"
    ):
        audit(Split((A,), (C, B)), same_specimen=False, leaky=False)


def test_a_declared_specimen_is_stamped_and_named():
    checked = audit(Split((A,), (B, C)), same_specimen=True, leaky=False)
    assert checked.stamps == ("same part",)
    assert checked.shared_specimens == ("pump 7",)
    assert (checked.specimens_train, checked.specimens_test) == (1, 2)


@pytest.mark.parametrize(
    ("train", "test", "named"), [("?", "c", "'?' trains, 'c' tests"), ("c", "?", "'c' trains, '?' tests")]
)
def test_a_signal_of_no_stated_specimen_is_named_on_the_side_where_it_is(train: str, test: str, named: str):
    rows = {"?": Row("?", "d.wav", labels=("ball",), n_samples=1000), "c": C}
    with pytest.raises(LeakError) as refused:
        audit(Split((rows[train],), (rows[test],)), same_specimen=False, leaky=False)
    assert named in str(refused.value)


def test_a_clean_split_bears_no_stamp_even_if_it_declares_one():
    assert audit(Split((A,), (C,)), same_specimen=True, leaky=False).stamps == ()


@pytest.mark.parametrize("same_specimen", [False, True])
def test_overlapping_samples_are_refused_by_name_whatever_is_declared_of_the_specimen(same_specimen):
    with pytest.raises(LeakError, match=r"samples \[400, 600\) of a\.wav are on both sides: 'a' trains, 'a' tests"):
        audit(Split((A.part(0, 600),), (A.part(400, 1000),)), same_specimen=same_specimen, leaky=False)


def test_samples_that_overlap_are_counted_where_a_leak_is_declared():
    sides = Split((A.part(0, 600),), (A.part(400, 1000),))
    assert audit(sides, same_specimen=False, leaky=True).overlapping == 1


def test_parts_that_touch_do_not_overlap():
    assert audit(Split((A.part(0, 500),), (A.part(500, 1000),)), same_specimen=True, leaky=False).overlapping == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Row("a", "a.mat", "*DE_time", specimen="1"), Row("b", "a.mat", "X105_DE_time", specimen="2")),
        (Row("a", "a.mat", specimen="1"), Row("b", "./a.mat", specimen="2")),
        (Row("a", "a.mat", specimen="1", sha256="ab"), Row("b", "copy.mat", specimen="2", sha256="ab")),
    ],
)
def test_one_recording_under_two_names_is_still_one(one, other):
    with pytest.raises(LeakError, match="are on both sides"):
        audit(Split((one,), (other,)), same_specimen=True, leaky=False)


def test_two_channels_of_one_recording_are_told_but_are_not_the_same_samples():
    one = Row("a/DE", "a.mat", "X1_DE_time", specimen="inner")
    other = Row("a/FE", "a.mat", "X1_FE_time", specimen="fan end")
    assert audit(Split((one,), (other,)), same_specimen=False, leaky=False).shared_recordings == ("a.mat",)


@pytest.mark.parametrize(("train", "test"), [((A,), (Row("u", "u.wav"),)), ((Row("u", "u.wav"),), (A,))])
def test_an_unstated_specimen_cannot_be_cleared(train, test):
    with pytest.raises(LeakError, match=r"the specimen of 'u' is not stated"):
        audit(Split(train, test), same_specimen=False, leaky=False)
    assert audit(Split(train, test), same_specimen=True, leaky=False).stamps == ("same part",)


def test_with_nothing_to_test_nothing_leaks():
    assert audit(Split((A, B, Row("u", "u.wav")), ()), same_specimen=False, leaky=False).stamps == ()


@settings(max_examples=40, deadline=None, database=None)
@given(st.data(), st.integers(0, 3), st.booleans())
def test_random_parts_are_refused_unless_declared_leaky(any_rows, data, seed, same_specimen):
    catalog = Catalog(tuple(data.draw(any_rows)), Path())
    made = split(catalog, SplitConfig(leaky=True, seed=seed))
    with pytest.raises(LeakError):
        audit(made, same_specimen=same_specimen, leaky=False)
    checked = audit(made, same_specimen=same_specimen, leaky=True)
    assert checked.stamps == made.stamps == ("leaky",)
    assert checked.overlapping == 0


def test_the_audit_is_plain_values_for_a_file():
    told = audit(Split((A,), (B,)), same_specimen=True, leaky=False).to_dict()
    assert told == {
        "specimens": {"train": 1, "test": 1},
        "shared_specimens": ["pump 7"],
        "overlapping": 0,
        "shared_recordings": [],
        "stamps": ["same part"],
        "warnings": [],
    }
