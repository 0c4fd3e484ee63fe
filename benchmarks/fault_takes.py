"""Takes of simulated machines, and what the fault_order image makes of them; see fault_order.py for the words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.signal import resample_poly

from pipeline.models.intake import Intake, joined
from pipeline.preprocessing.base import OrdersOf, Setting
from pipeline.preprocessing.images.fault_order import FaultOrder, FaultOrderConfig
from pipeline.signals.conditioning.steps import StepSpec
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.impacts import impact_times, ringing
from pipeline.signals.simulation.simulated_machine import Machine, random_bearing, random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.signals.tacho_trace import TachoTrace
from pipeline.windows import WindowConfig

Floats = npt.NDArray[np.float64]

FAULTS = ("outer_race", "inner_race", "ball")
RATE_HZ, WINDOW_S, GEAR_WINDOW_S = 12000.0, 1.0, 4.0
RECORDED_HZ = 51200
"""What rates below it are thinned from, as a recorder with a filter of its own would."""

UP_DOWN = {12000: (15, 64), 25600: (1, 2), 48000: (15, 16), 51200: (1, 1)}
SEVERITIES_DB = (-12.0, -6.0, 0.0, 6.0, 12.0)
SLIP = 0.005
"""Standard deviation of an interval between impacts where the speed varies, as a share of it."""

TRACKED: tuple[StepSpec, ...] = ({"order_track": {"samples_per_turn": 1024}},)
AT_ONCE = 32


class Take(NamedTuple):
    """One take of one machine.

    Attributes:
        machine: what runs, at which speed, in which bearing.
        label: what is wrong with it.
        seed: of the noise.
        severity_db: of the fault.
        recorded_hz: rate of the recorder; None for one that hears what the model reads.
    """

    machine: Machine
    label: str
    seed: int
    severity_db: float
    recorded_hz: int | None = None


def case(number: int, severity_db: float = 6.0) -> Take:
    """Some machine with some fault, slow and fast enough to be changed by 30 %."""
    machine = random_machine(number, speed_rpm=float(np.random.default_rng(number).uniform(1200.0, 1800.0)))
    return Take(replace(machine, neighbour=None), FAULTS[number % 3], number, severity_db)


def at_rate(rate_hz: int) -> Callable[[Take], Take]:
    """The same, by another recorder."""
    return lambda take: take._replace(recorded_hz=rate_hz)


def at_speed(factor: float) -> Callable[[Take], Take]:
    """The same machine, running slower or faster."""
    return lambda take: changed(take, speed_rpm=take.machine.speed_rpm * factor)


def in_bearing(take: Take) -> Take:
    """The same machine with a bearing of another geometry."""
    return changed(take, bearing=random_bearing(np.random.default_rng(take.machine.seed + 10**6)))


def in_housing(take: Take) -> Take:
    """The same machine with as many resonances elsewhere."""
    rng = np.random.default_rng(take.machine.seed + 10**6)
    moved = tuple(mode._replace(frequency_hz=rng.uniform(500.0, 5800.0)) for mode in take.machine.resonances)
    return changed(take, resonances=moved)


def changed(take: Take, **changes: Any) -> Take:
    """The same take of a machine that differs in something; how its faults behave stays."""
    return take._replace(machine=replace(take.machine, **changes))


CHANGES: dict[str, tuple[Callable[[Take], Take], Callable[[Take], Take]]] = {
    "rate 12 -> 25.6 kHz": (at_rate(12000), at_rate(25600)),
    "rate 12 -> 48 kHz": (at_rate(12000), at_rate(48000)),
    "rate 12 -> 51.2 kHz": (at_rate(12000), at_rate(51200)),
    "speed -30 %": (at_speed(1.0), at_speed(0.7)),
    "speed +30 %": (at_speed(1.0), at_speed(1.3)),
    "geometry": (at_speed(1.0), in_bearing),
    "resonances": (at_speed(1.0), in_housing),
}
"""Two settings each: before and after."""


def recorded(take: Take) -> Signal:
    """What the recorder stores."""
    labels = [take.label] if take.label else []
    rate_hz = float(RECORDED_HZ if take.recorded_hz else RATE_HZ)
    # A tenth of a second more, which resampling takes at the ends.
    signal = simulate(
        take.machine, labels, duration_s=WINDOW_S + 0.1, rate_hz=rate_hz, seed=take.seed, severity_db=take.severity_db
    )
    return thinned(signal, take.recorded_hz)


def thinned(signal: Signal, rate_hz: int | None) -> Signal:
    """As a recorder of another rate would have stored it."""
    if rate_hz is None or rate_hz == RECORDED_HZ:
        return signal
    up, down = UP_DOWN[rate_hz]
    return replace(signal, samples=resample_poly(signal.samples, up, down, axis=1), rate_hz=float(rate_hz))


def swinging(take: Take, harmonic: int) -> Signal:
    """Noise whose strength swings at one harmonic of the fault, and at no other place."""
    rate_hz = float(RECORDED_HZ if take.recorded_hz else RATE_HZ)
    signal = simulate(take.machine, duration_s=WINDOW_S + 0.1, rate_hz=rate_hz, seed=take.seed)
    line_hz = harmonic * getattr(take.machine.bearing.orders, take.label) * signal.speed_hz
    swing = 1 + 0.9 * np.cos(2 * np.pi * line_hz * np.arange(signal.n_samples) / rate_hz)
    return thinned(replace(signal, samples=signal.loaded() * swing.astype(np.float32)), take.recorded_hz)


def wavering(take: Take, depth: float) -> Signal:
    """A machine whose speed swings around its mean, from its highest to its lowest in the first second, with a tacho.

    Args:
        take: impacts of its fault, even but for their slip, through its resonances, in white noise.
        depth: of the swing, to either side, as a share of the speed.
    """
    n_samples, speed_hz = round(4 * RATE_HZ), take.machine.speed_rpm / 60
    moments = np.arange(n_samples) / RATE_HZ
    angle = speed_hz * (moments + depth / np.pi * np.sin(np.pi * moments))
    order = getattr(take.machine.bearing.orders, take.label)
    rng = np.random.default_rng(take.seed)
    times = np.interp(impact_times(order, SLIP, float(angle[-1]), rng), angle, moments)
    rung = ringing(times, np.ones_like(times), take.machine.resonances, n_samples, RATE_HZ)
    noise = rng.standard_normal(n_samples)
    heard = noise + rung * 10 ** (take.severity_db / 20) / rung.std()
    tacho = TachoTrace((angle % 1 < 0.5).astype(np.float64))
    return Signal(
        heard[None], RATE_HZ, take.machine.speed_rpm, bearing=take.machine.bearing, tacho=tacho, labels=(take.label,)
    )


def images(
    signals: Sequence[Signal],
    rate_hz: float = RATE_HZ,
    window_s: float = WINDOW_S,
    family: OrdersOf = "bearing",
    conditioning: tuple[StepSpec, ...] = (),
) -> Floats:
    """The first window of every signal as an image, taken in as a model does.

    Returns:
        Shape (signal, plane, carrier, harmonic); NaN where nothing can be read.
    """
    n_samples = round(rate_hz * window_s)
    stage = FaultOrder(FaultOrderConfig(family=family, wheels=2), Setting(rate_hz, n_samples))
    intake = Intake(
        rate_hz=rate_hz,
        window=WindowConfig(samples=n_samples, per_signal=1),
        needs=tuple(sorted(stage.needs)),
        band_hz=stage.band_hz(),
        orders_of=stage.orders_of,
        fewest_turns=stage.fewest_turns,
        conditioning=conditioning,
    )
    drawn = []
    for start in range(0, len(signals), AT_ONCE):
        batch = joined([intake.take(signal) for signal in signals[start : start + AT_ONCE]])
        with torch.inference_mode():
            drawn.append(stage(batch).values.double().numpy())
    cells = np.concatenate(drawn)
    return np.where(cells == 0, np.nan, cells)


def pooled(cells: Floats) -> Floats:
    """Per plane, the mean over carriers of each harmonic, then the full band's: (signal, plane, 2 harmonics).

    A harmonic is read in every carrier or in none.
    """
    return np.concatenate([cells[:, :, :-1].mean(axis=2), cells[:, :, -1]], axis=-1)


def scores(cells: Floats) -> Floats:
    """How bright each plane is: the mean of the cells that can be read, (signal, plane)."""
    mean: Floats = np.nanmean(cells, axis=(2, 3))
    return mean


def percent(happened: npt.NDArray[np.bool_]) -> float:
    """How often."""
    return round(100.0 * float(np.mean(happened)), 1)


def brightest(take: Take, cells: Floats) -> npt.NDArray[np.int64]:
    """The harmonic whose column is brightest in the fault's own plane, (signal,)."""
    own = np.nanmean(cells[:, FAULTS.index(take.label)], axis=1)
    columns: npt.NDArray[np.int64] = own.argmax(axis=-1) + 1
    return columns


