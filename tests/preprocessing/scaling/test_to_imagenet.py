import matplotlib as mpl
import numpy as np
import pytest
import torch

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.scaling.to_imagenet import ToImagenet, ToImagenetConfig, coloured


def stage(**options: object) -> ToImagenet:
    return ToImagenet(ToImagenetConfig.model_validate(options), Setting(None, 8))


def test_white_and_black_are_what_imagenet_nets_see() -> None:
    image = torch.tensor([[[[3.0, -3.0, 99.0, -99.0]]]])
    picture = stage()(Batch.of(image)).values[0, :, 0]
    white = [(1 - mean) / std for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    black = [-mean / std for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert picture[:, 0].tolist() == pytest.approx(white, abs=1e-6)
    assert picture[:, 1].tolist() == pytest.approx(black, abs=1e-6)
    assert torch.equal(picture[:, 2:], picture[:, :2])


def test_viridis_is_that_of_matplotlib() -> None:
    grey = torch.linspace(0, 1, 256).reshape(1, 1, 256)
    theirs = mpl.colormaps["viridis"](np.linspace(0, 1, 256))[:, :3]
    assert np.abs(coloured(grey, "viridis")[:, 0].numpy().T - theirs).max() < 0.015


def test_jet_goes_from_dark_blue_through_green_to_dark_red() -> None:
    grey = torch.tensor([0.0, 0.125, 0.375, 0.5, 0.625, 0.875, 1.0]).reshape(1, 1, 7)
    corners = [(0, 0, 0.5), (0, 0, 1), (0, 1, 1), (0.5, 1, 0.5), (1, 1, 0), (1, 0, 0), (0.5, 0, 0)]
    assert torch.allclose(coloured(grey, "jet")[:, 0].T, torch.tensor(corners))


def test_one_plane_is_repeated_and_three_are_taken_as_they_are() -> None:
    plain = {"low": 0.0, "high": 1.0, "mean": (0, 0, 0), "std": (1, 1, 1)}
    image = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(stage(**plain, colours="jet")(Batch.of(image)).values, image)
    repeated = stage(**plain)(Batch.of(image[:, :1])).values
    assert torch.equal(repeated, image[:, :1].expand(-1, 3, -1, -1))


def test_two_planes_are_refused_with_advice() -> None:
    with pytest.raises(StageError, match=r"the image has 2; keep some with crop.*or choose 1 or 3 channels"):
        stage()(Batch.of(torch.zeros(1, 2, 4, 4)))


def test_two_planes_become_a_picture_as_the_message_says() -> None:
    image = torch.rand(1, 2, 4, 5, generator=torch.Generator().manual_seed(0))
    chain = Chain([{"crop": {"planes": 1}}, "to_imagenet"], Setting(None, 8))
    assert torch.equal(chain(Batch.of(image)).values, stage()(Batch.of(image[:, :1])).values)
