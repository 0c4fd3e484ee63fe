"""A simulated window: what a model is shown of a machine that never was, fixed by a seed and a number."""

from dataclasses import dataclass

import numpy as np

from pipeline.signals.bearing import BearingOrders
from pipeline.signals.simulation.endless.drawing import drawn
from pipeline.signals.simulation.endless.ranges import RANGES, Ranges
from pipeline.signals.simulation.endless.scene import Heard, Scene, heard

RATE_HZ, N_SAMPLES = 12000.0, 12000


@dataclass(frozen=True)
class SimulatedWindow:
    """A window of one machine.

    Attributes:
        samples: in g, (time,).
        rate_hz: of the samples.
        speed_hz: turns of the shaft per second as somebody states them, a little off.
        orders: of the bearing that is listened to: outer race, inner race, ball, cage.
        labels: what is wrong with it; empty for a sound one.
        shaft_hz: turns per second in truth.
        scene: what sounded.
    """

    samples: Heard
    rate_hz: float
    speed_hz: float
    orders: BearingOrders
    labels: tuple[str, ...]
    shaft_hz: float
    scene: Scene


def simulated_window(
    seed: int, number: int, ranges: Ranges = RANGES, n_samples: int = N_SAMPLES, rate_hz: float = RATE_HZ
) -> SimulatedWindow:
    """One window of one machine.

    Args:
        seed, number: the same two give the same window, whatever was made before.
        ranges: how machines differ.
        n_samples, rate_hz: of the window.

    Example:
        >>> window = simulated_window(seed=0, number=7)
        >>> window.samples.shape, bool((window.samples == simulated_window(seed=0, number=7).samples).all())
        ((12000,), True)
    """
    rng = np.random.default_rng([seed, number])
    machine = drawn(rng, ranges)
    samples = heard(machine.scene, n_samples, rate_hz, rng)
    return SimulatedWindow(
        samples, rate_hz, machine.stated_hz, machine.orders, machine.labels, machine.shaft_hz, machine.scene
    )