def columns_kept(change: Callable[[Take], Take], n_machines: int, rate_hz: float = RATE_HZ) -> tuple[int, float]:
    """Signals looked at, and how often in percent the swinging harmonic's column is the brightest."""
    kept = []
    for number in range(n_machines):
        for label in FAULTS:
            take = change(case(number)._replace(label=label))
            cells = images([swinging(take, harmonic) for harmonic in range(1, 6)], rate_hz)
            kept += list(brightest(take, cells) == np.arange(1, 6))
    return len(kept), percent(np.array(kept))


class Movement(NamedTuple):
    """How far pooled cells of a fault's own plane move, root mean square over cells and signals.

    Attributes:
        moved: from one setting to another, with other noise.
        noise: from one take to another at one setting.
        setting: what the setting alone does: moved^2 = noise^2 + setting^2.
        shift: the part of it that all machines share.
    """

    moved: float
    noise: float
    setting: float
    shift: float


def movement(
    before: Callable[[Take], Take], after: Callable[[Take], Take], n_signals: int, severity_db: float = 6.0
) -> Movement:
    """Pooled cells at two settings, where both can be read; see the top of this file."""
    takes = [case(number, severity_db) for number in range(n_signals)]
    first, again, elsewhere = (
        own_plane(takes, change, seed) for change, seed in ((before, 0), (before, 1), (after, 2))
    )
    moved, noise = elsewhere - first, again - first
    both = np.isfinite(moved)
    moved_square, noise_square = np.mean(moved[both] ** 2), np.mean(noise[both] ** 2)
    shift = np.nanmean(np.where(both, elsewhere - (first + again) / 2, np.nan), axis=0)
    setting = max(float(moved_square - noise_square), 0.0) ** 0.5
    return Movement(
        *(round(float(value), 4) for value in (moved_square**0.5, noise_square**0.5, setting, np.mean(shift**2) ** 0.5))
    )


