"""Fourier: transforms on real tensors, a complex number as a last axis of two."""

import torch
from torch import Tensor


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
    signal: Tensor = torch.fft.irfft(torch.view_as_complex(spectrum), length)
    return signal


def ifft(spectrum: Tensor) -> Tensor:
    """The complex signal of a complex spectrum.

    Args:
        spectrum: shape (..., frequency, 2), frequencies 0, 1, ..., negative ones last.

    Returns:
        Shape (..., time, 2), as long.

    Example:
        >>> ifft(torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 0.0], [0.0, 0.0]]))[1]
        tensor([0., 1.])
    """
    return torch.view_as_real(torch.fft.ifft(torch.view_as_complex(spectrum)))
