"""Kinematics of a rolling bearing, against the geometry of the bearings in our table."""

import pytest
from scipy.io import loadmat

from pipeline.signals.bearing import Bearing
from pipeline.signals.bearing_table import bearing_table
from pipeline.signals.quality.stated_lines import contradictions


@pytest.mark.parametrize("name", list(bearing_table()))
def test_every_bearing_of_the_table_agrees_with_itself(name: str) -> None:
    outer, inner, _, cage = bearing_table()[name].orders
    assert contradictions({"BPFO": 20 * outer, "BPFI": 20 * inner, "FTF": 20 * cage}, speed_rpm=1200.0) == []


@pytest.mark.parametrize("angle_deg", [0.0, 15.0, 40.0])
def test_the_contact_angle_needs_not_be_known(angle_deg: float) -> None:
    outer, inner, _, cage = Bearing(n_elements=16, diameter_ratio=0.118, contact_angle_deg=angle_deg).orders
    stated = {"BPFO": outer, "BPFI": inner, "FTF": cage}
    assert contradictions(stated, speed_rpm=60.0) == []
    assert contradictions(stated | {"FTF": 1 - cage}, speed_rpm=60.0)[0].message.endswith(
        "it is the cage relative to the inner race (BPFI / 16)"
    )


def test_lines_of_another_speed_are_told() -> None:
    outer, inner, _, cage = bearing_table()["6205-2RS JEM"].orders
    stated = {"BPFO": 25 * outer, "BPFI": 25 * inner, "FTF": 25 * cage}
    assert "is 7.5 x the speed of 1800 rpm" in contradictions(stated, speed_rpm=1800.0)[0].message


def test_too_little_says_nothing() -> None:
    assert contradictions({"BPFO": 81.0, "FTF": 14.0}, 1500.0) == []
    assert contradictions({"BPFO": 81.0, "BPFI": 119.0, "FTF": 14.0}, None) == []
    assert contradictions({"BPFO": None, "BPFI": None, "FTF": None}, 1500.0) == []


def test_the_cage_line_that_mfpt_states_is_found_wrong(real_data) -> None:
    paths = sorted((real_data / "mfpt").glob("*.mat"))
    assert len(paths) == 4
    for path in paths:
        variables = loadmat(path)
        stated = {name: float(variables[name].item()) for name in ("BPFO", "BPFI", "FTF")}
        (found,) = contradictions(stated, speed_rpm=1500.0)
        assert "stated FTF 14.84 Hz contradicts BPFO / 8 = 10.14 Hz" in found.message
