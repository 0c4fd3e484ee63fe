"""Both ways of the transforms against numpy's in float64."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch

from pipeline.preprocessing.engine import products
from pipeline.preprocessing.engine.by_products import by_products
from pipeline.preprocessing.engine.fourier import ifft, irfft, rfft

LENGTHS = [1, 2, 3, 8, 15, 97, 256, 600, 1009, 1440, 2018, 4096, 12000, 12007, 12800, 15360, 16384, 20480]
"""Powers of two, small factors, primes, twice a prime; 12007 is a prime above what is done as one factor."""
LONG = [1030 * 257, 131101, 1 << 19, 3 << 19]
"""More than two factors are needed; 131101 is a prime, whose chirps take 2^19."""
WAYS = {"torch": nullcontext, "products": by_products}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest):
    return WAYS[request.param]()


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3))


def error(ours: torch.Tensor, theirs: np.ndarray) -> float:
    """Largest deviation, as a share of the largest number."""
    return float(np.abs(ours.numpy() - theirs).max() / np.abs(theirs).max())


def pairs(numbers: np.ndarray) -> np.ndarray:
    return np.stack([numbers.real, numbers.imag], axis=-1)


def numbers(pairs: torch.Tensor) -> np.ndarray:
    return pairs.double().numpy() @ np.array([1, 1j])


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_spectra_are_numpys_zeros_appended(way, length: int, share: float) -> None:
    samples = noise(2, 3, max(1, int(share * length)))
    with way:
        ours = rfft(samples, length)
    assert ours.shape == (2, 3, length // 2 + 1, 2)
    assert error(ours, pairs(np.fft.rfft(samples.double().numpy(), length))) < 1e-6


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_complex_signals_of_spectra_are_numpys_zeros_appended(way, length: int, share: float) -> None:
    spectrum = noise(2, max(1, int(share * length)), 2)
    with way:
        ours = ifft(spectrum, length)
    assert ours.shape == (2, length, 2)
    assert error(ours, pairs(np.fft.ifft(numbers(spectrum), length))) < 1e-6


@pytest.mark.parametrize("length", [length for length in LENGTHS if length % 2 == 0])
def test_real_signals_of_spectra_are_numpys_whatever_the_ends_hold(way, length: int) -> None:
    spectrum = noise(2, length // 2 + 1, 2)
    with way:
        ours = irfft(spectrum, length)
    assert ours.shape == (2, length)
    assert error(ours, np.fft.irfft(numbers(spectrum), length)) < 1e-6


@pytest.mark.parametrize("length", LONG)
def test_long_transforms_are_numpys_too(length: int) -> None:
    samples = noise(1, length - length // 3)
    with by_products():
        there = rfft(samples, length)
        back = ifft(there, length)
    assert error(there, pairs(np.fft.rfft(samples.double().numpy(), length))) < 1e-6
    assert error(back, pairs(np.fft.ifft(numbers(there), length))) < 1e-6


def test_long_real_signals_come_back() -> None:
    samples = noise(1, 1 << 19)
    with by_products():
        assert error(irfft(rfft(samples, 1 << 19), 1 << 19), samples.double().numpy()) < 1e-6


def test_no_table_is_wider_than_the_largest_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    matrix = products._matrix
    monkeypatch.setattr(products, "_matrix", lambda length, sign: sizes.append(length) or matrix(length, sign))
    products._first.cache_clear()
    products._second.cache_clear()
    with by_products():
        ifft(noise(1, 1 << 19, 2))
        ifft(noise(1, 521, 2))
    assert max(sizes) == 512


def test_slopes_flow_through_products_as_through_torchs_own() -> None:
    slopes = []
    for way in WAYS.values():
        samples = noise(1, 60).requires_grad_()
        with way():
            ifft(rfft(samples, 72)).square()[..., 0].sum().backward()
        slopes.append(samples.grad)
    assert torch.allclose(*slopes, atol=1e-5)


def test_the_way_ends_with_its_block_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), by_products():
        1 / 0  # noqa: B018
    samples = noise(30)
    assert torch.equal(rfft(samples, 30), torch.view_as_real(torch.fft.rfft(samples)))
