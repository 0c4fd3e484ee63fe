"""Drawing: a machine by chance, with its bearing, its neighbours and everything else that sounds."""

from typing import NamedTuple

import numpy as np

from pipeline.signals.bearing import Bearing, BearingOrders
from pipeline.signals.simulation.background import Bump, Mesh, mesh_lines
from pipeline.signals.simulation.endless.ranges import Ranges, Span
from pipeline.signals.simulation.endless.scene import Noise, Scene, Swing
from pipeline.signals.simulation.endless.train import Train
from pipeline.signals.simulation.impacts import Manner, Resonance

FAMILIES = ("outer_race", "inner_race", "ball")

APART = 0.025
"""A neighbour whose fault strikes as often as one of our own would, within this share, is drawn again."""


class Drawn(NamedTuple):
    """A machine.

    Attributes:
        scene: what sounds.
        labels: what is wrong with the bearing that is listened to.
        orders: of that bearing, by its geometry.
        shaft_hz: turns per second, in truth.
        stated_hz: as handed on.
    """

    scene: Scene
    labels: tuple[str, ...]
    orders: BearingOrders
    shaft_hz: float
    stated_hz: float


def drawn(rng: np.random.Generator, ranges: Ranges) -> Drawn:
    """Draw a machine.

    Example:
        >>> machine = drawn(np.random.default_rng(3), Ranges())
        >>> 10.0 <= machine.shaft_hz <= 100.0, max(machine.orders) * machine.shaft_hz < 1000
        (True, True)
    """
    shaft_hz, orders = _bearing(rng, ranges)
    modes = _modes(rng, ranges)
    labels = _labels(rng, ranges)
    trains = [_fault(label, orders, shaft_hz, ranges.fault_db, len(modes), rng, ranges) for label in labels]
    beside = ranges.neighbour_beside_faulty if labels else ranges.neighbour_beside_healthy
    if rng.random() < beside:
        trains.append(_neighbour(orders, shaft_hz, len(modes), rng, ranges))
    trains += _knocks(orders, shaft_hz, len(modes), rng, ranges)
    scene = Scene(
        modes=modes,
        noises=_noises(modes, shaft_hz, rng, ranges),
        tones=_tones(shaft_hz, rng, ranges),
        trains=tuple(trains),
        cutoff_hz=float(rng.uniform(4000.0, 6000.0)) if rng.random() < ranges.filtered else None,
        bits=int(rng.integers(6, 11)) if rng.random() < ranges.coarse else None,
        gain=float(10.0 ** rng.uniform(-2.0, 0.5)),
    )
    stated_hz = max(shaft_hz * (1.0 + rng.uniform(-1.0, 1.0) * ranges.speed_error), ranges.shaft_hz[0])
    return Drawn(scene, labels, orders, shaft_hz, stated_hz)


def log_uniform(rng: np.random.Generator, span: Span) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(span[0]), np.log(span[1]))))


def random_orders(rng: np.random.Generator, ranges: Ranges) -> BearingOrders:
    """Orders of a bearing of plausible geometry."""
    low, high = ranges.elements
    return Bearing(n_elements=int(rng.integers(low, high + 1)), diameter_ratio=rng.uniform(*ranges.ratio)).orders


def _bearing(rng: np.random.Generator, ranges: Ranges) -> tuple[float, BearingOrders]:
    while True:
        span = ranges.usual_hz if rng.random() < ranges.usual else ranges.shaft_hz
        shaft_hz, orders = log_uniform(rng, span), random_orders(rng, ranges)
        if max(orders) * shaft_hz < ranges.fastest_hz:
            return shaft_hz, orders


def _labels(rng: np.random.Generator, ranges: Ranges) -> tuple[str, ...]:
    if rng.random() >= ranges.faulty:
        return ()
    count = 2 if rng.random() < ranges.second else 1
    return tuple(FAMILIES[place] for place in sorted(rng.permutation(len(FAMILIES))[:count]))


def _modes(rng: np.random.Generator, ranges: Ranges) -> tuple[Resonance, ...]:
    low, high = ranges.modes
    return tuple(
        Resonance(rng.uniform(*ranges.mode_hz), rng.uniform(*ranges.damping), rng.uniform(0.3, 1.0))
        for _ in range(int(rng.integers(low, high + 1)))
    )


