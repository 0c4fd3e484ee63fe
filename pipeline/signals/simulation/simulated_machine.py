"""A simulated machine: one shaft, the bearing listened to, and everything about it that a diagnosis must not learn."""

from dataclasses import dataclass, field

import numpy as np

from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear
from pipeline.signals.simulation.background import Bump, Mesh
from pipeline.signals.simulation.impacts import Manner, Resonance, random_manner

NO_MESH = Mesh(amplitudes=(), depth=0.0)
STEADY = Manner()


@dataclass(frozen=True)
class Neighbour:
    """Another bearing of the machine, faulty, heard through the structure.

    Attributes:
        bearing, label: the part and what is wrong with it.
        level_db: its rms against the machine's background.
        manner: how its fault behaves.
    """

    bearing: Bearing
    label: str
    level_db: float
    manner: Manner = STEADY


@dataclass(frozen=True)
class Machine:
    """A machine with one bearing of interest, the physical specimen of every signal simulated from it.

    Attributes:
        name: of the machine and of its specimen.
        seed: fixes how its faults behave (see `manner`).
        speed_rpm: nominal speed.
        bearing, gear: geometry; without a gear there is no mesh.
        resonances: modes of the structure between bearing and sensor.
        bumps, tilt_db: colour of the noise.
        shaft_lines: amplitude of shaft harmonics 1, 2, ..., noise rms = 1.
        mesh: gear mesh, noise rms = 1.
        hum: (frequency in Hz, amplitude) of a tone that has nothing to do with the shaft.
        swell: (depth, frequency in Hz) of the noise's slow breathing.
        neighbour: cross-talk.
        gain: g per noise rms.
        manners: how its faults behave, where it is set and not drawn.

    Example:
        >>> machine = Machine("pump", seed=1, speed_rpm=1800.0, bearing=Bearing(stated_orders=(3.6, 5.4, 4.7, 0.4)))
        >>> machine.manner("outer_race") == machine.manner("outer_race")
        True
    """

    name: str
    seed: int
    speed_rpm: float
    bearing: Bearing
    gear: Gear | None = None
    resonances: tuple[Resonance, ...] = (Resonance(3000.0, 0.03, 1.0),)
    bumps: tuple[Bump, ...] = ()
    tilt_db: float = 0.0
    shaft_lines: tuple[float, ...] = ()
    mesh: Mesh = NO_MESH
    hum: tuple[float, float] = (100.0, 0.0)
    swell: tuple[float, float] = (0.0, 1.0)
    neighbour: Neighbour | None = None
    gain: float = 1.0
    manners: dict[str, Manner] = field(default_factory=dict)

    def manner(self, label: str) -> Manner:
        """How a fault behaves on this machine: as set in `manners`, otherwise drawn once and for all."""
        if label in self.manners:
            return self.manners[label]
        return random_manner(label, np.random.default_rng([self.seed, *label.encode()]))


def random_bearing(rng: np.random.Generator) -> Bearing:
    """A bearing of plausible geometry.

    Example:
        >>> 6 <= random_bearing(np.random.default_rng(0)).n_elements <= 16
        True
    """
    return Bearing(name="random", n_elements=int(rng.integers(6, 17)), diameter_ratio=rng.uniform(0.12, 0.38))


def random_machine(
    seed: int,
    bearing: Bearing | None = None,
    gear: Gear | None = None,
    speed_rpm: float | None = None,
    neighbour: Neighbour | None = None,
    name: str | None = None,
) -> Machine:
    """Draw a machine.

    Args:
        seed: the same seed gives the same machine.
        bearing, gear, speed_rpm, neighbour: as wanted; what is None is drawn, a neighbour in two cases of three.
        name: of the machine and its specimen.

    Source: the ranges are those under which a net trained on simulations alone read real bearings best (ours).

    Example:
        >>> random_machine(7) == random_machine(7)
        True
    """
    rng = np.random.default_rng([seed, 0xFA117])
    return Machine(
        name=name or f"machine-{seed}",
        seed=seed,
        bearing=bearing or random_bearing(rng),
        gear=gear or Gear(teeth=(int(rng.integers(17, 48)), int(rng.integers(30, 120)))),
        speed_rpm=speed_rpm or float(rng.uniform(1200.0, 2400.0)),
        neighbour=neighbour or _random_neighbour(rng),
        resonances=_random_resonances(rng),
        bumps=_random_bumps(rng),
        tilt_db=rng.uniform(-3.0, 1.0),
        shaft_lines=_random_shaft_lines(rng),
        mesh=_random_mesh(rng),
        hum=(rng.uniform(20.0, 150.0), rng.choice([0.0, rng.uniform(0.0, 0.5)])),
        swell=(rng.choice([0.0, rng.uniform(0.0, 0.5)], p=[0.7, 0.3]), rng.uniform(1.0, 40.0)),
        gain=10.0 ** rng.uniform(-2.0, 0.5),
    )


def _random_resonances(rng: np.random.Generator) -> tuple[Resonance, ...]:
    return tuple(
        Resonance(rng.uniform(500.0, 5800.0), rng.uniform(0.01, 0.08), rng.uniform(0.3, 1.0))
        for _ in range(rng.integers(1, 5))
    )


def _random_bumps(rng: np.random.Generator) -> tuple[Bump, ...]:
    return tuple(
        Bump(rng.uniform(100.0, 5900.0), rng.uniform(20.0, 600.0), rng.uniform(0.0, 9.0))
        for _ in range(rng.integers(0, 6))
    )


def _random_shaft_lines(rng: np.random.Generator) -> tuple[float, ...]:
    count = int(rng.integers(1, 12))
    return tuple(rng.uniform(0.0, 0.3, count) / np.sqrt(np.arange(1, count + 1)))


def _random_mesh(rng: np.random.Generator) -> Mesh:
    first = rng.uniform(0.0, 0.8)
    return Mesh(tuple(first * rng.uniform(0.1, 1.0, int(rng.integers(1, 4)))), depth=rng.uniform(0.0, 1.0))


def _random_neighbour(rng: np.random.Generator) -> Neighbour | None:
    if rng.random() > 2 / 3:
        return None
    label = str(rng.choice(["outer_race", "inner_race", "ball"]))
    return Neighbour(random_bearing(rng), label, rng.uniform(-20.0, -6.0), random_manner(label, rng))
