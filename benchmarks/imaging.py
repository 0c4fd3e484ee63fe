"""Images from one second of signal: ours beside what is otherwise used, time and error, side by side in one run.

    python benchmarks/imaging.py --json imaging.json

Every method ends in an image of 224 x 224: wavelets as the RMS of the magnitude over 224 time cells, short-time
spectra resized. `max_error` is the largest deviation from a float64 reference, as a share of the image's maximum;
the wavelet's reference oversamples the transform eight times. All use a Morlet wavelet with w0 = 6. `--quick` keeps
12 kHz, single images and one thread. Medians; the spread is the interquartile range.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pywt
import torch
from ledger import Ledger, arguments, timed
from scipy.signal import ShortTimeFFT, get_window
from torch.nn.functional import interpolate

from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.engine.mothers import mother
from pipeline.preprocessing.images.wavelet import Wavelet, WaveletConfig

Array = npt.NDArray[np.float64]
Method = Callable[[Array], Any]
"""Signals (batch, time) to images (batch, row, column)."""

SIZE = 224
LOWEST_HZ, HIGHEST = 10.0, 0.45
N_FFT, HOP = 256, 64
CHECKED = slice(0, None, 8)
"""Rows held against the slow reference."""

PYWT_MORLET = f"cmor{36 / (2 * math.pi**2):.6f}-1.0"
"""PyWavelets' name for the Morlet wavelet with w0 = 6: bandwidth w0^2 / (2 pi^2) at centre 1."""


