"""Several images as planes: each is what it is alone, at the common size, under its own name."""

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.preprocessing import StandardScaler

from pipeline.errors import ConfigError, StageError
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting
from pipeline.preprocessing.chain import Chain, StageSpec, as_spec, parse_stage
from pipeline.preprocessing.images.planes import Planes
from pipeline.preprocessing.learned_stages import learned_stages

RATE_HZ = 2000.0
SETTING = Setting(RATE_HZ, 1000)
STFT: StageSpec = {"stft": {"n_fft": 64, "hop": 16}}
WAVELET: StageSpec = {"wavelet": {"rows": 40, "columns": 50, "min_hz": 50.0}}
FOLD: StageSpec = {"fold": {"rows": 20, "columns": 50}}
VIEWS: list[list[StageSpec]] = [[STFT, "decibels"], [WAVELET, "decibels"], [FOLD]]


def planes(images: list[list[StageSpec]], rows: int = 30, columns: int = 40) -> StageSpec:
    return {"planes": {"images": images, "rows": rows, "columns": columns}}


def noise(count: int = 3, channels: int = 1, seed: int = 0) -> Batch:
    samples = torch.randn(count, channels, 1000, generator=torch.Generator().manual_seed(seed))
    return Batch.of(samples, RATE_HZ)


def test_each_plane_is_its_image_alone_resized() -> None:
    together = Chain([planes(VIEWS)], SETTING)(noise()).values
    assert together.shape == (3, 3, 30, 40)
    for plane, stages in enumerate(VIEWS):
        alone = Chain(stages, SETTING)(noise()).values[1, 0].numpy()
        theirs = np.asarray(Image.fromarray(alone).resize((40, 30), Image.Resampling.BILINEAR))
        scale = float(np.abs(theirs).max())
        assert together[1, plane].numpy() == pytest.approx(theirs, abs=2e-5 * scale)


def test_three_images_are_the_red_green_and_blue_of_a_picture() -> None:
    chain = Chain(
        [planes(VIEWS), {"to_imagenet": {"mean": [0, 0, 0], "std": [1, 1, 1], "low": -80, "high": 0}}], SETTING
    )
    picture = chain(noise()).values
    green = Chain([*VIEWS[1], {"resize": {"rows": 30, "columns": 40}}], SETTING)(noise()).values[:, 0]
    assert torch.allclose(picture[:, 1], (green + 80) / 80, atol=1e-5)


def test_planes_are_named_after_their_images_and_counted_where_names_repeat() -> None:
    axes = Chain([planes([*VIEWS, [{"stft": {"n_fft": 256}}]])], SETTING).axes()
    assert axes is not None
    assert axes.planes == ("stft 1", "wavelet", "fold", "stft 2")


def test_an_axis_is_told_only_where_all_images_agree_on_it() -> None:
    two = Chain([planes(VIEWS[:2])], SETTING).axes()
    assert two is not None
    assert (two.rows.name, two.rows.unit) == ("row", "")
    assert two.rows.values[:3] == (0.0, 1.0, 2.0)
    alike = Chain([planes([[STFT], [STFT, "decibels"]])], SETTING).axes()
    assert alike is not None
    assert (alike.rows.name, alike.rows.unit, alike.columns.unit) == ("frequency", "Hz", "s")
    assert alike.rows.values[0] > alike.rows.values[-1]


def test_every_plane_still_knows_its_own_axes() -> None:
    stage = Chain([planes(VIEWS)], SETTING).stages[0]
    assert isinstance(stage, Planes)
    stft, wavelet, fold = stage.own_axes()
    assert stft is not None
    assert wavelet is not None
    assert fold is not None
    assert (stft.rows.unit, fold.rows.name) == ("Hz", "start")
    assert len(wavelet.rows.values) == 30
    assert wavelet.rows.values[0] == pytest.approx(900.0, rel=0.05)