def own_plane(takes: Sequence[Take], change: Callable[[Take], Take], seed: int) -> Floats:
    """Pooled cells of the fault's own plane, other noise for every seed, (signal, 2 harmonics)."""
    signals = [recorded(change(take._replace(seed=take.seed + seed * 10**6))) for take in takes]
    cells: Floats = pooled(images(signals))[np.arange(len(takes)), [FAULTS.index(take.label) for take in takes]]
    return cells


def healthy_machine(number: int) -> Take:
    """A sound machine that may well hear a faulty neighbour on its shaft."""
    return Take(random_machine(5 * 10**5 + number), "", number, 0.0)


def highest(takes: Sequence[Take]) -> Floats:
    """Score of each signal's brightest plane."""
    top: Floats = scores(images([recorded(take) for take in takes])).max(axis=1)
    return top


class Rates(NamedTuple):
    """How often, in percent, the faulty part's plane is the brightest, and is lit."""

    right: float
    lit: float


def rates(found: Floats, own: npt.NDArray[np.int64], threshold: float) -> Rates:
    """Of scores, (signal, plane), and the faulty part of each signal."""
    return Rates(percent(found.argmax(axis=1) == own), percent(found[np.arange(len(own)), own] > threshold))


def faulty_takes(n_signals: int, severity_db: float) -> tuple[list[Take], npt.NDArray[np.int64]]:
    """Machines other than those of the other claims, each fault in its turn."""
    takes = [case(10**5 + number, severity_db) for number in range(n_signals)]
    return takes, np.array([FAULTS.index(take.label) for take in takes])


def gear_scores(n_signals: int, wheel: int | None, severity_db: float = 0.0, first: int = 0) -> Floats:
    """Score of each wheel's plane, (signal, wheel): random stages of two wheels, a damaged tooth on one, or none."""
    signals = []
    for number in range(first, first + n_signals):
        machine = replace(random_machine(number + 2 * 10**5), neighbour=None)
        faults = [] if wheel is None else ["gear_tooth"]
        options: dict[str, Any] = {"seed": number, "severity_db": severity_db, "faulty_wheel": wheel or 0}
        signals.append(simulate(machine, faults, duration_s=GEAR_WINDOW_S, **options))
    return scores(images(signals, window_s=GEAR_WINDOW_S, family="gear"))


def own_score(found: Floats, own: npt.NDArray[np.int64]) -> float:
    """Mean score of the faulty part's plane."""
    return round(float(found[np.arange(len(own)), own].mean()), 3)
