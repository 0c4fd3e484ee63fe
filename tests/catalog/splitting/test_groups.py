"""Groups: one value, however it is written."""

import pytest

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import as_key, checked_groups, group_of, part_of
from pipeline.errors import CatalogError

ROW = Row(
    "a",
    "rig/a.wav",
    specimen="pump 7",
    machine="rig",
    speed_rpm=1797.0,
    condition={"load_hp": 1, "severity": 2.0, "speed_nominal_rpm": 1800},
)


@pytest.mark.parametrize(
    ("group", "value"),
    [
        ("specimen", "pump 7"),
        ("machine", "rig"),
        ("recording", "rig/a.wav"),
        ("severity", "2"),
        ("load_hp", "1"),
        ("load", "1"),
        ("speed", "1800"),
        ("condition", "load_hp=1 speed_rpm=1800"),
        ("humidity", None),
    ],
)
def test_a_signal_tells_its_group(group, value):
    assert group_of(ROW, group) == value


def test_a_whole_number_is_one_group_whether_it_came_from_yaml_or_csv():
    assert as_key(50) == as_key(50.0) == as_key("50") == as_key("5e1")
    assert as_key("low") == "low"


def test_a_short_name_for_two_conditions_means_neither():
    assert group_of(Row("a", "a", condition={"load_hp": 1, "load_axial": 2}), "load") is None


def test_a_group_nobody_has_is_refused_with_those_there_are():
    with pytest.raises(CatalogError, match=r"no signal has a 'sevrity'; did you mean 'severity'\?.*load_hp"):
        checked_groups([ROW], "sevrity")


def test_signals_without_the_group_are_kept_apart():
    other = Row("b", "b.wav")
    groups, without = checked_groups([ROW, other], "severity")
    assert groups == {"2": [ROW]}
    assert without == [other]


def test_a_recording_is_no_part_of_a_specimen_that_is_called_like_it():
    assert part_of(Row("a", "a.wav", specimen="b.wav")) != part_of(Row("b", "b.wav"))
    assert part_of(Row("b/DE", "./b.wav", channel="DE")) == part_of(Row("b/FE", "b.wav", channel="FE"))
