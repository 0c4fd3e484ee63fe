"""Train: the strikes of one fault, from when they happen to what the structure makes of them, in the spectrum.

A window closes on itself: the rings of what came before it are those of what ends it, so nothing has to lead in.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.signals.simulation.impacts import Floats, Manner, impact_times, load_zone

Spectrum = npt.NDArray[np.complex64]

TAPS = np.arange(-3, 5)
"""Samples around a pulse's moment that carry it."""

STEADY = Manner()
"""Strikes that are all alike."""


@dataclass(frozen=True)
class Train:
    """What strikes, how often, and by which way it is heard.

    Attributes:
        strikes_hz: strikes per second.
        zone_hz: how often a second the fault passes through the load zone.
        level_db: rms of what is heard of it, against the noise.
        paths: share of every mode in what is heard, (path, mode); strikes take the paths in turn.
        manner: slip, scatter, load zone, and what every second strike is scaled by.
        grains, spread_s: a rough fault strikes by so many pulses of random sign, over so long; one is a crisp knock.
        edge: a wide fault strikes again on leaving: after which share of an interval, and how hard.
        wander: a rolling element turns its fault towards the races and away: how deeply, how often a second.
    """

    strikes_hz: float
    zone_hz: float
    level_db: float
    paths: tuple[tuple[float, ...], ...]
    manner: Manner = STEADY
    grains: int = 1
    spread_s: float = 0.0
    edge: tuple[float, float] = (0.0, 0.0)
    wander: tuple[float, float] = (0.0, 1.0)


def struck(train: Train, duration_s: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Moments in [0, duration_s) and strengths of the strikes.

    Example:
        >>> times, strengths = struck(Train(100.0, 30.0, 0.0, ((1.0,),)), 1.0, np.random.default_rng(0))
        >>> times.size, float(strengths.min())
        (100, 1.0)
    """
    manner = train.manner
    times = impact_times(train.strikes_hz, manner.slip, duration_s, rng)
    strengths = load_zone(2 * np.pi * (train.zone_hz * times + rng.random()), manner.load_depth)
    if manner.scatter:
        strengths = strengths * np.exp(manner.scatter * rng.standard_normal(times.size))
    strengths[1::2] *= manner.alternate
    depth, wander_hz = train.wander
    if depth:
        turned = 0.5 + 0.5 * np.cos(2 * np.pi * (wander_hz * times + rng.random()))
        strengths = strengths * (1.0 - depth + depth * turned)
    if manner.present < 1.0:
        strengths = strengths * (rng.random(times.size) <= manner.present)
    return times, strengths


def pulses(times: Floats, strengths: Floats, n_samples: int, rate_hz: float) -> npt.NDArray[np.float32]:
    """Unit pulses between the samples, band-limited, closed on themselves.

    Args:
        times: in seconds, any shape.
        strengths: of the same shape.
        n_samples, rate_hz: what is returned.

    Returns:
        Shape (time,).

    Example:
        >>> pulses(np.array([0.25]), np.array([2.0]), 4, 4.0).round(3).tolist()
        [0.0, 2.0, 0.0, -0.0]
    """
    places = times.ravel() * rate_hz
    whole = np.floor(places).astype(np.int64)
    away = TAPS - (places - whole)[:, None]
    shares = np.sinc(away) * (0.5 + 0.5 * np.cos(np.pi * away / 4)) * strengths.ravel()[:, None]
    landed = np.bincount(((whole[:, None] + TAPS) % n_samples).ravel(), weights=shares.ravel(), minlength=n_samples)
    return landed.astype(np.float32)


def grained(
    times: Floats, strengths: Floats, train: Train, n_samples: int, rate_hz: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Strikes of a rough fault: each a burst of pulses of random sign, on whole samples."""
    shape = (times.size, train.grains)
    moments = times[:, None] + train.spread_s * rng.random(shape)
    heights = strengths[:, None] * rng.standard_normal(shape)
    places = (moments * rate_hz).astype(np.int64) % n_samples
    return np.bincount(places.ravel(), weights=heights.ravel(), minlength=n_samples).astype(np.float32)


def force(train: Train, n_samples: int, rate_hz: float, rng: np.random.Generator) -> list[npt.NDArray[np.float32]]:
    """What strikes the structure, path by path, each of shape (time,)."""
    times, strengths = struck(train, n_samples / rate_hz, rng)
    found = []
    for path in range(len(train.paths)):
        mine, hard = times[path :: len(train.paths)], strengths[path :: len(train.paths)]
        if train.grains > 1:
            found.append(grained(mine, hard, train, n_samples, rate_hz, rng))
            continue
        delay, share = train.edge
        if share:
            mine, hard = np.append(mine, mine + delay / train.strikes_hz), np.append(hard, share * hard)
        found.append(pulses(mine, hard, n_samples, rate_hz))
    return found


def rung(train: Train, modes: Spectrum, n_samples: int, rate_hz: float, rng: np.random.Generator) -> Spectrum:
    """The spectrum of what is heard of a train, its rms by `level_db` against 1.

    Args:
        train: what strikes.
        modes: answer of every mode of the structure, (mode, frequency).
        n_samples, rate_hz: of the window.
        rng: source of chance.

    Returns:
        (frequency,), as `rfft` gives it.
    """
    from scipy.fft import rfft

    total = np.zeros(modes.shape[1], dtype=np.complex64)
    for pulse, path in zip(force(train, n_samples, rate_hz, rng), train.paths, strict=True):
        total += rfft(pulse) * (np.asarray(path, dtype=np.float32) @ modes)
    return total * np.float32(10.0 ** (train.level_db / 20.0) / max(rms_of(total, n_samples), 1e-12))


def rms_of(spectrum: Spectrum, n_samples: int) -> float:
    """Rms of the samples of a spectrum that is 0 at both its ends, by Parseval.

    Example:
        >>> tone = 3.0 * np.sqrt(2) * np.cos(2 * np.pi * np.arange(64) / 8)
        >>> round(rms_of(np.fft.rfft(tone), 64), 6)
        3.0
    """
    return float(np.sqrt(2.0 * np.sum(spectrum.real**2 + spectrum.imag**2, dtype=np.float64)) / n_samples)
