"""Verdicts parted by conditions."""

from pipeline.evaluation.judged import Judged
from pipeline.evaluation.parted import by_condition


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


def test_many_words_part_nothing() -> None:
    assert by_condition(some(remark=[f"remark {k}" for k in range(40)])) == {}


def test_conditions_that_part_alike_are_told_once_and_those_of_one_value_never() -> None:
    found = by_condition(some(load=["0", "1"] * 5, nominal=["1797", "1772"] * 5, rig=["A"] * 10))
    assert list(found) == ["load"]


def test_values_come_in_the_order_in_which_people_count() -> None:
    assert list(by_condition(some(load=["10", "9", "idle", "9"]))["load"]) == ["9", "10", "idle"]


def test_signals_that_do_not_state_a_condition_are_in_none_of_its_groups() -> None:
    judged = [*some(load=["0", "1", "1"]), Judged("x", "x", "x.wav", ())]
    assert sum(map(len, by_condition(judged)["load"].values())) == 3
