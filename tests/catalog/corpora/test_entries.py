"""Entries: few lines of a manifest for thousands of recordings."""

import pytest

from pipeline.catalog.corpora.entries import filled, recordings_in, side_by_side
from pipeline.errors import CatalogError


def test_a_range_holds_both_its_ends():
    found = [values["n"] for values in side_by_side({"n": {"range": [1, 2803]}})]
    assert (len(found), found[0], found[-1]) == (2803, 1, 2803)


def test_a_range_goes_in_step_with_a_list_and_a_spread_fills_what_is_between():
    found = list(side_by_side({"n": {"range": [5, 7]}, "load": [0, 1, 2], "life": {"spread": [0, 1]}}))
    assert found == [
        {"n": 5, "load": 0, "life": 0.0},
        {"n": 6, "load": 1, "life": 0.5},
        {"n": 7, "load": 2, "life": 1.0},
    ]


def test_recordings_are_made_once_per_combination():
    made = recordings_in(({"code": ["A", "B"]},), {"setting": ["x", "y"], "run": {"range": [1, 3]}})
    assert [(one["code"], one["setting"], one["run"]) for one in made] == [
        (code, setting, run) for code in "AB" for setting in "xy" for run in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"n": {"range": [1, 3]}, "load": [0, 1]}, r"equally long, got n \(3\), load \(2\)"),
        ({"n": {"range": [3, 1]}}, "from a whole number up to another"),
        ({"n": {"range": [1, 2.5]}}, "from a whole number up to another"),
        ({"n": {"range": 3}}, r"needs a list or \{range: \[first, last\]\}"),
        ({"life": {"spread": [0, 1]}}, "needs a list of two or more values beside it"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_with_what_is_wrong(entry, said):
    with pytest.raises(CatalogError, match=said):
        list(side_by_side(entry))


def test_text_without_braces_and_numbers_stay_as_they_are():
    assert filled(["plain", "{n:03d}", 5, None], {"n": 7}) == ["plain", "007", 5, None]
