import numpy as np
import torch

from pipeline.preprocessing.scaling.decibels import decibels


def test_decibels_are_twenty_times_the_logarithm_below_the_loudest_of_all_planes() -> None:
    image = torch.rand(3, 2, 8, 8, generator=torch.Generator().manual_seed(0)) + 0.01
    truth = 20 * np.log10(image.double().numpy() / image.double().numpy().max(axis=(1, 2, 3), keepdims=True))
    np.testing.assert_allclose(decibels(image).numpy(), truth, atol=1e-4)


def test_a_tenth_is_twenty_decibels_down_and_the_floor_is_the_floor() -> None:
    image = torch.tensor([[[5.0, 0.5, 5e-9, 0.0]]])
    assert torch.allclose(decibels(image, floor_db=60.0), torch.tensor([[[0.0, -20.0, -60.0, -60.0]]]), atol=1e-5)


def test_a_silent_image_is_all_floor() -> None:
    assert torch.equal(decibels(torch.zeros(2, 1, 4, 4)), torch.full((2, 1, 4, 4), -80.0))
    assert torch.equal(decibels(torch.zeros(1, 4, 4), reference=2.0), torch.full((1, 4, 4), -80.0))


def test_a_fixed_reference_keeps_the_level() -> None:
    quiet, loud = torch.full((1, 2, 2), 0.1), torch.full((1, 2, 2), 10.0)
    assert torch.allclose(decibels(loud, reference=1.0) - decibels(quiet, reference=1.0), torch.tensor(40.0))
