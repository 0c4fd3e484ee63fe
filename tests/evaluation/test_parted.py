"""Verdicts parted by conditions."""

from itertools import groupby

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.evaluation.judged import Judged
from pipeline.evaluation.parted import by_condition, spans


def some(**columns: list[str]) -> list[Judged]:
    n = len(next(iter(columns.values())))
    return [
        Judged(str(k), str(k), f"{k}.wav", (), condition={name: values[k] for name, values in columns.items()})
        for k in range(n)
    ]


def test_many_numbers_become_quarters_of_equal_size() -> None:
    speeds = [str(1000 + 7 * k) for k in range(40)]
    found = by_condition(some(speed_rpm=speeds))["speed_rpm"]
    assert [len(those) for those in found.values()] == [10] * 4
    assert next(iter(found)) == "1000 to 1063"


def test_a_number_that_most_signals_have_is_a_group_of_its_own_and_no_group_is_much_smaller_than_a_quarter() -> None:
    loads = ["0"] * 30 + [str(k) for k in (1, 2)] + [str(10 + k) for k in range(11)]
    found = by_condition(some(load=loads))["load"]
    assert {name: len(those) for name, those in found.items()} == {"0": 30, "1 to 20": 13}
    assert set(spans({float(k): 1 for k in range(11)} | {11.0: 40, 12.0: 1}).values()) == {"0 to 10", "11 to 12"}


def test_spans_whose_ends_are_close_read_differently() -> None:
    speeds = [f"{29.95 + 1e-7 * k:.7f}" for k in range(16)]
    found = by_condition(some(speed_hz=speeds))["speed_hz"]
    assert [len(those) for those in found.values()] == [4] * 4
    assert next(iter(found)) == "29.95 to 29.9500003"


@given(st.dictionaries(st.floats(-1e6, 1e6), st.integers(1, 40), min_size=13, max_size=60))
@example({float(k): 1 for k in range(11)} | {11.0: 40, 12.0: 1})
@example({0.0: 40, 1.0: 1} | {float(k): 1 for k in range(2, 13)})
def test_spans_follow_one_another_and_hold_every_number(counts: dict[float, int]) -> None:
    names = spans(counts)
    in_order = [names[number] for number in sorted(counts)]
    assert len(list(groupby(in_order))) == len(set(in_order)) <= 5
    sizes = [sum(counts[number] for number in counts if names[number] == name) for name in set(in_order)]
    assert min(sizes) >= sum(counts.values()) / 8


@pytest.mark.parametrize("odd", ["nan", "inf"])
def test_many_numbers_that_are_not_all_finite_part_nothing(odd: str) -> None:
    assert by_condition(some(load=[odd, *map(str, range(20))])) == {}


def test_many_words_part_nothing() -> None:
    assert by_condition(some(remark=[f"remark {k}" for k in range(40)])) == {}


def test_conditions_that_part_alike_are_told_once_and_those_of_one_value_never() -> None:
    found = by_condition(some(load=["0", "1"] * 5, nominal=["1797", "1772"] * 5, rig=["A"] * 10))
    assert list(found) == ["load"]


def test_values_come_in_the_order_in_which_people_count() -> None:
    assert list(by_condition(some(load=["10", "9", "idle", "9"]))["load"]) == ["9", "10", "idle"]
    spans_of = by_condition(some(load=[str(k) for k in range(92, 108)]))["load"]
    assert list(spans_of) == ["92 to 95", "96 to 99", "100 to 103", "104 to 107"]


def test_signals_that_do_not_state_a_condition_are_in_none_of_its_groups() -> None:
    judged = [*some(load=["0", "1", "1"]), Judged("x", "x", "x.wav", ())]
    assert sum(map(len, by_condition(judged)["load"].values())) == 3
