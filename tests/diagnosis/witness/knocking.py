"""Signals of known truth, made by hand: knocks that ring, modulated noise, tones; nothing of the package."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATE_HZ, SPEED_HZ, SECONDS = 12000.0, 30.0, 8.0
N_SAMPLES = round(RATE_HZ * SECONDS)
TIME_S = np.arange(N_SAMPLES) / RATE_HZ


def noise(seed: int = 0) -> Floats:
    """White noise, rms 1."""
    return np.random.default_rng(seed).standard_normal(N_SAMPLES)


def knocks(
    order: float,
    slip: float = 0.005,
    seed: int = 0,
    ring_hz: float = 3200.0,
    swing: float = 0.0,
    swing_order: float = 1.0,
) -> Floats:
    """Impacts at an order of the shaft, each interval off by its own share, ringing at a resonance; peaks about 1.

    `swing` is how deeply they are modulated once per `swing_order`.
    """
    rng = np.random.default_rng(seed)
    gaps = (1 + slip * rng.standard_normal(round(2 * order * SPEED_HZ * SECONDS))) / (order * SPEED_HZ)
    moments = np.cumsum(gaps)
    moments = moments[moments < SECONDS - 0.01]
    strengths = 1 + swing * np.cos(2 * np.pi * swing_order * SPEED_HZ * moments)
    pulses = np.zeros(N_SAMPLES)
    np.add.at(pulses, (moments * RATE_HZ).astype(int), strengths)
    ring_s = np.arange(240) / RATE_HZ
    ring = np.exp(-600 * ring_s) * np.sin(2 * np.pi * ring_hz * ring_s)
    return np.convolve(pulses, ring)[:N_SAMPLES]


def tones(*lines: tuple[float, float]) -> Floats:
    """(order, amplitude) of the shaft, summed, each with a phase of its own."""
    return sum(
        (height * np.cos(2 * np.pi * order * SPEED_HZ * TIME_S + place) for place, (order, height) in enumerate(lines)),
        np.zeros(N_SAMPLES),
    )