def test_several_channels_give_a_plane_each_of_every_image() -> None:
    both = noise(channels=2)
    together = Chain([planes(VIEWS)], SETTING)(both).values
    assert together.shape == (3, 6, 30, 40)
    second = Chain([planes(VIEWS)], SETTING)(both._replace(values=both.values[:, 1:])).values
    assert torch.allclose(together[:, 5], second[:, 2], atol=1e-6)


def test_what_the_images_need_is_needed() -> None:
    assert Chain([planes([[FOLD]])], SETTING).needs == frozenset()
    assert Chain([planes(VIEWS)], SETTING).needs == {"rate_hz"}
    narrow: list[list[StageSpec]] = [
        [{"stft": {"n_fft": 64, "min_hz": 100, "max_hz": 300}}],
        [{"wavelet": {"min_hz": 200, "max_hz": 800}}],
    ]
    assert Chain([planes(narrow)], SETTING).band_hz() == (100.0, 800.0)
    with pytest.raises(StageError, match="give rate_hz"):
        Chain([planes([[WAVELET]])], Setting(None, 1000))


def test_an_image_learns_inside_as_it_would_outside() -> None:
    corpus: StageSpec = {"standardise": {"per": "corpus"}}
    stages = [planes([[FOLD, corpus], [STFT, "decibels", corpus]])]
    training = [noise(seed=seed) for seed in range(3)]
    learned = learned_stages(stages, SETTING, lambda: training)
    seen = Chain(learned, SETTING)(noise(seed=9)).values[:, 0]
    scaler = StandardScaler().fit(torch.cat([batch.values for batch in training]).reshape(-1, 1).double().numpy())
    wanted = scaler.transform(noise(seed=9).values.reshape(-1, 1).numpy()).reshape(3, 20, 50).astype(np.float32)
    theirs = np.asarray(Image.fromarray(wanted[1]).resize((40, 30), Image.Resampling.BILINEAR))
    assert seen[1].numpy() == pytest.approx(theirs, abs=1e-4)
    assert learned_stages(learned, SETTING, lambda: pytest.fail("was asked again")) == learned
    assert learned_stages([planes(VIEWS)], SETTING, lambda: pytest.fail("nothing is to be learned here"))
    with pytest.raises(StageError, match="has not learned"):
        Chain(stages, SETTING)(noise())


def test_every_option_of_every_image_is_written_out() -> None:
    spelt = as_spec(*parse_stage(planes([["stft"]])))
    assert spelt["planes"]["images"][0][0]["stft"]["hop"] == 64
    assert as_spec(*parse_stage(spelt)) == spelt


@pytest.mark.parametrize(
    ("images", "told"),
    [
        ([["stft"], ["wavlet"]], r"stages\.planes\.images\.1: unknown stage 'wavlet'; did you mean 'wavelet'"),
        ([[{"stft": {"n_ft": 3}}]], r"stages\.planes\.images\.0\.stft\.n_ft: unknown option.*did you mean 'n_fft'"),
        ([[]], r"stages\.planes\.images\.0: names no stage"),
        ([], "needs a list of stages for each image"),
        ("stft", "needs a list of stages for each image"),
        (["stft", "fold"], "needs a list of stages for each image"),
    ],
)
def test_a_wrong_image_is_told_with_its_place(images: object, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_stage({"planes": {"images": images}})


def test_an_image_that_is_none_is_refused() -> None:
    with pytest.raises(StageError, match="per_sensor must give one plane per channel, 1, and gives samples"):
        Chain([planes([["per_sensor"]])], SETTING)(noise())


def test_a_stage_that_expects_an_image_first_cannot_begin_one() -> None:
    with pytest.raises(StageError, match="takes image"):
        Chain([planes([["decibels"]])], SETTING)(noise())


def test_planes_of_an_image_take_samples_only() -> None:
    axes = ImageAxes(Axis("row", "", (0.0,)), Axis("column", "", (0.0,)))
    with pytest.raises(StageError, match="takes samples"):
        Chain([planes(VIEWS)], Setting(RATE_HZ, 1000, axes))
