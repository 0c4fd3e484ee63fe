"""Strangers: signals that no machine made, or that a recorder spoiled, of the length and rate of true ones."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirpeak, lfilter

Samples = npt.NDArray[np.float64]
Draw = np.random.Generator

VOWEL_HZ = (500.0, 1500.0, 2500.0)


def white_noise(_true: Samples, _rate_hz: float, draw: Draw) -> Samples:
    """A sensor that hears nothing but itself, at any level."""
    return draw.normal(size=len(_true)) * 10 ** draw.uniform(-3, 1)


def sine(true: Samples, rate_hz: float, draw: Draw) -> Samples:
    """A test tone, 80 dB above its noise."""
    time_s = np.arange(len(true)) / rate_hz
    return np.sin(2 * np.pi * draw.uniform(20, 0.4 * rate_hz) * time_s) + 1e-4 * draw.normal(size=len(true))


def silence(true: Samples, _rate_hz: float, _draw: Draw) -> Samples:
    """A sensor that was not plugged in."""
    return np.zeros_like(true)


def clipped(true: Samples, _rate_hz: float, draw: Draw) -> Samples:
    """A true recording whose range was set too small: a fifth to a half of the samples are at its ends."""
    centred = true - true.mean()
    limit = np.quantile(np.abs(centred), draw.uniform(0.5, 0.8))
    return np.asarray(np.clip(centred, -limit, limit))


def speech_like(true: Samples, rate_hz: float, draw: Draw) -> Samples:
    """A voice: pulses of a gliding pitch through three formants, in syllables."""
    n = len(true)
    swell = np.clip(30 * lfilter(*butter(2, 4 / (rate_hz / 2)), draw.normal(size=n)), 0, None)
    pitch_hz = draw.uniform(90, 220) * (1 + 0.05 * np.sin(2 * np.pi * 3 * np.arange(n) / rate_hz))
    phase = np.cumsum(pitch_hz) / rate_hz
    source = 2 * (phase % 1) - 1 + 0.3 * draw.normal(size=n)
    formants = [lfilter(*iirpeak(hz * draw.uniform(0.8, 1.2), 5, rate_hz), source) for hz in VOWEL_HZ]
    return np.asarray(swell * np.sum(formants, axis=0))


def held_samples(true: Samples, _rate_hz: float, _draw: Draw) -> Samples:
    """A true recording whose logger kept one sample in ten and repeated it."""
    return np.repeat(true[::10], 10)[: len(true)]


STRANGERS: Mapping[str, Callable[[Samples, float, Draw], Samples]] = {
    "white noise": white_noise,
    "a sine": sine,
    "silence": silence,
    "clipped": clipped,
    "speech-like": speech_like,
    "held samples": held_samples,
}
SPOILED = (clipped, held_samples)
"""Those that still hold a machine's fault, which a verdict may name."""
