import pytest
import torch

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.scaling.standardise import Standardise, StandardiseConfig, standardise


def images() -> torch.Tensor:
    levels = torch.tensor([1.0, 50.0])[:, None, None]
    return torch.randn(4, 2, 10, 12, generator=torch.Generator().manual_seed(0)) * levels + levels


def test_each_image_gets_zero_mean_and_unit_deviation_over_all_its_planes() -> None:
    flat = standardise(images()).flatten(1)
    assert torch.allclose(flat.mean(dim=1), torch.zeros(4), atol=1e-6)
    assert torch.allclose(flat.std(dim=1, correction=0), torch.ones(4), atol=1e-5)


def test_per_plane_each_plane_gets_its_own() -> None:
    flat = standardise(images(), per="plane").flatten(2)
    assert torch.allclose(flat.mean(dim=2), torch.zeros(4, 2), atol=1e-6)
    assert torch.allclose(flat.std(dim=2, correction=0), torch.ones(4, 2), atol=1e-5)


@pytest.mark.parametrize("value", [0.0, -80.0, 0.1, 1e20])
def test_a_constant_image_is_zero(value: float) -> None:
    assert not standardise(torch.full((2, 3, 37, 41), value)).any()


def test_a_corpus_keeps_its_own_mean_and_deviation() -> None:
    stage = Standardise(StandardiseConfig(mean=(1.0, 2.0), deviation=(2.0, 4.0)), Setting(None, 8))
    image = torch.tensor([3.0, 10.0]).reshape(1, 2, 1, 1)
    assert stage(Batch.of(image)).values.flatten().tolist() == [1.0, 2.0]
    with pytest.raises(StageError, match="mean and deviation for 2 planes, the image has 3"):
        stage(Batch.of(torch.zeros(1, 3, 1, 1)))