def _path(n_modes: int, rng: np.random.Generator) -> tuple[float, ...]:
    """How loud each mode is by one way; some hardly at all."""
    return tuple(10.0 ** rng.uniform(-1.0, 0.0, n_modes) * rng.choice([-1.0, 1.0], n_modes))


def _manner(label: str, rng: np.random.Generator, ranges: Ranges) -> Manner:
    ball = label == "ball"
    depths = {"outer_race": (0.0, 0.4), "inner_race": (0.2, 1.0), "ball": (0.2, 1.0)}
    return Manner(
        slip=rng.uniform(*ranges.slip),
        scatter=rng.uniform(*ranges.scatter),
        load_depth=rng.uniform(*depths[label]),
        alternate=rng.uniform(0.2, 1.0) if ball else 1.0,
        present=rng.uniform(0.5, 1.0) if ball and rng.random() < 0.5 else 1.0,
    )


def _fault(
    label: str,
    orders: BearingOrders,
    shaft_hz: float,
    level_db: Span,
    n_modes: int,
    rng: np.random.Generator,
    ranges: Ranges,
) -> Train:
    order = getattr(orders, label) * (1.0 + rng.uniform(-1.0, 1.0) * ranges.order_error)
    ball = label == "ball"
    rough = rng.random() < ranges.rough
    two_ways = ball and rng.random() < ranges.two_ways
    return Train(
        strikes_hz=order * shaft_hz,
        zone_hz=shaft_hz * (orders.cage if ball else 1.0),
        level_db=rng.uniform(*level_db),
        paths=tuple(_path(n_modes, rng) for _ in range(1 + two_ways)),
        manner=_manner(label, rng, ranges),
        grains=int(rng.integers(4, 17)) if rough else 1,
        spread_s=rng.uniform(0.02, 0.35) / (order * shaft_hz) if rough else 0.0,
        edge=(rng.uniform(0.03, 0.3), rng.uniform(0.3, 1.0)) if rng.random() < ranges.wide else (0.0, 0.0),
        wander=(rng.uniform(0.3, 1.0), log_uniform(rng, (0.5, 15.0)))
        if ball and rng.random() < ranges.wandering
        else (0.0, 1.0),
    )


def _neighbour(own: BearingOrders, shaft_hz: float, n_modes: int, rng: np.random.Generator, ranges: Ranges) -> Train:
    """A fault of another bearing, that no fault of our own could be taken for."""
    while True:
        label = FAMILIES[int(rng.integers(3))]
        other_hz = log_uniform(rng, ranges.shaft_hz) if rng.random() < ranges.other_shaft else shaft_hz
        train = _fault(label, random_orders(rng, ranges), other_hz, ranges.neighbour_db, n_modes, rng, ranges)
        ours = np.array(own[:3]) * shaft_hz
        if np.abs(train.strikes_hz / ours - 1.0).min() > APART and train.strikes_hz < ranges.fastest_hz:
            return train


def _knocks(
    orders: BearingOrders, shaft_hz: float, n_modes: int, rng: np.random.Generator, ranges: Ranges
) -> list[Train]:
    """What strikes and is no fault of a race or ball: play on the shaft, clicks at random, the cage."""
    found = []
    if rng.random() < ranges.loose:
        order = float(rng.choice([0.5, 1.0, 2.0, 3.0, 4.0], p=[0.15, 0.45, 0.2, 0.1, 0.1]))
        manner = Manner(slip=rng.uniform(0.0, 0.03), scatter=rng.uniform(0.0, 0.8), load_depth=rng.uniform(0.0, 0.5))
        found.append(_other(order * shaft_hz, manner, n_modes, rng))
    if rng.random() < ranges.clicking:
        found.append(_other(log_uniform(rng, (3.0, 100.0)), Manner(slip=1.0, scatter=1.0), n_modes, rng))
    if rng.random() < ranges.caged:
        manner = Manner(slip=rng.uniform(*ranges.slip), scatter=rng.uniform(*ranges.scatter))
        found.append(_other(orders.cage * shaft_hz, manner, n_modes, rng))
    return found


def _other(strikes_hz: float, manner: Manner, n_modes: int, rng: np.random.Generator) -> Train:
    return Train(strikes_hz, strikes_hz / 7, rng.uniform(-20.0, 6.0), (_path(n_modes, rng),), manner)


