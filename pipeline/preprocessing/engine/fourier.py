"""Fourier: transforms on real tensors, a complex number as a last axis of two.

Two ways to the same numbers: torch's own transforms, and plain products, which exported models take (`by_products`).
"""

import torch
from torch import Tensor

from pipeline.preprocessing.engine.by_products import products_wanted
from pipeline.preprocessing.engine.products import transformed


def power_of_two(at_least: int) -> int:
    """The next power of two: a length that every engine, exported models' too, transforms fast and exactly alike.

    Example:
        >>> power_of_two(4096), power_of_two(12000)
        (4096, 16384)
    """
    return 1 << (at_least - 1).bit_length()


def rfft(samples: Tensor, length: int) -> Tensor:
    """Spectrum of a real signal, zeros after its end up to `length`.

    Args:
        samples: shape (..., time), at most `length` long.
        length: of the transform.

    Returns:
        Shape (..., length // 2 + 1, 2): real and imaginary part at 0, 1, ... periods per `length`.

    Example:
        >>> rfft(torch.tensor([1.0, 0.0, -1.0, 0.0]), 4)[:, 0]
        tensor([0., 2., 0.])
    """
    if products_wanted():
        return transformed(samples, length, -1, length // 2 + 1, from_real=True)
    return torch.view_as_real(torch.fft.rfft(samples, length))


def irfft(spectrum: Tensor, length: int) -> Tensor:
    """The real signal of a spectrum, the inverse of `rfft`.

    Args:
        spectrum: shape (..., length // 2 + 1, 2); the imaginary parts at 0 and Nyquist are not looked at.
        length: of the transform, even.

    Returns:
        Shape (..., length).

    Example:
        >>> irfft(rfft(torch.tensor([1.0, 2.0, 3.0, 4.0]), 4), 4)
        tensor([1., 2., 3., 4.])
    """
    if products_wanted():
        # Negative frequencies mirror positive ones, so those count twice and these never.
        once, twice = spectrum[..., :1, :], 2 * spectrum[..., 1 : length // 2, :]
        return transformed(
            torch.cat([once, twice, spectrum[..., length // 2 :, :]], dim=-2), length, 1, length, to_real=True
        )
    signal: Tensor = torch.fft.irfft(torch.view_as_complex(spectrum), length)
    return signal


def ifft(spectrum: Tensor, length: int | None = None) -> Tensor:
    """The complex signal of a complex spectrum.

    Args:
        spectrum: shape (..., frequency, 2), frequencies 0, 1, ..., negative ones last.
        length: of the transform, zeros after the spectrum's end up to it; the spectrum's own by default.

    Returns:
        Shape (..., length, 2).

    Example:
        >>> ifft(torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 0.0], [0.0, 0.0]]))[1]
        tensor([0., 1.])
    """
    length = length or spectrum.shape[-2]
    if products_wanted():
        return transformed(spectrum, length, 1, length)
    return torch.view_as_real(torch.fft.ifft(torch.view_as_complex(spectrum), length))
