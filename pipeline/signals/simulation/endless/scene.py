"""Scene: all that sounds in one window, and what a sensor hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.signals.simulation.background import Bump, lines
from pipeline.signals.simulation.endless.train import Spectrum, Train, rung
from pipeline.signals.simulation.impacts import Floats, Resonance

Heard = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Swing:
    """Noise that comes and goes periodically.

    Attributes:
        hz: how often a second.
        depth: of the swing; 1 reaches silence.
        harmonics: share of each harmonic of it.
    """

    hz: float
    depth: float
    harmonics: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Noise:
    """One source of noise.

    Attributes:
        level: its rms.
        tilt_db: decibels per octave, from 1 kHz.
        bumps: hills of its spectrum; without a floor it is nothing but those.
        floor: height of what lies between the hills.
        swings: how it comes and goes.
    """

    level: float = 1.0
    tilt_db: float = 0.0
    bumps: tuple[Bump, ...] = ()
    floor: float = 1.0
    swings: tuple[Swing, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What sounds, for as long as a window lasts.

    Attributes:
        modes: of the structure.
        noises: sources of noise; levels of all else are against 1.
        tones: (frequency in Hz, amplitude) of every steady tone.
        trains: what strikes, faults and others.
        cutoff_hz: where the recorder's filter ends; None for none within the band.
        bits: resolution of the recorder; None for a fine one.
        gain: g per rms of 1.
    """

    modes: tuple[Resonance, ...]
    noises: tuple[Noise, ...] = (Noise(),)
    tones: tuple[tuple[float, float], ...] = ()
    trains: tuple[Train, ...] = ()
    cutoff_hz: float | None = None
    bits: int | None = None
    gain: float = 1.0


@cache
def frequencies(n_samples: int, rate_hz: float) -> npt.NDArray[np.float32]:
    """Those of a window's spectrum, (frequency,)."""
    return np.fft.rfftfreq(n_samples, 1.0 / rate_hz).astype(np.float32)


@cache
def octaves(n_samples: int, rate_hz: float) -> npt.NDArray[np.float32]:
    """How many octaves each frequency lies above 1 kHz; all below 50 Hz as 50 Hz."""
    return np.log2(np.maximum(frequencies(n_samples, rate_hz), 50.0) / 1000.0).astype(np.float32)


def heard(scene: Scene, n_samples: int, rate_hz: float, rng: np.random.Generator) -> Heard:
    """What a sensor records of a scene.

    Args:
        scene: what sounds.
        n_samples, rate_hz: of the window.
        rng: source of chance: noise, phases, moments.

    Returns:
        Shape (time,), in g.

    Example:
        >>> scene = Scene(modes=(), noises=(Noise(level=2.0),))
        >>> round(float(heard(scene, 1200, 12000.0, np.random.default_rng(0)).std()), 3)
        2.0
    """
    from scipy.fft import irfft

    filtering = _filter(scene.cutoff_hz, n_samples, rate_hz)
    total = np.zeros(n_samples, dtype=np.float32)
    for noise in scene.noises:
        total += sounding(noise, filtering, n_samples, rate_hz, rng)
    if scene.trains:
        modes = answers(scene.modes, n_samples, rate_hz)
        spectra = [rung(train, modes, n_samples, rate_hz, rng) for train in scene.trains]
        total += irfft(np.sum(spectra, axis=0) * filtering, n_samples)
    if scene.tones:
        total += _tones(scene.tones, n_samples, rate_hz, rng)
    return _recorded(total, scene)


def _recorded(total: Heard, scene: Scene) -> Heard:
    if scene.bits is not None:
        step = np.float32(np.abs(total).max() / 2 ** (scene.bits - 1))
        total = np.asarray(np.round(total / step) * step)
    return np.asarray(total * np.float32(scene.gain))


def _filter(cutoff_hz: float | None, n_samples: int, rate_hz: float) -> npt.NDArray[np.float32]:
    """The recorder's low pass, of eighth order."""
    frequency = frequencies(n_samples, rate_hz)
    if cutoff_hz is None:
        return np.ones_like(frequency)
    return np.asarray(1.0 / np.sqrt(1.0 + (frequency / cutoff_hz) ** 16), dtype=np.float32)


def _tones(
    tones: Sequence[tuple[float, float]], n_samples: int, rate_hz: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    hz, amplitudes = np.array(tones).T
    phases = rng.uniform(0.0, 2 * np.pi, hz.size)
    return lines(hz, amplitudes, phases, 1.0, n_samples, rate_hz).astype(np.float32)


def answers(modes: Sequence[Resonance], n_samples: int, rate_hz: float) -> Spectrum:
    """Acceleration over force of every mode, of height `gain` at its centre: (mode, frequency).

    Example:
        >>> found = answers([Resonance(3000.0, 0.05, 2.0)], 1200, 12000.0)
        >>> int(abs(found[0]).argmax()) * 10, round(float(abs(found[0]).max()), 2)
        (3010, 2.0)
    """
    middles, damping, gains = (np.array(part, dtype=np.float32)[:, None] for part in zip(*modes, strict=True))
    ratio = frequencies(n_samples, rate_hz) / middles
    width = 2 * damping * ratio
    stiff = 1 - ratio**2
    # Numerator over denominator, made real by the conjugate: twice as quick as a complex division.
    scale = -gains * width * ratio / (stiff**2 + width**2)
    return np.asarray((scale * stiff) - 1j * (scale * width), dtype=np.complex64)


def sounding(
    noise: Noise, filtering: npt.NDArray[np.float32], n_samples: int, rate_hz: float, rng: np.random.Generator
) -> Heard:
    """One source of noise, (time,), of exactly its rms."""
    from scipy.fft import irfft

    frequency = frequencies(n_samples, rate_hz)
    shape = np.full_like(frequency, noise.floor)
    for bump in noise.bumps:
        shape += bump.height / (1 + (2 / bump.width_hz * (frequency - bump.centre_hz)) ** 2)
    if noise.tilt_db:
        shape *= np.exp2(octaves(n_samples, rate_hz) * np.float32(noise.tilt_db / 20 * np.log2(10)))
    chance = rng.standard_normal((2, frequency.size), dtype=np.float32)
    spectrum = (chance[0] + 1j * chance[1]) * (shape * filtering)
    spectrum[0] = spectrum[-1] = 0.0
    samples: Heard = irfft(spectrum, n_samples)
    for swing in noise.swings:
        samples *= swaying(swing, n_samples, rate_hz, rng)
    return samples * np.float32(noise.level / max(float(samples.std()), 1e-12))


def swaying(swing: Swing, n_samples: int, rate_hz: float, rng: np.random.Generator) -> Heard:
    """The factor by which noise comes and goes, (time,): around 1, never below 0.

    Example:
        >>> swaying(Swing(5.0, 0.0), 3, 12000.0, np.random.default_rng(0))
        array([1., 1., 1.], dtype=float32)
    """
    shares = np.array(swing.harmonics)
    phases = rng.uniform(0.0, 2 * np.pi, shares.size)
    wave: Floats = lines(np.arange(1.0, shares.size + 1), shares, phases, swing.hz, n_samples, rate_hz)
    wave = wave / max(float(np.abs(wave).max()), 1e-12)
    return np.asarray(np.maximum(1.0 + swing.depth * wave, 0.0), dtype=np.float32)