def _noises(
    modes: tuple[Resonance, ...], shaft_hz: float, rng: np.random.Generator, ranges: Ranges
) -> tuple[Noise, ...]:
    """Noise of the machine, through the same structure that faults ring in; often a second source of its own."""
    low, high = ranges.hills
    structural = [
        Bump(mode.frequency_hz, 2 * mode.damping * mode.frequency_hz, rng.uniform(0.0, 6.0))
        for mode in modes
        if rng.random() < 0.5
    ]
    first = Noise(
        tilt_db=rng.uniform(*ranges.tilt_db),
        bumps=(*structural, *_hills(int(rng.integers(low, high + 1)), rng)),
        swings=_swings(shaft_hz, rng, ranges),
    )
    if rng.random() >= ranges.sub_noise:
        return (first,)
    hills = _hills(int(rng.integers(1, 4)), rng)
    return first, Noise(rng.uniform(0.1, 1.0), 0.0, hills, 0.02, _swings(shaft_hz, rng, ranges))


def _hills(count: int, rng: np.random.Generator) -> tuple[Bump, ...]:
    return tuple(
        Bump(rng.uniform(100.0, 5900.0), rng.uniform(20.0, 600.0), rng.uniform(0.0, 9.0)) for _ in range(count)
    )


def _swings(shaft_hz: float, rng: np.random.Generator, ranges: Ranges) -> tuple[Swing, ...]:
    found = []
    if rng.random() < ranges.breathing:
        found.append(Swing(rng.uniform(1.0, 40.0), rng.uniform(0.0, 0.5)))
    if rng.random() < ranges.shaft_noise:
        blades = float(rng.integers(1, 13)) if rng.random() < 0.3 else 1.0
        shares = tuple(rng.uniform(0.0, 1.0, int(rng.integers(1, 7))))
        found.append(Swing(shaft_hz * blades, log_uniform(rng, (0.03, 0.8)), shares))
    if rng.random() < ranges.foreign_noise:
        shares = tuple(rng.uniform(0.0, 1.0, int(rng.integers(1, 5))))
        found.append(Swing(log_uniform(rng, (5.0, 600.0)), log_uniform(rng, (0.03, 0.6)), shares))
    return tuple(found)


def _tones(shaft_hz: float, rng: np.random.Generator, ranges: Ranges) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    if rng.random() < ranges.shaft_tones:
        count = int(rng.integers(1, 12))
        heights = log_uniform(rng, (0.05, 3.0)) * rng.uniform(0.0, 1.0, count) / np.sqrt(np.arange(1, count + 1))
        found += [(order * shaft_hz, float(height)) for order, height in enumerate(heights, start=1)]
    if rng.random() < ranges.geared:
        found += _gear(shaft_hz, rng)
    if rng.random() < ranges.humming:
        mains_hz = float(rng.choice([50.0, 60.0]))
        found += [(2 * mains_hz * number, log_uniform(rng, (0.01, 0.5)) / number) for number in range(1, 5)]
    if rng.random() < ranges.whirring:
        middle_hz, height, depth = rng.uniform(90.0, 1500.0), log_uniform(rng, (0.05, 1.0)), rng.uniform(0.0, 1.0)
        found += [(middle_hz, height), *((middle_hz + side * shaft_hz, height * depth / 2) for side in (-1, 1))]
    return tuple(tone for tone in found if tone[0] > 0)


def _gear(shaft_hz: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Harmonics of a mesh between the shaft's wheel and another, modulated by either."""
    teeth, other = int(rng.integers(12, 60)), int(rng.integers(12, 120))
    heights = log_uniform(rng, (0.05, 1.5)) * rng.uniform(0.1, 1.0, int(rng.integers(1, 5)))
    orders, amplitudes = mesh_lines(Mesh(tuple(heights), rng.uniform(0.0, 1.0)), teeth)
    slow = teeth / other
    beside, depth = np.array([-slow, 0.0, slow]), rng.uniform(0.0, 0.3)
    all_orders = np.add.outer(orders, beside).ravel()
    shares = np.multiply.outer(amplitudes, np.array([depth / 2, 1.0, depth / 2])).ravel()
    return list(zip((all_orders * shaft_hz).tolist(), shares.tolist(), strict=True))
