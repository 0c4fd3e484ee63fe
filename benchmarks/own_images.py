"""Own images: our stages, and short-time spectra with torch and scipy, which we install anyway; runs in `.venv`."""

from typing import Any

import numpy as np
import torch
from image_jobs import HIGHEST, HOP, LOWEST_HZ, N_FFT, ORDERS, SIZE, SPEED_HZ, Array, MakeMethod, Method
from scipy.signal import ShortTimeFFT, get_window
from torch import Tensor
from torch.nn.functional import interpolate

from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec


def ours(*stages: dict[str, Any]) -> MakeMethod:
    """Stages in a chain, built once, as a model holds them."""

    def make(rate_hz: int, threads: int) -> Method:
        torch.set_num_threads(threads)
        specs: list[StageSpec] = [
            {name: {key: value(rate_hz) if callable(value) else value for key, value in options.items()}}
            for stage in stages
            for name, options in stage.items()
        ]
        chain = Chain(specs, Setting(float(rate_hz), rate_hz))

        def method(windows: Array) -> Array:
            with torch.inference_mode():
                batch = Batch.of(torch.from_numpy(windows)[:, None], float(rate_hz), SPEED_HZ, ORDERS)
                # The first plane is the image; `fault_order` has three, which are not held against anything here.
                images: Array = chain(batch).values[:, 0].numpy()
            return images

        return method

    return make


def resized(spectra: Tensor) -> Array:
    """Anti-aliased, highest frequency on top."""
    size = (SIZE, SIZE)
    images: Array = interpolate(spectra[:, None], size, mode="bilinear", antialias=True)[:, 0].flip(-2).numpy()
    return images


def torch_stft(rate_hz: int, threads: int) -> Method:  # noqa: ARG001
    """torch.stft and the anti-aliased resize of torch."""
    torch.set_num_threads(threads)
    window = torch.hann_window(N_FFT)
    scale = 2.0 / window.sum()

    def method(windows: Array) -> Array:
        with torch.inference_mode():
            samples = torch.from_numpy(windows)
            spectra = torch.stft(samples, N_FFT, HOP, window=window, center=False, return_complex=True).abs() * scale
            # 0 Hz and Nyquist have no mirror to count.
            spectra[:, [0, -1]] /= 2
            return resized(spectra)

    return method


def scipy_stft(rate_hz: int, threads: int) -> Method:
    """scipy in float64 and the resize of torch, which scipy has not."""
    torch.set_num_threads(threads)
    transform = ShortTimeFFT(get_window("hann", N_FFT), HOP, rate_hz, fft_mode="onesided2X", scale_to="magnitude")
    first, last = transform.lower_border_end[1], transform.upper_border_begin(rate_hz)[1]

    def method(windows: Array) -> Array:
        spectra = np.abs(transform.stft(windows.astype(np.float64), p0=first, p1=last, axis=-1))
        return resized(torch.from_numpy(spectra))

    return method


def _highest_hz(rate_hz: int) -> float:
    return HIGHEST * rate_hz


WAVELET = {"wavelet": {"rows": SIZE, "columns": SIZE, "min_hz": LOWEST_HZ, "max_hz": _highest_hz}}

METHODS: dict[str, MakeMethod] = {
    "wavelet/ours": ours(WAVELET),
    "stft/ours": ours({"stft": {"n_fft": N_FFT, "hop": HOP}}, {"resize": {"rows": SIZE, "columns": SIZE}}),
    "stft/torch.stft": torch_stft,
    "stft/scipy ShortTimeFFT": scipy_stft,
    "fault_order/ours": ours({"fault_order": {}}),
    "fault_order/ours, side bands": ours({"fault_order": {"sidebands": ["shaft", "cage"]}}),
}
