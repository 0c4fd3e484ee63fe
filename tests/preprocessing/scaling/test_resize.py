import numpy as np
import pytest
import torch
from PIL import Image

from pipeline.preprocessing.base import Axis, ImageAxes, Setting
from pipeline.preprocessing.engine.by_products import by_products
from pipeline.preprocessing.scaling.resize import Resize, ResizeConfig, resize


@pytest.mark.parametrize("size", [(224, 224), (16, 16), (129, 184), (7, 300), (1, 1)])
def test_resize_is_that_of_pillow(size: tuple[int, int]) -> None:
    image = torch.randn(1, 1, 129, 184, generator=torch.Generator().manual_seed(0))
    theirs = Image.fromarray(image[0, 0].numpy()).resize(size[::-1], Image.Resampling.BILINEAR)
    assert np.abs(resize(image, *size)[0, 0].numpy() - np.asarray(theirs)).max() < 2e-4


def test_resize_to_its_own_size_changes_nothing() -> None:
    image = torch.randn(1, 1, 5, 9)
    assert torch.equal(resize(image, 5, 9), image)


def test_fine_stripes_become_grey_and_not_other_stripes() -> None:
    stripes = (torch.arange(240) % 2).float().expand(1, 1, 24, 240)
    small = resize(stripes, 24, 50)
    assert (small - 0.5).abs().max() < 0.05


def test_a_ridge_stays_at_its_frequency() -> None:
    axes = ImageAxes(Axis("frequency", "Hz", tuple(range(90, -10, -10))), Axis("time", "s", (0.0, 1.0)))
    image = torch.zeros(1, 1, 10, 2)
    image[:, :, 3] = 1.0
    stage = Resize(ResizeConfig(rows=40, columns=2), Setting(None, 8, axes))
    after = stage.axes()
    assert after is not None
    weights = resize(image, 40, 2)[0, 0, :, 0]
    assert float((weights * torch.tensor(after.rows.values)).sum() / weights.sum()) == pytest.approx(60.0, rel=1e-4)
    assert after.rows.values[0] == pytest.approx(93.75)
    assert after.rows.values[-1] == pytest.approx(-3.75)


@pytest.mark.parametrize("size", [(224, 224), (16, 16), (129, 184), (7, 300), (1, 1)])
def test_resize_by_products_is_that_of_pillow_too(size: tuple[int, int]) -> None:
    image = torch.randn(1, 1, 129, 184, generator=torch.Generator().manual_seed(0))
    theirs = Image.fromarray(image[0, 0].numpy()).resize(size[::-1], Image.Resampling.BILINEAR)
    with by_products():
        ours = resize(image, *size)
    assert np.abs(ours[0, 0].numpy() - np.asarray(theirs)).max() < 2e-4
