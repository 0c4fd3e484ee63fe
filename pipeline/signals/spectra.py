"""Spectra: how a recording is looked at by eye, from a stretch of bounded length; plain functions of arrays."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def power_density(stretches: Sequence[Floats], rate_hz: float, segment: int) -> tuple[Floats, Floats]:
    """Power spectral density by Welch's method, averaged over stretches of one recording by their length.

    Args:
        stretches: samples, each (time,), mean removed.
        rate_hz: sampling rate; 1 gives cycles per sample.
        segment: longest segment, in samples; Hann window, half overlapping.

    Returns:
        Frequencies, shape (frequency,), and density in the unit of the samples squared per Hz.

    Source: Welch (1967), IEEE Trans. Audio Electroacoust. 15, 70-73.

    Example:
        >>> frequencies, density = power_density([np.random.default_rng(0).standard_normal(40000)], 1000.0, 256)
        >>> round(float(density[1:-1].mean()), 3), float(frequencies[-1])
        (0.002, 500.0)
    """
    from scipy.signal import welch

    longest = max(map(len, stretches))
    segment = min(segment, longest)
    whole = [stretch for stretch in stretches if len(stretch) >= segment]
    found = [welch(stretch, rate_hz, "hann", segment, segment // 2, detrend="constant") for stretch in whole]
    weights = [len(stretch) for stretch in whole]
    frequencies = np.asarray(found[0][0], dtype=np.float64)
    density = np.average([each for _, each in found], axis=0, weights=weights)
    return frequencies, np.asarray(density, dtype=np.float64)


def squared_envelope(samples: Floats, above: float = 0.0) -> Floats:
    """Squared magnitude of the analytic signal, of all that lies at or above some frequency.

    Args:
        samples: any unit, shape (time,), mean removed; taken as one period of a signal that repeats itself.
        above: in cycles per sample.

    Returns:
        Shape (time,), in the unit of the samples squared; a sine of amplitude a reads a squared.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, section 5.

    Example:
        >>> squared_envelope(3 * np.cos(2 * np.pi * 0.1 * np.arange(1000)))[:2].round(6)
        array([9., 9.])
    """
    from scipy.fft import ifft, rfft

    count = len(samples)
    half = rfft(samples)
    half[: ceil(above * count)] = 0
    half[1 : (count + 1) // 2] *= 2  # what stands at 0 and at Nyquist is its own mirror image
    return np.asarray(np.abs(ifft(half, count)) ** 2, dtype=np.float64)


def envelope_spectrum(samples: Floats, rate_hz: float) -> tuple[Floats, Floats]:
    """Spectrum of the squared envelope, its mean removed, under a Hann window.

    Args:
        samples: shape (time,), mean removed.
        rate_hz: sampling rate.

    Returns:
        Frequencies in Hz, shape (frequency,), and magnitudes in the unit of the samples squared; a part of the
        squared envelope that swings by +-a reads a, as in `pipeline.preprocessing.samples.envelope`.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, section 5.

    Example:
        >>> time_s = np.arange(1000) / 1000
        >>> knocking = (1 + 0.5 * np.cos(2 * np.pi * 20 * time_s)) * np.cos(2 * np.pi * 200 * time_s)
        >>> frequencies_hz, magnitude = envelope_spectrum(knocking, rate_hz=1000.0)
        >>> float(frequencies_hz[magnitude.argmax()]), round(float(magnitude.max()), 3)
        (20.0, 1.0)
    """
    from scipy.signal.windows import hann

    squared = squared_envelope(samples)
    window = hann(len(samples), sym=False)
    magnitude: Floats = np.abs(np.fft.rfft((squared - squared.mean()) * window)) * (2.0 / window.sum())
    return np.asarray(np.fft.rfftfreq(len(samples), 1 / rate_hz), dtype=np.float64), magnitude


def spectrogram(samples: Floats, rate_hz: float, rows: int = 256, columns: int = 400) -> tuple[Floats, Floats, Floats]:
    """Power over time and frequency, in dB.

    Args:
        samples: shape (time,), mean removed.
        rate_hz: sampling rate.
        rows, columns: frequencies, and about the most times.

    Returns:
        Times in s, shape (time,), frequencies in Hz, shape (frequency,), and dB above one unit squared per Hz, shape
        (frequency, time).

    Example:
        >>> times_s, frequencies_hz, level_db = spectrogram(np.sin(np.arange(8192.0)), rate_hz=8192.0)
        >>> level_db.shape == (len(frequencies_hz), len(times_s))
        True
    """
    from scipy.signal import welch

    segment = min(2 * rows, len(samples))
    # A column averages all that lies in its time, so that nothing between columns is skipped unseen.
    width = max(segment, len(samples) // columns)
    starts = np.arange(0, len(samples) - width + 1, max(1, width // 2 if width == segment else width))
    found = [welch(samples[start : start + width], rate_hz, "hann", segment, segment // 2) for start in starts]
    density = np.stack([each for _, each in found], axis=1).astype(np.float64)
    times = ((starts + width / 2) / rate_hz).astype(np.float64)
    return times, found[0][0].astype(np.float64), 10 * np.log10(density + np.finfo(np.float64).tiny)
