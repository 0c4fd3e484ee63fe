"""What is shown of a net is what the net computes."""

import numpy as np
import pytest
import torch

from pipeline.diagnosis.seen import seen_by
from pipeline.models.branch import BranchConfig
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec

RATE_HZ, N_SAMPLES = 4000.0, 4000
SETTING = Setting(RATE_HZ, N_SAMPLES)


def tone(hz: float) -> Batch:
    time_s = torch.arange(N_SAMPLES) / RATE_HZ
    noise = 1e-3 * torch.randn(N_SAMPLES, generator=torch.Generator().manual_seed(0))
    return Batch.of((torch.sin(2 * torch.pi * hz * time_s) + noise)[None, None], RATE_HZ)


@pytest.mark.parametrize("hz", [200.0, 730.0, 1500.0])
@pytest.mark.parametrize("stage", ["stft", "wavelet"])
def test_a_tone_is_brightest_in_the_row_of_its_frequency(stage: str, hz: float) -> None:
    unclipped = BranchConfig(stages=["resize", {"to_imagenet": {"low": -9, "high": 9}}], backbone="small")
    net = Classifier([stage, "decibels", "standardise"], [unclipped], SETTING, ["a", "b"])
    seen = seen_by(net, tone(hz))
    picture = seen.pictures[0]
    assert picture.colours is not None
    for values, axes in ((seen.image[0], seen.axes), (picture.colours[..., 1], picture.axes)):
        assert axes is not None
        assert axes.rows.unit == "Hz"
        brightest = axes.rows.values[int(values.mean(axis=1).argmax())]
        assert brightest == pytest.approx(hz, abs=RATE_HZ / 256, rel=0.03)


def test_a_picture_is_the_image_between_black_and_white() -> None:
    net = Classifier(
        [{"fold": {"rows": 50, "columns": 80}}],
        [BranchConfig(stages=[{"to_imagenet": {"low": -2, "high": 2}}], backbone="small")], SETTING, ["a", "b"]
    )  # fmt: skip
    seen = seen_by(net, tone(100.0))
    (picture,) = seen.pictures
    wanted = (tone(100.0).values.reshape(50, 80).numpy() + 2) / 4
    assert picture.colours is not None
    for colour in range(3):
        assert picture.colours[..., colour] == pytest.approx(wanted, abs=1e-6)
    assert (picture.limits, seen.shapes) == ((-2.0, 2.0), ((3, 50, 80),))


def test_a_head_on_the_image_itself_has_no_picture_and_one_with_stages_has_its_planes() -> None:
    fold: StageSpec = {"fold": {"rows": 50, "columns": 80}}
    branches = [BranchConfig(stages=[]), BranchConfig(stages=[{"crop": {"rows": 10}}])]
    seen = seen_by(Classifier([fold], branches, SETTING, ["a", "b"]), tone(100.0))
    (cropped,) = seen.pictures
    assert (cropped.branch, cropped.colours, cropped.limits) == (2, None, None)
    np.testing.assert_array_equal(cropped.planes[0].values, seen.planes[0].values[:10])
    assert seen.shapes == ((1, 50, 80), (1, 10, 80))


def test_different_images_as_planes_are_named_and_keep_their_axes_until_rows_are_cut() -> None:
    images = [["stft"], [{"fold": {"rows": 9, "columns": 9}}]]
    planes: StageSpec = {"planes": {"images": images, "rows": 30, "columns": 30}}
    seen = seen_by(_net([planes]), tone(500.0))
    assert [plane.name for plane in seen.planes] == ["stft", "fold"]
    units = [plane.axes.rows.unit for plane in seen.planes if plane.axes]
    assert units == ["Hz", "s"]
    assert seen.axes is not None
    assert seen.axes.rows.name == "row"
    cut = seen_by(_net([planes, {"crop": {"rows": 5}}]), tone(500.0))
    assert all(plane.axes is not None and plane.axes.rows.name == "row" for plane in cut.planes)


def _net(stages: list[StageSpec]) -> Classifier:
    return Classifier(stages, [BranchConfig(stages=[])], SETTING, ["a", "b"])


def test_channels_without_names_are_counted() -> None:
    net = Classifier([{"fold": {"rows": 4, "columns": 4}}], [BranchConfig(stages=[])], Setting(None, 16), ["a", "b"], 2)
    seen = seen_by(net, Batch.of(torch.rand(1, 2, 16)))
    assert [plane.name for plane in seen.planes] == ["plane 1", "plane 2"]


def test_the_unit_of_an_image_is_told_only_where_it_is_known() -> None:
    levels: StageSpec = {"planes": {"images": [["stft", "decibels"], ["wavelet", "decibels"]]}}
    mixed: StageSpec = {"planes": {"images": [["stft", "decibels"], ["fold"]]}}
    densities: StageSpec = {"stft": {"scaling": "psd"}}
    for stages, unit in (
        ([levels], "dB"),
        ([mixed], ""),
        (["gain", "stft", "mask"], "g"),
        (["envelope", "stft"], ""),
        ([densities], ""),
        (["stft", "decibels", "standardise", "resize"], "deviations"),
    ):
        assert Chain(stages, SETTING).unit("g") == unit
    assert seen_by(_net(["fold"]), tone(500.0)).unit == "as recorded"
    assert seen_by(_net(["fold"]), tone(500.0), "mm/s").unit == "mm/s"
