"""A demo fleet: simulated machines of known truth, some to learn from and others, never seen, in an inbox.

Hard on purpose where plants are: every machine has its own resonances, noise, gear mesh, speed and gain, and most hear
a faulty neighbour, so that no place in a picture means a fault; only the pattern does.
"""

from collections.abc import Iterator

import numpy as np

from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.simulated_machine import Machine, random_machine
from pipeline.signals.simulation.synthetic import simulate

FLEET_LABELS = ("healthy", "outer_race", "inner_race", "ball", "imbalance", "misalignment")
FLEET_BEARINGS = ("6205", "6203")
RATE_HZ = 12000.0
DURATION_S = 4.2

NOMINAL_RPM = (1000.0, 2700.0)
SECOND_SPEED = (0.7, 0.9)
"""The second recording's speed, as a share of the nominal one."""

IMPACT_DB = (0.0, 12.0)
ROTOR_DB = (-6.0, 6.0)
"""Fault against background: impacts are spread over a wide band and need more of it than lines do."""


def demo_fleet(seed: int = 0, n_training: int = 16, n_inbox: int = 9) -> tuple[list[Signal], list[Signal]]:
    """Signals to learn from, and an inbox from machines never seen in them.

    Args:
        seed: the same seed gives the same fleet.
        n_training: machines per label to learn from; each is recorded at two speeds.
        n_inbox: machines per label in the inbox; each is recorded once.

    Returns:
        Training signals and inbox signals, 4.2 s at 12 kHz each.

    Example:
        >>> training, inbox = demo_fleet(seed=0, n_training=2, n_inbox=1)
        >>> len(training), len(inbox), {signal.specimen for signal in training} & {signal.specimen for signal in inbox}
        (24, 6, set())
    """
    rng = np.random.default_rng([seed, 0xF1EE7])
    # Numbers in random order betray neither label nor side.
    numbers = rng.permutation((n_training + n_inbox) * len(FLEET_LABELS)) + 1
    names = (f"machine-{number:03d}" for number in numbers)
    training = [signal for _ in range(n_training) for signal in _one_of_each(names, rng, n_speeds=2)]
    inbox = [signal for _ in range(n_inbox) for signal in _one_of_each(names, rng, n_speeds=1)]
    return training, inbox


def _one_of_each(names: Iterator[str], rng: np.random.Generator, n_speeds: int) -> Iterator[Signal]:
    for label in FLEET_LABELS:
        machine = _machine(next(names), rng)
        severity_db = rng.uniform(*(ROTOR_DB if label in ("imbalance", "misalignment") else IMPACT_DB))
        factors = [1.0, rng.uniform(*SECOND_SPEED)]
        for factor in factors[:n_speeds]:
            yield simulate(
                machine,
                [label],
                speed_rpm=round(machine.speed_rpm * factor),
                duration_s=DURATION_S,
                rate_hz=RATE_HZ,
                seed=int(rng.integers(2**31)),
                severity_db=severity_db,
            )


def _machine(name: str, rng: np.random.Generator) -> Machine:
    return random_machine(
        int(rng.integers(2**31)),
        bearing=bearing_of(str(rng.choice(FLEET_BEARINGS))),
        speed_rpm=float(np.exp(rng.uniform(*np.log(NOMINAL_RPM)))),
        name=name,
    )
