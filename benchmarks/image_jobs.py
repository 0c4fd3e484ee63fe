"""Image jobs: what every method of the imaging benchmark is given and aims at, ours and peers' alike; needs numpy only.

A method takes windows (window, time), float32, and gives images (window, row, column). Methods that compute a wavelet
transform at the full rate end in `pooled`, which is cheap beside any of them and exact for cells of broken lengths.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Method = Callable[[Array], Array]
MakeMethod = Callable[[int, int], Method]
"""Rate in Hz and number of threads to a method."""

SIZE = 224
LOWEST_HZ, HIGHEST = 10.0, 0.45
N_FFT, HOP = 256, 64
W0 = 6.0

SPEED_HZ = 29.53
ORDERS = (3.585, 5.415, 4.714, 0.398)
"""Of a 6205 bearing: outer, inner, ball, cage."""


class Contender(NamedTuple):
    """One way of making an image.

    Attributes:
        job: "wavelet", "stft" or "fault_order".
        method: the name in the table.
        peer: the package it lives in, in `.venv-peers`; empty for what runs in our own environment.
        quick: whether `--quick` keeps it.
    """

    job: str
    method: str
    peer: str = ""
    quick: bool = True


CONTENDERS = [
    Contender("wavelet", "ours"),
    Contender("wavelet", "pywt-16", "pywt"),
    Contender("wavelet", "pywt-12", "pywt", quick=False),
    Contender("wavelet", "fCWT", "fCWT"),
    Contender("wavelet", "fCWT planned", "fCWT"),
    Contender("wavelet", "ssqueezepy", "ssqueezepy", quick=False),
    Contender("wavelet", "ptwt", "ptwt", quick=False),
    Contender("stft", "ours"),
    Contender("stft", "torch.stft"),
    Contender("stft", "scipy ShortTimeFFT", quick=False),
    Contender("fault_order", "ours"),
    Contender("fault_order", "ours, side bands", quick=False),
]


def signals(count: int, rate_hz: int) -> Array:
    """One second each: noise, a tone, and knocks that ring; centred."""
    rng = np.random.default_rng(0)
    time_s = np.arange(rate_hz) / rate_hz
    knocks = np.zeros((1, rate_hz))
    knocks[:, :: rate_hz // 97] = 5.0
    ringing = np.exp(-800 * time_s) * np.sin(2 * np.pi * 0.24 * rate_hz * time_s)
    shape = 2 * rate_hz
    rung = np.fft.irfft(np.fft.rfft(knocks, shape) * np.fft.rfft(ringing, shape), shape)[:, :rate_hz]
    made = rng.standard_normal((count, rate_hz)) + np.sin(2 * np.pi * 29.9 * time_s) + rung
    centred: Array = made - made.mean(axis=1, keepdims=True)
    return centred.astype(np.float32)


def frequencies_hz(rate_hz: int) -> Array:
    """Of the wavelet's rows, highest first."""
    return np.geomspace(HIGHEST * rate_hz, LOWEST_HZ, SIZE)


def pooled(transform: Array) -> Array:
    """RMS of the magnitude over SIZE equal cells of time; a sample that a cell's edge cuts counts in parts.

    Args:
        transform: complex, shape (..., time); overwritten, because a copy would cost more than the pooling.
    """
    parts = transform.view(transform.real.dtype)
    np.square(parts, out=parts)
    length = transform.shape[-1]
    edges = np.arange(SIZE + 1) * length / SIZE
    cut = np.minimum(edges.astype(int), length - 1)
    energies = np.add.reduceat(parts, 2 * cut[:-1], axis=-1)
    # The last cell ends with the signal: its stretch holds the last sample already.
    share = np.append((edges - cut)[:-1], 0).astype(parts.dtype)
    at_cut = (parts[..., 2 * cut] + parts[..., 2 * cut + 1]) * share
    energies += np.diff(at_cut, axis=-1)
    images: Array = np.sqrt(np.maximum(energies, 0) * (SIZE / length))
    return images


def in_groups(method: Method, size: int) -> Method:
    """A method that is handed some windows at a time, because more would cost it memory or speed."""
    return lambda windows: np.concatenate([method(windows[at : at + size]) for at in range(0, len(windows), size)])
