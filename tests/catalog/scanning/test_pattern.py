"""Patterns: what a file's name says, and nothing it does not."""

import pytest

from pipeline.catalog.scanning.pattern import Pattern
from pipeline.errors import CatalogError


@pytest.mark.parametrize(
    ("pattern", "path", "told"),
    [
        ("{label}_{rpm:d}.mat", "IR2_600.mat", {"labels": "IR2", "speed_rpm": 600.0}),
        ("{label}_{rpm:d}.mat", "rig/inner_race_600.mat", {"labels": "inner_race", "speed_rpm": 600.0}),
        ("{label}_{rpm:d}.mat", "IR2_fast.mat", None),
        ("{label}_{rpm}.mat", "IR2_fast.mat", None),
        ("{label}_{rpm}.mat", "IR2_1772.5.mat", {"labels": "IR2", "speed_rpm": 1772.5}),
        ("{label}_{rpm:d}.mat", "IR2_600_mat", None),
        ("{specimen}/{load:d}.wav", "pump 7/50.wav", {"specimen": "pump 7", "condition.load": 50.0}),
        ("{specimen}/{load:d}.wav", "50.wav", None),
        ("{label}30hz{load:d}.csv*", "h30hz50.csv.gz", {"labels": "h", "condition.load": 50.0}),
        ("{}_{specimen}_{condition.torque:f}Nm.npy", "x_A1_0.7Nm.npy", {"specimen": "A1", "condition.torque": 0.7}),
        ("a+b({label}).wav", "a+b(ball).wav", {"labels": "ball"}),
        ("{specimen}.wav", "007.wav", {"specimen": "007"}),
    ],
)
def test_a_name_is_read_by_its_pattern(pattern, path, told):
    assert Pattern(pattern).read(path) == told


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{lable}.wav", "did you mean 'label'"),
        ("{torque:f}.wav", r"'\{condition\.torque\}'"),
        ("{rpm:x}.wav", "unknown kind ':x'"),
        ("{label}_{label}.wav", "names a field twice"),
        ("{rpm}_{speed_rpm}.wav", "names a field twice"),
    ],
)
def test_a_pattern_nobody_can_follow_is_refused(pattern, said):
    with pytest.raises(CatalogError, match=said):
        Pattern(pattern).read("a.wav")
