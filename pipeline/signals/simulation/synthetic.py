"""Synthetic signals: a simulated machine with known faults, heard by one accelerometer."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.errors import FactError, did_you_mean
from pipeline.signals.bearing import Bearing
from pipeline.signals.labels import HEALTHY
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.background import coloured_noise, lines, mesh_lines, slow_swell
from pipeline.signals.simulation.impacts import IMPACT_LABELS, Floats, Manner, ringing, strikes
from pipeline.signals.simulation.simulated_machine import Machine
from pipeline.signals.simulation.tooth import passing
from pipeline.units import hz_from_rpm

LEAD_IN_S = 0.1
"""Rings of earlier impacts last about this long; a simulation starts so much earlier and drops it."""

ROTOR_ORDERS: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    "imbalance": ((1.0, 1.0, 1.0), (2.0, 0.0, 0.1)),
    "misalignment": ((1.0, 0.2, 0.6), (2.0, 1.0, 1.0), (3.0, 0.2, 0.6), (4.0, 0.0, 0.2)),
    "looseness": tuple((order, 0.3, 1.0) for order in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)),
}
"""Faults of the rotor: order, and the range its amplitude is drawn from.

Source: Randall (2011), Vibration-based Condition Monitoring, chapter 2: imbalance is the 1x line, misalignment 2x
beside 1x and 3x, looseness many harmonics and half orders.
"""

SIMULATED_LABELS = (HEALTHY, *IMPACT_LABELS, *ROTOR_ORDERS)
"""Every label that can be simulated."""


def simulate(
    machine: Machine,
    labels: Sequence[str] = (),
    *,
    speed_rpm: float | None = None,
    duration_s: float = 1.0,
    rate_hz: float = 12000.0,
    seed: int = 0,
    severity_db: float | Mapping[str, float] = 0.0,
    faulty_wheel: int = 0,
) -> Signal:
    """What an accelerometer on a machine records.

    Args:
        machine: what runs.
        labels: what is wrong with it; none, or `healthy`, for a sound machine.
        speed_rpm: the machine's nominal speed unless given.
        duration_s, rate_hz: length and sampling rate.
        seed: of noise, phases and the moments of impacts; how a fault behaves comes with the machine.
        severity_db: rms of each fault against the machine's background, for all faults or by label.
        faulty_wheel: which wheel of the gear has the damaged tooth of `gear_tooth`, the driving wheel being 0.

    Returns:
        Signal in g, shape (1, time), with labels, specimen, machine, bearing, gear, speed and rate filled in.

    Raises:
        FactError: for a label that cannot be simulated, and a wheel that the machine does not have.

    Example:
        >>> from pipeline.signals.simulation.simulated_machine import random_machine
        >>> signal = simulate(random_machine(3), ["outer_race"], seed=1)
        >>> signal.samples.shape, signal.labels, signal.specimen
        ((1, 12000), ('outer_race',), 'machine-3')
    """
    faults = [label for label in labels if label != HEALTHY]
    for label in faults:
        if label not in SIMULATED_LABELS:
            raise FactError(f"cannot simulate '{label}'{did_you_mean(label, SIMULATED_LABELS)}")
    speed_rpm = machine.speed_rpm if speed_rpm is None else speed_rpm
    rng = np.random.default_rng([seed, machine.seed])
    scene = _Scene(machine, hz_from_rpm(speed_rpm), duration_s, rate_hz, rng, _wheel_order(machine, faulty_wheel))
    severity = severity_db if isinstance(severity_db, Mapping) else dict.fromkeys(faults, severity_db)
    return Signal(
        samples=scene.heard(faults, severity)[None, :].astype(np.float32),
        rate_hz=rate_hz,
        speed_rpm=speed_rpm,
        bearing=machine.bearing,
        gear=machine.gear,
        source=f"simulation {seed} of {machine.name}",
        channel="acceleration",
        machine=machine.name,
        specimen=machine.name,
        unit="g",
        labels=tuple(faults) or (HEALTHY,),
    )


def _wheel_order(machine: Machine, wheel: int) -> float:
    """Turns of a wheel per shaft turn; a machine whose gear is not known has a wheel on its shaft."""
    orders = machine.gear.wheel_orders if machine.gear else (1.0,)
    if not 0 <= wheel < len(orders):
        raise FactError(f"faulty_wheel: {machine.name} has wheels 0 to {len(orders) - 1}, got {wheel}")
    return orders[wheel]


def rms(samples: Floats) -> float:
    """Root of the mean square.

    Example:
        >>> rms(np.array([3.0, -3.0]))
        3.0
    """
    return float(np.sqrt(np.mean(samples**2)))


class _Scene:
    """One stretch of time on one machine; parts are drawn in a fixed order, so that a seed means one signal."""

    def __init__(
        self,
        machine: Machine,
        speed_hz: float,
        duration_s: float,
        rate_hz: float,
        rng: np.random.Generator,
        wheel_order: float,
    ) -> None:
        from scipy.fft import next_fast_len

        self.machine, self.speed_hz, self.rate_hz, self.rng = machine, speed_hz, rate_hz, rng
        self.wheel_order = wheel_order
        self.n_kept = round(duration_s * rate_hz)
        self.n_samples: int = next_fast_len(self.n_kept + round(LEAD_IN_S * rate_hz), real=True)

    def heard(self, faults: Sequence[str], severity_db: Mapping[str, float]) -> Floats:
        """Background, cross-talk and faults, the lead-in dropped."""
        background = self.background()
        level = self.machine.gain * background
        loudness = rms(background)
        for part, part_db in self.parts(faults, severity_db):
            level += part * (self.machine.gain * loudness * 10.0 ** (part_db / 20.0) / max(rms(part), 1e-12))
        return level[-self.n_kept :]

    def parts(self, faults: Sequence[str], severity_db: Mapping[str, float]) -> list[tuple[Floats, float]]:
        """Everything beside the background, with its level in decibels."""
        parts = [(self.fault(label), severity_db.get(label, 0.0)) for label in faults]
        neighbour = self.machine.neighbour
        if neighbour is not None:
            rung = self.rung(neighbour.label, neighbour.bearing, neighbour.manner)
            parts.append((rung, neighbour.level_db))
        return parts

    def fault(self, label: str) -> Floats:
        """One fault of the machine, at no particular level."""
        if label in ROTOR_ORDERS:
            return self.rotor(label)
        if label == "gear_tooth":
            return self.tooth(label)
        return self.rung(label, self.machine.bearing, self.machine.manner(label))

    def rung(self, label: str, bearing: Bearing, manner: Manner) -> Floats:
        """Impacts through the structure."""
        return self.ringing(*self.strikes(label, bearing, manner))

    def strikes(self, label: str, bearing: Bearing, manner: Manner) -> tuple[Floats, Floats]:
        """Moments and strengths of impacts."""
        duration_s = self.n_samples / self.rate_hz
        return strikes(label, bearing, self.speed_hz, duration_s, manner, self.rng, self.wheel_order)

    def ringing(self, times: Floats, strengths: Floats) -> Floats:
        """The structure's answer to impacts."""
        return ringing(times, strengths, self.machine.resonances, self.n_samples, self.rate_hz)

    def tooth(self, label: str) -> Floats:
        """A damaged tooth: its knocks, and the mesh faltering each time it passes."""
        machine, manner = self.machine, self.machine.manner(label)
        times, strengths = self.strikes(label, machine.bearing, manner)
        knocks = self.ringing(times, strengths)
        if machine.gear is None or not machine.mesh.amplitudes:
            return knocks
        order = machine.gear.mesh_order
        orders = order * np.arange(1.0, len(machine.mesh.amplitudes) + 1)
        while_passing = passing(times, strengths, 1 / (order * self.speed_hz), self.n_samples, self.rate_hz)
        faltering = self.lines(orders, np.array(machine.mesh.amplitudes)) * while_passing
        return knocks + faltering * (manner.mesh * rms(knocks) / max(rms(faltering), 1e-12))

    def rotor(self, label: str) -> Floats:
        """Lines at multiples of shaft speed, in proportions that belong to the machine."""
        own = np.random.default_rng([self.machine.seed, *label.encode()])
        orders, lowest, highest = np.array(ROTOR_ORDERS[label]).T
        return self.lines(orders, own.uniform(lowest, highest))

    def background(self) -> Floats:
        """Noise, shaft lines, mesh and hum of a sound machine."""
        machine = self.machine
        noise = coloured_noise(machine.bumps, machine.tilt_db, self.n_samples, self.rate_hz, self.rng)
        noise *= slow_swell(*machine.swell, self.n_samples, self.rate_hz, self.rng)
        shaft = np.array(machine.shaft_lines)
        noise += self.lines(np.arange(1.0, shaft.size + 1), shaft)
        if machine.gear is not None:
            noise += self.lines(*mesh_lines(machine.mesh, machine.gear.mesh_order))
        hum_hz, hum = machine.hum
        return noise + self.lines(np.array([hum_hz / self.speed_hz]), np.array([hum]))

    def lines(self, orders: Floats, amplitudes: Floats) -> Floats:
        """Tones at multiples of shaft speed, with phases of this stretch of time."""
        phases = self.rng.uniform(0.0, 2 * np.pi, orders.size)
        return lines(orders, amplitudes, phases, self.speed_hz, self.n_samples, self.rate_hz)
