"""Peer images: wavelet images with other packages, each the way its documentation shows; runs in `.venv-peers`.

All end in the same pooling. Each is handed as many windows at a time as it takes fastest.
"""

import ctypes
import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
from image_jobs import HIGHEST, LOWEST_HZ, SIZE, W0, Array, MakeMethod, Method, frequencies_hz, in_groups, pooled

MORLET = f"cmor{W0**2 / (2 * np.pi**2):.6f}-1.0"
"""PyWavelets' name for the Morlet wavelet with w0 = 6: bandwidth w0^2 / (2 pi^2) at centre 1."""

FOURIER_HEIGHT = 2.0 / (np.sqrt(2 * np.pi) * np.pi**-0.25)
"""Where a wavelet's response peaks at sqrt(2 pi) / pi^(1/4), and half of a real tone lies at negative frequencies."""


def pywt(precision: int) -> MakeMethod:
    """PyWavelets; it uses one thread."""

    def make(rate_hz: int, threads: int) -> Method:  # noqa: ARG001
        cwt: Any = importlib.import_module("pywt").cwt
        scales = rate_hz / frequencies_hz(rate_hz)
        # Its norm is L2: over the root of the scale for L1.
        heights = (2.0 / np.sqrt(scales))[:, None]

        def method(windows: Array) -> Array:
            transform, _ = cwt(windows, scales, MORLET, method="fft", precision=precision)
            return pooled(transform).swapaxes(0, 1) * heights

        return in_groups(method, 8)

    return make


def ptwt(rate_hz: int, threads: int) -> Method:
    """PyWavelets' algorithm on torch; its result is in double precision whatever it is given."""
    torch: Any = importlib.import_module("torch")
    cwt: Any = importlib.import_module("ptwt").cwt
    torch.set_num_threads(threads)
    scales = rate_hz / frequencies_hz(rate_hz)
    heights = (2.0 / np.sqrt(scales))[:, None]

    def method(windows: Array) -> Array:
        with torch.inference_mode():
            transform = cwt(torch.from_numpy(windows), scales, MORLET, precision=16)[0].numpy()
        return pooled(transform).swapaxes(0, 1) * heights

    return in_groups(method, 4)


def ssqueezepy(rate_hz: int, threads: int) -> Method:
    """ssqueezepy with its wavelets kept, zeros outside the window."""
    os.environ["SSQ_PARALLEL"] = "1" if threads > 1 else "0"
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    package: Any = importlib.import_module("ssqueezepy")
    wavelet = package.Wavelet(("morlet", {"mu": W0}))
    scales = W0 * rate_hz / (2 * np.pi * frequencies_hz(rate_hz))

    def method(windows: Array) -> Array:
        given = windows[0] if len(windows) == 1 else windows
        transform = package.cwt(given, wavelet, scales=scales, padtype="zero", nan_checks=False)[0]
        images: Array = pooled(transform).reshape(-1, SIZE, SIZE) * FOURIER_HEIGHT
        return images

    return in_groups(method, 8)


def preload_fftw() -> None:
    """The libraries that fCWT's wheel ships but does not point at, under the names that it asks the system for."""
    found = importlib.util.find_spec("fcwt")
    folder = Path(found.origin).parent if found and found.origin else Path()
    for library in ("libfftw3fl.so", "libfftw3f_ompl.so"):
        if (folder / library).exists():
            ctypes.CDLL(str(folder / library), ctypes.RTLD_GLOBAL)


def fcwt(planned: bool) -> MakeMethod:
    """fCWT, one window at a time; planned: with FFTW's measured plan, made beforehand, read from a file each time."""

    def make(rate_hz: int, threads: int) -> Method:
        preload_fftw()
        package: Any = importlib.import_module("fcwt")
        transform = np.zeros((SIZE, rate_hz), np.complex64)
        if planned:
            morlet = package.Morlet(W0 / (2 * np.pi))
            package.FCWT(morlet, threads, True, True).create_FFT_optimization_plan(rate_hz, "FFTW_MEASURE")

        def method(windows: Array) -> Array:
            # Made anew as its own `cwt` does: a second call with the same wavelet loses the memory of the first.
            morlet = package.Morlet(W0 / (2 * np.pi))
            scales = package.Scales(morlet, package.FCWT_LOGSCALES, rate_hz, LOWEST_HZ, HIGHEST * rate_hz, SIZE)
            package.FCWT(morlet, threads, planned, True).cwt(windows[0], scales, transform)
            images: Array = pooled(transform)[None] * FOURIER_HEIGHT
            return images

        return in_groups(method, 1)

    return make


METHODS: dict[str, MakeMethod] = {
    "wavelet/pywt-12": pywt(12),
    "wavelet/pywt-16": pywt(16),
    "wavelet/fCWT": fcwt(planned=False),
    "wavelet/fCWT planned": fcwt(planned=True),
    "wavelet/ssqueezepy": ssqueezepy,
    "wavelet/ptwt": ptwt,
}
