"""Who is believed, and who is mentioned."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.facts import merge_facts
from pipeline.signals.gear import Gear

SPEAKERS = ["flag", "side file", "catalog", "file"]


@given(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=4, max_size=4))
def test_the_first_who_knows_is_believed_and_each_later_contradiction_is_one_warning(said):
    merged = merge_facts([(who, {"load": value}) for who, value in zip(SPEAKERS, said, strict=True)])
    known = [(who, value) for who, value in zip(SPEAKERS, said, strict=True) if value is not None]
    if not known:
        assert merged == ({}, {}, ())
        return
    (who, value), later = known[0], known[1:]
    assert (merged.values, merged.origins) == ({"load": value}, {"load": who})
    assert merged.warnings == tuple(
        f"load: using {value} ({who}), but {other} says {different}" for other, different in later if different != value
    )


def test_speeds_within_half_a_percent_do_not_contradict_each_other():
    assert not merge_facts([("flag", {"speed_rpm": 1800}), ("file", {"speed_rpm": 1797.0})]).warnings
    assert merge_facts([("flag", {"speed_rpm": 1797}), ("side file", {"speed_rpm": 1772})]).warnings == (
        "speed_rpm: using 1797 (flag), but side file says 1772",
    )


def test_numbers_and_words_are_told_apart():
    merged = merge_facts([("flag", {"unit": "g"}), ("file", {"unit": "m/s2"})])
    assert merged.warnings == ("unit: using g (flag), but file says m/s2",)


def test_a_bearing_by_name_and_by_geometry_may_agree():
    by_name, by_size = bearing_of("6205"), bearing_of("{n_elements: 9, diameter_ratio: 0.2034}")
    assert not merge_facts([("flag", {"bearing": by_name}), ("catalog", {"bearing": by_size})]).warnings


def test_another_bearing_is_a_contradiction():
    merged = merge_facts([("flag", {"bearing": bearing_of("6205")}), ("catalog", {"bearing": bearing_of("6203")})])
    assert merged.warnings == ("bearing: using 6205-2RS JEM (flag), but catalog says 6203-2RS JEM",)


def test_gears_are_compared_by_their_teeth():
    same, other = Gear(teeth=(32, 80), name="other words"), Gear(teeth=(32, 81))
    assert not merge_facts([("flag", {"gear": Gear(teeth=(32, 80))}), ("file", {"gear": same})]).warnings
    assert merge_facts([("flag", {"gear": same}), ("file", {"gear": other})]).warnings


def test_a_list_from_yaml_equals_a_tuple_from_code():
    assert not merge_facts([("side file", {"labels": ["ball"]}), ("catalog", {"labels": ("ball",)})]).warnings


def test_nothing_is_silence_but_zero_is_a_word():
    merged = merge_facts([("flag", {"load": 0}), ("catalog", {"load": 2})])
    assert merged.values == {"load": 0}
    assert merged.warnings == ("load: using 0 (flag), but catalog says 2",)
