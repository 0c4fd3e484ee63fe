import numpy as np
import pytest
import torch

from pipeline.preprocessing.augment.level import swing


@pytest.mark.parametrize("level", [1e-30, 1e-3, 1.0, 1e30])
def test_swing_is_numpys_deviation_in_any_unit(level: float) -> None:
    samples = torch.randn(4, 2, 100, generator=torch.Generator().manual_seed(0)) * level + level
    deviation, mean = swing(samples)
    np.testing.assert_allclose(deviation[..., 0], samples.double().numpy().std(axis=-1), rtol=1e-5)
    np.testing.assert_allclose(mean[..., 0], samples.double().numpy().mean(axis=-1), rtol=1e-4)


@pytest.mark.parametrize("value", [0.0, 1.1, 1e30, -1e-30])
def test_what_does_not_move_swings_by_nothing_at_all(value: float) -> None:
    assert swing(torch.full((2, 1, 777), value))[0].tolist() == [[[0.0]]] * 2
