"""Relevance is held against where physics has the fault; where nothing can tell, that is said."""

import math

import numpy as np
import pytest
import torch

from pipeline.diagnosis.explanation.fault_lines import line_check
from pipeline.diagnosis.explanation.view import Relevance
from pipeline.preprocessing.base import Axis, Batch, ImageAxes

RATE_HZ, SPEED_HZ = 12000.0, 20.0
ORDERS = (3.5, 5.4, 4.7, 0.4)
FAULT_HZ = SPEED_HZ * ORDERS[0]
ROWS = Axis("frequency", "Hz", tuple(np.linspace(5900, 100, 60)))
PLANES = ("outer_race", "inner_race", "ball")
LINES = ImageAxes(Axis("carrier", "Hz", (1000.0, 2000.0)), Axis("harmonic", "x fault", (1.0, 2.0, 3.0)), PLANES)


def over_time(columns: int) -> ImageAxes:
    return ImageAxes(ROWS, Axis("time", "s", tuple((np.arange(columns) + 0.5) / columns)))


def heard(speed_hz: float = SPEED_HZ) -> Batch:
    """A second of noise, which beats at the outer race's rate between 2 and 3 kHz."""
    generator = np.random.default_rng(0)
    time_s = np.arange(12000) / RATE_HZ
    carrier = np.fft.rfft(generator.standard_normal(12000))
    hertz = np.fft.rfftfreq(12000, 1 / RATE_HZ)
    inside = (hertz > 2000) & (hertz < 3000)
    beating = np.fft.irfft(carrier * inside) * (1 + np.cos(2 * np.pi * FAULT_HZ * time_s))
    samples = beating + np.fft.irfft(carrier * ~inside)
    return Batch.of(torch.from_numpy(samples.astype(np.float32))[None, None], RATE_HZ, speed_hz, ORDERS)


def rows_between(low_hz: float, high_hz: float, columns: int) -> Relevance:
    hertz = torch.tensor(ROWS.values)
    values = ((hertz > low_hz) & (hertz < high_hz)).float()[None, :, None].expand(1, 60, columns)
    return Relevance(values.contiguous())


def check(found: Relevance, axes: ImageAxes | None, label: str = "outer_race", window: Batch | None = None):
    return line_check(label, torch.zeros(found.values.shape), found, axes, window or heard())


@pytest.mark.parametrize(("plane", "agrees"), [(0, "yes"), (1, "no"), (2, "no")])
def test_the_strongest_cell_of_an_image_of_lines_must_lie_in_the_labels_plane(plane: int, agrees: str) -> None:
    values = torch.full((3, 2, 3), 0.1)
    values[plane, 1, 2] = 1.0
    found = check(Relevance(values), LINES)
    assert (found.agrees, found.looked_at, found.chance) == (agrees, "plane", pytest.approx(1 / 3, abs=1e-4))
    assert found.share == pytest.approx((0.6 + 0.9 * (plane == 0)) / 2.7, abs=1e-4)
    assert PLANES[plane].replace("_", " ") in found.told


def test_a_map_for_all_planes_points_at_the_brightest_of_them() -> None:
    image = torch.zeros(3, 2, 3)
    image[0, 0, 0] = image[1, 1, 1] = 5.0
    image[2] += 1.0
    for (row, column), agrees in {(0, 0): "yes", (1, 1): "no"}.items():
        values = torch.zeros(3, 2, 3)
        values[:, row, column] = 1.0
        found = line_check("outer_race", image, Relevance(values, tells_planes=False), LINES, heard())
        assert (found.agrees, found.chance) == (agrees, pytest.approx(1 / 6, abs=1e-4))


@pytest.mark.parametrize(("hz", "agrees"), [(FAULT_HZ, "yes"), (FAULT_HZ * 1.006, "yes"), (0.71 * FAULT_HZ, "no")])
def test_relevance_must_beat_at_the_faults_rate_where_columns_can_show_it(hz: float, agrees: str) -> None:
    axes = over_time(400)
    time_s = np.array(axes.columns.values)
    noise = np.random.default_rng(1).uniform(0.8, 1.2, (60, 400))
    values = torch.from_numpy((noise * (1 + np.cos(2 * np.pi * hz * time_s))).astype(np.float32))[None]
    found = check(Relevance(values), axes)
    assert (found.agrees, found.looked_at) == (agrees, "beat")


@pytest.mark.parametrize(("band", "agrees"), [((2100.0, 2900.0), "yes"), ((4000.0, 5000.0), "no")])
def test_where_columns_are_too_far_apart_the_band_pointed_at_must_carry_the_line(band, agrees: str) -> None:
    found = check(rows_between(*band, columns=50), over_time(50))
    assert (found.agrees, found.looked_at, found.fault_hz) == (agrees, "band", pytest.approx(FAULT_HZ))
    assert found.band_hz is not None
    assert found.band_hz[0] >= band[0] - 150
    assert found.band_hz[1] <= band[1] + 150
    assert found.chance is not None
    assert 0 < found.chance < 1


def test_a_coarse_map_over_fine_columns_is_not_asked_for_beats() -> None:
    found = rows_between(2100, 2900, columns=400)
    assert check(found, over_time(400)).looked_at == "beat"
    assert check(found._replace(grid=(7, 7)), over_time(400)).looked_at == "band"


@pytest.mark.parametrize(
    ("axes", "label", "speed_hz", "why"),
    [
        (None, "outer_race", SPEED_HZ, "nothing says"),
        (over_time(50), "imbalance", SPEED_HZ, "no fault line of its own"),
        (over_time(50), "healthy", SPEED_HZ, "no fault line of its own"),
        (over_time(50), "ball", math.nan, "not known"),
        (ImageAxes(ROWS, Axis("column", "", (1.0, 2.0))), "ball", SPEED_HZ, "no axis of frequency over time"),
    ],
)
def test_what_cannot_be_told_is_not_applicable(axes, label: str, speed_hz: float, why: str) -> None:
    columns = len(axes.columns.values) if axes else 4
    found = check(rows_between(2000, 3000, columns), axes, label, heard(speed_hz))
    assert found.agrees == "not applicable"
    assert why in found.told


@pytest.mark.parametrize("axes", [LINES, over_time(50)])
def test_relevance_that_is_nowhere_above_0_agrees_with_nothing(axes: ImageAxes) -> None:
    shape = (len(axes.planes) or 1, len(axes.rows.values), len(axes.columns.values))
    found = check(Relevance(-torch.ones(shape)), axes)
    assert (found.agrees, found.told) == ("no", "no cell speaks for the label")
