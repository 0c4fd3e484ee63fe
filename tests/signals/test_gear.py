"""Teeth to orders, and every way of writing a gear."""

import pytest

from pipeline.errors import FactError
from pipeline.signals.gear import Gear, gear_of


def test_wheels_in_mesh_meet_the_same_number_of_teeth():
    gear = Gear(teeth=(20, 40, 60))
    assert [teeth * order for teeth, order in zip(gear.teeth, gear.wheel_orders, strict=True)] == [gear.mesh_order] * 3


@pytest.mark.parametrize("said", ["32:80", " 32 : 80 ", "{teeth: [32, 80]}", {"teeth": [32, 80]}, Gear(teeth=(32, 80))])
def test_every_way_of_writing_a_gear_says_the_same(said):
    assert gear_of(said) == Gear(teeth=(32, 80))


def test_none_is_no_gear():
    assert gear_of(None) is None


def test_a_file_names_its_gear(tmp_path):
    path = tmp_path / "crane.yaml"
    path.write_text("teeth: [17, 63]\n")
    assert gear_of(str(path)) == Gear(name="crane", teeth=(17, 63))


def test_an_unquoted_ratio_that_yaml_read_as_a_number_is_explained():
    import yaml

    with pytest.raises(FactError, match="in quotes"):
        gear_of(yaml.safe_load("32:40"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("32", "give the teeth"),
        ("big one", "give the teeth"),
        ("32:0", "teeth.1: needs to be greater than or equal to 1, got 0"),
        ("1:2:3:4:5", "teeth: needs at most 4 items"),
        ("{teeth: [32]}", "teeth: needs at least 2 items"),
        ("{teeth: [32, x]}", "teeth.1: needs a whole number, got 'x'"),
        ("{teeth: 32}", "teeth: needs a list, got 32"),
        ("{name: gearbox}", "teeth: is needed, and is not there"),
        ("{tooth: [1, 2]}", "did you mean 'teeth'"),
        ("gone.yml", "cannot read"),
    ],
)
def test_a_gear_that_is_none_is_answered_in_one_line(said, answer):
    with pytest.raises(FactError, match=answer):
        gear_of(said)
