"""Gear states: nine states of a pinion in the layout of a public data set, simulated, with several gears to each state.

The states, their records and the matrix they lie in are those of Cao, Zhang and Tang (2018), so that whatever reads
their recordings reads these. The public set has one pinion per state, here there are several: a state is simulated on
pinions of their own errors, damaged to a depth of their own, so that a model can be tested on a pinion it never saw.

A sound mesh is harmonics of the tooth rate, modulated by the errors of the pinion's teeth and its runout. While a
damaged tooth is engaged the mesh is fainter and late; where its flank is broken, it strikes, and the housing rings.

Source: Cao, Zhang and Tang (2018), IEEE Access 6, 26241-26253 (the states). McFadden (1986), Detecting fatigue cracks
in gears by amplitude and phase demodulation of the meshing vibration, J. Vib. Acoust. 108 (a fault as a fall of
amplitude and a lag of phase, once a turn). Depths, levels and spreads are ours, and fitted to no recording.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from pipeline.signals.simulation.background import Bump, coloured_noise
from pipeline.signals.simulation.impacts import Floats, Resonance, ringing

RATE_HZ = 20000.0
N_SAMPLES = 3600
RECORDS = 104
"""Of one pinion."""

TEETH = 32
SECOND_STAGE = 48 * 32 / 80
"""Mesh of the second stage, 48 teeth behind 32 to 80, in turns of the pinion."""

SPEED_HZ = 30.0
"""Ours, the public set states none: a record is 5.4 turns of the pinion, and two of the wheel that it drives."""
SPEED_SPREAD, LOADS = 0.03, (0.7, 1.3)

HARMONICS = (1.0, 0.6, 0.35, 0.2, 0.1)
"""Of the first mesh; all levels are in the height of its first harmonic."""
SECOND_LEVEL, NOISE = 0.5, 0.5
BUMPS = (Bump(2400.0, 900.0, 2.0), Bump(6200.0, 1500.0, 1.5))
HOUSING = (Resonance(2900.0, 0.04, 1.0), Resonance(5400.0, 0.03, 0.8), Resonance(7700.0, 0.03, 0.5))

LEAD_IN = 400
"""Samples before a record; rings of earlier blows are over in less."""


class GearState(NamedTuple):
    """What a damaged tooth does as it passes the mesh.

    Attributes:
        loss: share of the mesh's amplitude that is gone in the middle of the passage.
        lag: radians that its first harmonic is late there.
        span: teeth, from where the mesh begins to falter to where it is whole again.
        blows: (place in teeth from the middle of the passage, strength), ringing to so many heights of the first mesh.
    """

    loss: float = 0.0
    lag: float = 0.0
    span: float = 1.6
    blows: tuple[tuple[float, float], ...] = ()

    def scaled(self, depth: float) -> "GearState":
        """The same damage, so many times as deep."""
        blows = tuple((place, depth * strength) for place, strength in self.blows)
        return self._replace(loss=min(depth * self.loss, 1.0), lag=depth * self.lag, blows=blows)


CHIPPED = GearState(loss=0.6, lag=0.4, span=1.2, blows=((-0.3, 9.0),))
"""The worst of five; which of 5a and 1a is the worst is not told with the public set, here it is 5a."""

STATES = {
    "healthy": GearState(),
    "missing_tooth": GearState(loss=0.9, lag=1.2, span=2.0, blows=((0.8, 14.0),)),  # the next tooth takes the load
    "root_crack": GearState(loss=0.4, lag=0.6),  # a soft tooth, whose flank is whole
    "spalling": GearState(loss=0.1, lag=0.1, span=0.8, blows=((-0.2, 5.0), (0.3, 4.0))),  # into the pit and out of it
    **{f"chipping_{severity}a": CHIPPED.scaled(severity / 5) for severity in (5, 4, 3, 2, 1)},
}
"""In the order in which their records follow one another."""

DEPTH_SPREAD = 0.08
"""No two damages are equally deep: standard deviation of the logarithm."""
ERROR_SPREAD = 0.04
"""Of the teeth of one pinion, as a share of the mesh."""


class Pinion(NamedTuple):
    """One part, and how it was built in; the group key of honest splits.

    Attributes:
        state: what is wrong with it, as deep as it is on this one.
        tooth: the damaged one.
        errors: (tooth,), by how much the mesh is louder at each.
        runout: (depth, phase) of the modulation once a turn.
        harmonics, phases: of the mesh.
        housing: modes between it and the sensor.
    """

    state: GearState
    tooth: int
    errors: Floats
    runout: tuple[float, float]
    harmonics: Floats
    phases: Floats
    housing: tuple[Resonance, ...]


class Run(NamedTuple):
    """What differs from record to record: speed, load as a share of the usual, and the turn it begins in."""

    speed_hz: float
    load: float
    begin: float


def pinion_of(state: str, number: int, seed: int = 0) -> Pinion:
    """The pinion of a state in one of the sets.

    Args:
        state: of `STATES`.
        number: of the set, from 1.
        seed: of everything.

    Example:
        >>> pinion_of("healthy", 1).state.loss, pinion_of("chipping_1a", 1).errors.shape
        (0.0, (32,))
    """
    rng = np.random.default_rng([seed, number, list(STATES).index(state)])
    depth = float(np.exp(DEPTH_SPREAD * rng.standard_normal()))
    shift = 1 + 0.015 * rng.standard_normal()
    return Pinion(
        state=STATES[state].scaled(depth),
        tooth=int(rng.integers(TEETH)),
        errors=ERROR_SPREAD * rng.standard_normal(TEETH),
        runout=(rng.uniform(0.03, 0.15), rng.uniform(0, 2 * np.pi)),
        harmonics=np.array(HARMONICS) * np.exp(0.15 * rng.standard_normal(len(HARMONICS))),
        phases=rng.uniform(0, 2 * np.pi, len(HARMONICS)),
        housing=tuple(mode._replace(frequency_hz=mode.frequency_hz * shift) for mode in HOUSING),
    )


def run_of(record: int, number: int, seed: int = 0) -> Run:
    """How the machine ran during one record of a set.

    Example:
        >>> abs(run_of(0, 1).speed_hz / SPEED_HZ - 1) <= SPEED_SPREAD
        True
    """
    rng = np.random.default_rng([seed, number, record, 0x90])
    return Run(SPEED_HZ * (1 + rng.uniform(-SPEED_SPREAD, SPEED_SPREAD)), rng.uniform(*LOADS), rng.random())


def gear_record(pinion: Pinion, run: Run, rng: np.random.Generator, n_samples: int = N_SAMPLES) -> Floats:
    """What an accelerometer on the housing hears.

    Args:
        pinion: the part.
        run: speed, load, and where the turn begins.
        rng: of noise, and of the phases of the second stage.
        n_samples: at `RATE_HZ`.

    Returns:
        Shape (time,), the first harmonic of the mesh 1 high at the usual load.

    Example:
        >>> gear_record(pinion_of("spalling", 1), run_of(0, 1), np.random.default_rng(0)).shape
        (3600,)
    """
    n_all = n_samples + LEAD_IN
    turns = np.asarray(run.begin + (np.arange(n_all) - LEAD_IN) * (run.speed_hz / RATE_HZ), dtype=np.float64)
    heard = run.load * (mesh(pinion, turns) + second_mesh(turns, rng)) + blows(pinion, run, n_all)
    heard += NOISE * coloured_noise(BUMPS, -1.0, n_all, RATE_HZ, rng)
    return heard[LEAD_IN:]


def passing(pinion: Pinion, turns: Floats) -> Floats:
    """How far the damaged tooth is in mesh, 0 to 1, at each place of the pinion.

    Example:
        >>> pinion = pinion_of("root_crack", 1)._replace(tooth=8)
        >>> passing(pinion, np.array([0.25, 0.5, 1.25])).round(3)
        array([1., 0., 1.])
    """
    away = (turns * TEETH - pinion.tooth + TEETH / 2) % TEETH - TEETH / 2
    near = np.minimum(np.abs(away) / (pinion.state.span / 2), 1.0)
    return np.asarray(0.5 * (1 + np.cos(np.pi * near)))


def mesh(pinion: Pinion, turns: Floats) -> Floats:
    """The first stage: harmonics of the tooth rate, louder and fainter tooth by tooth, faltering at the damaged one.

    Args:
        pinion: the part.
        turns: of the pinion, shape (time,).
    """
    depth, phase = pinion.runout
    errors = np.interp((turns * TEETH) % TEETH, np.arange(TEETH + 1), np.append(pinion.errors, pinion.errors[0]))
    gone = passing(pinion, turns)
    swell = (1 + errors + depth * np.cos(2 * np.pi * turns + phase)) * (1 - pinion.state.loss * gone)
    order = np.arange(1, len(pinion.harmonics) + 1)[:, None]
    angle = order * (2 * np.pi * TEETH * turns - pinion.state.lag * gone) + pinion.phases[:, None]
    return np.asarray(swell * (pinion.harmonics @ np.cos(angle)))


def second_mesh(turns: Floats, rng: np.random.Generator) -> Floats:
    """The sound stage behind it: two harmonics of its tooth rate, in phases that no record shares with another."""
    phases = rng.uniform(0, 2 * np.pi, 2)
    angle = 2 * np.pi * SECOND_STAGE * turns
    return np.asarray(SECOND_LEVEL * (np.cos(angle + phases[0]) + 0.4 * np.cos(2 * angle + phases[1])))


def blows(pinion: Pinion, run: Run, n_samples: int) -> Floats:
    """What rings where a broken flank strikes, `LEAD_IN` samples before the record on; harder under more load."""
    if not pinion.state.blows:
        return np.zeros(n_samples)
    first = run.begin - LEAD_IN * run.speed_hz / RATE_HZ
    spent = n_samples * run.speed_hz / RATE_HZ
    times, strengths = [], []
    for place, strength in pinion.state.blows:
        until = (pinion.tooth + place) / TEETH - first
        passages = np.arange(until % 1, spent, 1.0)
        times.append(passages / run.speed_hz)
        strengths.append(np.full(passages.size, strength * np.sqrt(run.load)))
    rung = ringing(np.concatenate(times), np.concatenate(strengths), pinion.housing, n_samples, RATE_HZ)
    return rung / height_of_a_ring(pinion.housing)


@cache
def height_of_a_ring(housing: tuple[Resonance, ...]) -> float:
    """How high one blow of strength 1 rings before it is scaled."""
    rung = ringing(np.zeros(1), np.ones(1), housing, N_SAMPLES, RATE_HZ)
    return float(np.abs(rung).max())