def signals(count: int, rate_hz: int) -> Array:
    """One second each: noise, a tone, and knocks that ring."""
    rng = np.random.default_rng(0)
    time_s = np.arange(rate_hz) / rate_hz
    knocks = np.zeros((count, rate_hz))
    knocks[:, :: rate_hz // 97] = 5.0
    ringing = np.exp(-800 * time_s) * np.sin(2 * np.pi * 0.24 * rate_hz * time_s)
    shape = 2 * rate_hz
    rung = np.fft.irfft(np.fft.rfft(knocks, shape) * np.fft.rfft(ringing, shape), shape)[:, :rate_hz]
    made = rng.standard_normal((count, rate_hz)) + np.sin(2 * np.pi * 29.9 * time_s) + rung
    centred: Array = made - made.mean(axis=1, keepdims=True)
    return centred


def frequencies_hz(rate_hz: int) -> Array:
    """Of the wavelet's rows, highest first."""
    return np.geomspace(HIGHEST * rate_hz, LOWEST_HZ, SIZE)


def wavelet_reference(samples: Array, rate_hz: int) -> Array:
    """The checked rows in float64: the transform at eight times the rate, its energy summed over each cell."""
    over, length = 8, 4 * rate_hz
    spectrum = np.fft.fft(samples, length)
    numbers = np.arange(-length, length + 1)
    edges = np.round((np.arange(SIZE + 1) / SIZE * rate_hz - 0.5) * over, 6)
    rows = []
    for frequency in frequencies_hz(rate_hz)[CHECKED] / rate_hz:
        wide = np.zeros(length * over, dtype=complex)
        wide[numbers] = spectrum[numbers % length] * mother("morlet").response(numbers / length / frequency)
        transform = np.fft.ifft(wide) * over
        energy = np.abs(np.roll(transform, over)[: (rate_hz + 2) * over]) ** 2
        swept = np.concatenate([[0.0], np.cumsum((energy[1:] + energy[:-1]) / 2)])
        cells = np.diff(np.interp(edges, np.arange(len(swept)) - over, swept))
        rows.append(np.sqrt(cells * SIZE / rate_hz / over))
    return np.array(rows)


def ours_wavelet(rate_hz: int) -> Method:
    """The stage, built once, as a model holds it."""
    config = WaveletConfig(rows=SIZE, columns=SIZE, min_hz=LOWEST_HZ, max_hz=HIGHEST * rate_hz)
    stage = Wavelet(config, Setting(float(rate_hz), rate_hz))

    def method(batch: Array) -> Any:
        with torch.inference_mode():
            return stage(Batch.of(torch.from_numpy(batch).float()[:, None], float(rate_hz))).values[:, 0].numpy()

    return method


def pywt_wavelet(rate_hz: int, precision: int) -> Method:
    """PyWavelets at the full rate, then the mean of the energy over each cell, rounded to whole samples."""
    scales = rate_hz / frequencies_hz(rate_hz)
    edges = np.round(np.arange(SIZE) / SIZE * rate_hz).astype(int)
    counts = np.diff(np.append(edges, rate_hz))
    # Twice, because half of a real tone lies at negative frequencies; over the root of the scale, for the L1 norm.
    height = 2.0 / np.sqrt(scales)[:, None]

    def one(samples: Array) -> Array:
        transform, _ = pywt.cwt(samples, scales, PYWT_MORLET, method="fft", precision=precision)
        image: Array = height * np.sqrt(np.add.reduceat(np.abs(transform) ** 2, edges, axis=1) / counts)
        return image

    return lambda batch: np.stack([one(samples) for samples in batch])


def ours_stft(rate_hz: int) -> Method:
    """Two stages in a chain."""
    chain = Chain([{"stft": {"n_fft": N_FFT, "hop": HOP}}, {"resize": {}}], Setting(float(rate_hz), rate_hz))

    def method(batch: Array) -> Any:
        with torch.inference_mode():
            return chain(Batch.of(torch.from_numpy(batch).float()[:, None], float(rate_hz))).values[:, 0].numpy()

    return method


def torch_stft() -> Method:
    """torch.stft and the anti-aliased resize of torch."""
    window = torch.hann_window(N_FFT)
    scale = 2.0 / window.sum()

    def method(batch: Array) -> Any:
        with torch.inference_mode():
            samples = torch.from_numpy(batch).float()
            image = torch.stft(samples, N_FFT, HOP, window=window, center=False, return_complex=True).abs() * scale
            image[:, [0, -1]] /= 2
            return interpolate(image[:, None], (SIZE, SIZE), mode="bilinear", antialias=True)[:, 0].flip(-2).numpy()

    return method


def scipy_stft(rate_hz: int) -> Method:
    """scipy in float64 and the resize of torch, which scipy has not; also the reference."""
    transform = ShortTimeFFT(get_window("hann", N_FFT), HOP, rate_hz, fft_mode="onesided2X", scale_to="magnitude")
    first, last = transform.lower_border_end[1], transform.upper_border_begin(rate_hz)[1]

    def method(batch: Array) -> Any:
        image = torch.from_numpy(np.abs(transform.stft(batch, p0=first, p1=last, axis=-1)))
        return interpolate(image[:, None], (SIZE, SIZE), mode="bilinear", antialias=True)[:, 0].flip(-2).numpy()

    return method


def compare(
    ledger: Ledger, job: str, methods: dict[str, Method], batch: Array, reference: Array, threads: int, repeats: int
) -> None:
    """Time every method on one batch; `ours` comes first, the others are held against it."""
    torch.set_num_threads(threads)
    ours = 0.0
    for name, method in methods.items():
        image = method(batch[:1])[0]
        checked = image[CHECKED] if len(reference) < SIZE else image
        error = float(np.abs(checked - reference).max() / reference.max())
        slow = name.startswith("pywt")
        median, spread = timed(lambda method=method: method(batch), 3 if slow else repeats)  # type: ignore[misc]
        ours = ours or median
        ledger.add(
            job=job,
            method=name,
            batch=len(batch),
            threads=threads,
            ms_per_image=round(1e3 * median / len(batch), 3),
            iqr_ms=round(1e3 * spread / len(batch), 3),
            ratio_to_ours=round(median / ours, 2),
            max_error=float(f"{error:.2g}"),
        )


def main() -> None:
    """Every rate, batch and number of threads."""
    options = arguments(__doc__)
    ledger = Ledger("imaging.py")
    repeats = 15 if options.quick else 31
    for rate_hz in (12000,) if options.quick else (12000, 48000):
        wavelets = {"ours": ours_wavelet(rate_hz), "pywt-16": pywt_wavelet(rate_hz, 16)}
        if not options.quick:
            wavelets["pywt-12"] = pywt_wavelet(rate_hz, 12)
        stfts = {"ours": ours_stft(rate_hz), "torch.stft": torch_stft(), "scipy ShortTimeFFT": scipy_stft(rate_hz)}
        one = signals(1, rate_hz)
        references = wavelet_reference(one[0], rate_hz), scipy_stft(rate_hz)(one)[0]
        for count in (1,) if options.quick else (1, 64):
            batch = np.concatenate([one, signals(count, rate_hz)[1:]])
            # Sixty-four at a time change nothing for a method that takes one at a time.
            wanted = {name: method for name, method in wavelets.items() if count == 1 or name == "ours"}
            for threads in (1,) if options.quick else (1, 2):
                for kind, methods, reference in zip(("wavelet", "stft"), (wanted, stfts), references, strict=True):
                    job = f"{kind} {rate_hz // 1000} kHz x 1 s"
                    compare(ledger, job, methods, batch, reference, threads, repeats)
    ledger.note(f"{SIZE} x {SIZE} pixels; wavelet: w0 = 6, {LOWEST_HZ:g} Hz to {HIGHEST:g} of the rate; pywt pooled.")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
