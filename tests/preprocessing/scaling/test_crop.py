"""A crop keeps what was asked for, and the names of what it keeps."""

import pytest
import torch

from pipeline.errors import ConfigError, StageError
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting
from pipeline.preprocessing.chain import Chain, parse_stage

AXES = ImageAxes(
    Axis("carrier", "Hz", (4000.0, 2000.0, 1000.0), ("3-5 kHz", "1.5-3 kHz", "all")),
    Axis("harmonic", "", (1.0, 2.0, 1.0, 2.0), ("1", "2", "1 - shaft", "2 - shaft")),
    ("outer_race", "inner_race"),
)
SETTING = Setting(None, 8, AXES)


def place() -> torch.Tensor:
    """Every cell says where it is: plane, row, column as three digits."""
    plane, row, column = torch.meshgrid(torch.arange(2), torch.arange(3), torch.arange(4), indexing="ij")
    return (100.0 * plane + 10.0 * row + column)[None]


def test_the_first_columns_of_fault_order_are_its_block_without_side_bands() -> None:
    chain = Chain([{"crop": {"columns": 2}}], SETTING)
    assert chain(Batch.of(place())).values[0, 1].tolist() == [[100.0, 101.0], [110.0, 111.0], [120.0, 121.0]]
    axes = chain.axes()
    assert axes is not None
    assert axes.columns == Axis("harmonic", "", (1.0, 2.0), ("1", "2"))
    assert axes.rows == AXES.rows
    assert axes.planes == AXES.planes


def test_a_range_starts_at_its_first_and_leaves_out_its_end() -> None:
    chain = Chain([{"crop": {"rows": [1, 3], "columns": [3, 4], "planes": [1, 2]}}], SETTING)
    assert chain(Batch.of(place())).values.tolist() == [[[[113.0], [123.0]]]]
    axes = chain.axes()
    assert axes is not None
    assert (axes.rows.labels, axes.columns.labels, axes.planes) == (
        ("1.5-3 kHz", "all"),
        ("2 - shaft",),
        ("inner_race",),
    )


def test_without_options_nothing_is_cut() -> None:
    chain = Chain(["crop"], SETTING)
    assert torch.equal(chain(Batch.of(place())).values, place())
    assert chain.axes() == AXES


def test_channels_without_names_are_cut_too() -> None:
    chain = Chain([{"crop": {"planes": 1}}], Setting(None, 8, AXES._replace(planes=())))
    assert chain(Batch.of(place())).values.shape == (1, 1, 3, 4)
    axes = chain.axes()
    assert axes is not None
    assert axes.planes == ()


def test_what_lies_beyond_the_image_is_refused_when_the_net_is_built() -> None:
    with pytest.raises(StageError, match=r"columns up to 5 are wanted, the image has 4; lower crop\.columns"):
        Chain([{"crop": {"columns": 5}}], SETTING)
    nobody_said = Chain([{"crop": {"rows": [2, 4]}}], Setting(None, 8))
    with pytest.raises(StageError, match=r"rows up to 4 are wanted, the image has 3"):
        nobody_said(Batch.of(place()))


@pytest.mark.parametrize("part", [0, -1, [3, 3], [-2, 1], [1, 2, 3], "all", 2.5, True])
def test_a_part_that_is_none_is_refused_with_an_example(part: object) -> None:
    with pytest.raises(ConfigError, match=r"stages\.crop\.columns:.*such as 5, or a range"):
        parse_stage({"crop": {"columns": part}})
