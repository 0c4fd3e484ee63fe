"""Background: what a machine sounds like before anything is wrong: coloured noise, shaft lines, gear mesh, hum."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.signals.simulation.impacts import Floats

BLOCK = 256
"""Samples of a tone computed together; see `lines`."""


class Bump(NamedTuple):
    """A broad hill of noise: `height` times the floor at `centre_hz`, half as wide as `width_hz` on either side."""

    centre_hz: float
    width_hz: float
    height: float


class Mesh(NamedTuple):
    """Gear mesh: amplitude of each harmonic, and how deeply the shaft modulates them."""

    amplitudes: tuple[float, ...]
    depth: float


def coloured_noise(
    bumps: Sequence[Bump], tilt_db: float, n_samples: int, rate_hz: float, rng: np.random.Generator
) -> Floats:
    """Gaussian noise under a tilted floor with hills, rms 1.

    Args:
        bumps: Lorentzian hills of the amplitude.
        tilt_db: decibels per octave, from 1 kHz; negative falls towards high frequencies.
        n_samples, rate_hz: what is returned.
        rng: source of chance.

    Returns:
        Shape (time,).

    Example:
        >>> noise = coloured_noise([Bump(3000.0, 200.0, 9.0)], 0.0, 12000, 12000.0, np.random.default_rng(0))
        >>> round(float(noise.std()), 6)
        1.0
    """
    frequency = np.fft.rfftfreq(n_samples, 1.0 / rate_hz)
    octaves = np.log2(np.maximum(frequency, 50.0) / 1000.0)
    floor = 10.0 ** (tilt_db * octaves / 20.0)
    hills = sum((bump.height / (1 + (2 * (frequency - bump.centre_hz) / bump.width_hz) ** 2) for bump in bumps), 0.0)
    spectrum = np.fft.rfft(rng.standard_normal(n_samples)) * (floor * (1.0 + hills))
    spectrum[0] = 0.0
    noise: Floats = np.fft.irfft(spectrum, n_samples)
    return noise / float(noise.std())


def lines(
    orders: Floats, amplitudes: Floats, phases: Floats, speed_hz: float, n_samples: int, rate_hz: float
) -> Floats:
    """Sum of tones at multiples of shaft speed; those past the Nyquist rate are left out.

    Args:
        orders, amplitudes, phases: (line,), phases in radians.
        speed_hz: shaft turns per second.
        n_samples, rate_hz: what is returned.

    Returns:
        Shape (time,).

    Example:
        >>> lines(np.array([1.0]), np.array([2.0]), np.zeros(1), 30.0, 400, 12000.0)[:2].round(3)
        array([2., 2.])
    """
    heard = (orders * speed_hz < rate_hz / 2) & (amplitudes != 0)
    step = 2 * np.pi * orders[heard] * speed_hz / rate_hz
    # A phase is that of its block plus that within the block, so all tones together are one product of two matrices.
    blocks = np.exp(1j * (phases[heard] + np.outer(np.arange(0, n_samples, BLOCK), step))) * amplitudes[heard]
    within = np.exp(1j * np.outer(step, np.arange(BLOCK)))
    return np.asarray((blocks @ within).real.ravel()[:n_samples])


def mesh_lines(mesh: Mesh, order: float) -> tuple[Floats, Floats]:
    """Orders and amplitudes of a gear mesh: harmonics of the tooth rate, each with side bands a shaft turn apart.

    Example:
        >>> orders, amplitudes = mesh_lines(Mesh((1.0,), depth=0.5), order=32.0)
        >>> orders, amplitudes
        (array([31., 32., 33.]), array([0.25, 1.  , 0.25]))
    """
    harmonics = order * np.arange(1, len(mesh.amplitudes) + 1)
    beside = np.array([-1.0, 0.0, 1.0])
    share = np.array([mesh.depth / 2, 1.0, mesh.depth / 2])
    return np.add.outer(harmonics, beside).ravel(), np.multiply.outer(np.array(mesh.amplitudes), share).ravel()


def slow_swell(depth: float, swell_hz: float, n_samples: int, rate_hz: float, rng: np.random.Generator) -> Floats:
    """A factor that breathes around 1, as load and flow do.

    Example:
        >>> slow_swell(0.0, 5.0, 3, 12000.0, np.random.default_rng(0))
        array([1., 1., 1.])
    """
    angle = 2 * np.pi * (np.arange(n_samples) * (swell_hz / rate_hz) + rng.random())
    return np.asarray(1.0 + depth * np.cos(angle))
