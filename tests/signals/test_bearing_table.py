"""Bearings by name, and every way of writing one."""

import pytest

from pipeline.errors import FactError
from pipeline.signals.bearing import Bearing
from pipeline.signals.bearing_table import bearing_of, bearing_table


@pytest.mark.parametrize("name", bearing_table())
def test_every_bearing_says_where_its_numbers_come_from(name):
    assert bearing_table()[name].provenance
    assert bearing_table()[name].name == name


@pytest.mark.parametrize(
    ("name", "outer", "inner", "cage", "ball"),
    [("6205-2RS JEM", 3.5848, 5.4152, 0.39828, 4.7135), ("6203-2RS JEM", 3.0530, 4.9469, 0.3817, 3.9874)],
)
def test_cwru_bearings_have_the_published_orders_and_a_geometry_that_gives_them(name, outer, inner, cage, ball):
    bearing = bearing_table()[name]
    assert bearing.orders == (outer, inner, ball, cage)
    from_geometry = bearing.model_copy(update={"stated_orders": None}).orders
    assert from_geometry == pytest.approx(bearing.orders, rel=2e-4)


@pytest.mark.parametrize(
    ("name", "n_elements", "ratio", "angle_deg"),
    [
        ("NICE", 8, 0.235 / 1.245, 0),
        ("ZA-2115", 16, 0.331 / 2.815, 15.17),
        ("UER204", 8, 7.92 / 34.55, 0),
        ("PRONOSTIA", 13, 3.5 / 25.6, 0),
    ],
)
def test_bearings_of_public_rigs_have_the_published_geometry(name, n_elements, ratio, angle_deg):
    bearing = bearing_of(name)
    assert (bearing.n_elements, bearing.contact_angle_deg) == (n_elements, angle_deg)
    assert bearing.diameter_ratio == pytest.approx(ratio)


@pytest.mark.parametrize("said", ["6205", 6205, " 6205-2rs jem", "6205 2RS", "6205-2RS JEM"])
def test_a_bearing_is_found_by_the_beginning_of_its_name_in_any_case(said):
    assert bearing_of(said).name == "6205-2RS JEM"


@pytest.mark.parametrize("said", ["ims", "205", "05-2RS", "", " ", "-"])
def test_a_name_that_begins_no_word_is_unknown(said):
    with pytest.raises(FactError, match="unknown bearing"):
        bearing_of(said)


@pytest.mark.parametrize("said", ["620", "2RS", "2RS JEM"])
def test_an_ambiguous_name_is_answered_with_the_candidates(said):
    with pytest.raises(FactError, match=r"fits 6205-2RS JEM, 6203-2RS JEM"):
        bearing_of(said)


def test_an_unknown_name_is_answered_with_the_nearest_one_and_how_to_give_geometry():
    with pytest.raises(FactError, match=r"did you mean 'Rexnord ZA-2115'.*n_elements: 9, element_mm.*stated_orders"):
        bearing_of("Rexnord ZA-2155")


def test_none_is_no_bearing_and_a_bearing_is_itself():
    bearing = Bearing(n_elements=8, diameter_ratio=0.2)
    assert bearing_of(None) is None
    assert bearing_of(bearing) is bearing


def test_text_mapping_and_file_say_the_same(tmp_path):
    fields = {"n_elements": 9, "diameter_ratio": 0.203}
    path = tmp_path / "pump.yaml"
    path.write_text("n_elements: 9\ndiameter_ratio: 0.203\n")
    inline, mapped, filed = (
        bearing_of("{n_elements: 9, diameter_ratio: 0.203}"),
        bearing_of(fields),
        bearing_of(str(path)),
    )
    assert inline == mapped == Bearing(**fields)
    assert filed == Bearing(name="pump", **fields)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("{n_elements: 9, diameter: 0.2}", "unknown field 'diameter'; did you mean 'diameter_ratio'"),
        ("{n_elements: 9, diameter_ratio: 2}", "diameter_ratio: needs to be less than 1, got 2"),
        ("{n_elements: nine, diameter_ratio: 0.2}", "n_elements: needs a whole number, got 'nine'"),
        ("{n_elements: 9.5, diameter_ratio: 0.2}", "n_elements: needs a whole number, got 9.5"),
        ("{stated_orders: [1, 2, 3]}", "stated_orders.3: is needed, and is not there"),
        ("{n_elements: 9", "not valid YAML"),
        ("nowhere.yaml", "cannot read nowhere.yaml .*No such file"),
        ({"n_elements": 9}, "give n_elements with diameter_ratio"),
    ],
)
def test_a_wrong_geometry_is_answered_in_one_line(said, answer):
    with pytest.raises(FactError, match=answer) as caught:
        bearing_of(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"- 9\n- 0.2\n", b"", b"\xff\xfe\x00"])
def test_a_file_without_a_mapping_is_refused(tmp_path, content):
    path = tmp_path / "pump.yaml"
    path.write_bytes(content)
    with pytest.raises(FactError, match="bearing"):
        bearing_of(str(path))


def test_a_file_need_not_be_called_yaml(tmp_path):
    path = tmp_path / "pump.bearing"
    path.write_text("stated_orders: [3, 5, 4, 0.4]")
    assert bearing_of(str(path)).orders == (3, 5, 4, 0.4)
