import tracemalloc

import numpy as np
import pytest
import torch

from pipeline.preprocessing.engine.by_products import by_products
from pipeline.preprocessing.engine.filterbank import FilterBank
from pipeline.preprocessing.engine.kernels import kernels, stretches
from pipeline.preprocessing.engine.mothers import mother


def noise_and_knocks(n_samples: int) -> torch.Tensor:
    samples = torch.randn(3, n_samples, generator=torch.Generator().manual_seed(2))
    samples[0] = 0.0
    samples[0, [0, n_samples // 2, n_samples - 1]] = 1.0
    return samples


@pytest.mark.parametrize("name", ["morlet", "cmor1.5-1.0", "mexh", "gaus5", "shan1.5-1.0"])
@pytest.mark.parametrize(("n_samples", "columns"), [(500, 20), (1001, 77), (4000, 224), (300, 300)])
def test_cells_by_kernels_are_those_by_transforms(name: str, n_samples: int, columns: int) -> None:
    """Two ways to one definition: sums under wavelets in time, and products in frequency."""
    gains = np.linspace(1.0, 2.0, 40)
    bank = FilterBank(np.geomspace(0.45, 0.01, 40), mother(name), n_samples, columns, gains)
    samples = noise_and_knocks(n_samples)
    with by_products():
        ours = bank(samples)
    for sums, transforms in zip(ours, bank(samples), strict=True):
        assert (sums - transforms).abs().max() < 2e-5 * transforms.max()


def test_short_wavelets_become_kernels_and_long_ones_do_not() -> None:
    bank = FilterBank(np.geomspace(0.45, 0.002, 40), mother("morlet"), 4000, 100)
    made = [
        kernels(band, bank._responses(band), pooled.start, pooled.end)
        for band, pooled in zip(bank.bands, bank.poolings, strict=True)
    ]
    assert made[0] is not None
    assert len(made[0].table) <= 96
    assert made[-1] is None


def test_a_second_at_48_khz_takes_little_room() -> None:
    bank = FilterBank(np.geomspace(0.45, 0.002, 120), mother("morlet"), 48000, 224)
    tracemalloc.start()
    try:
        made = [
            kernels(band, bank._responses(band), pooled.start, pooled.end)
            for band, pooled in zip(bank.bands, bank.poolings, strict=True)
        ]
        room = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made[0] is not None
    assert made[-1] is None
    assert room < 100e6


@pytest.mark.parametrize("first", [-7, 0, 3])
@pytest.mark.parametrize(("size", "step"), [(3, 5), (5, 5), (6, 5), (17, 4)])
def test_stretches_are_those_of_unfold_with_zeros_beside_the_signal(first: int, size: int, step: int) -> None:
    values = torch.randn(2, 40, 3)
    padded = torch.nn.functional.pad(values, (0, 0, 20, 60))
    ours = stretches(values, first, size, step, count=9)
    assert torch.equal(ours, padded[:, 20 + first :].unfold(1, size, step)[:, :9].transpose(2, 3))
