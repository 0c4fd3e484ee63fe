"""Alarm lives: simulated machines through a year of weekly recordings, each diagnosed; what alarms are judged on."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
import torch

from pipeline.batch.trends.history import Snapshot, faults_of
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.levels.level import level_of
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.simulated_machine import Machine, random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.workflow.request.model import load_model

BEARING_FAULTS = ("outer_race", "inner_race", "ball")
ROTOR_FAULTS = ("imbalance", "misalignment", "looseness")
"""What the model does not know: an alarm for a bearing's fault is wrong there, one for loudness is right."""

BEARINGS = ("6205", "6203")
WEEKS, WEEK_ONE = 52, datetime(2026, 1, 5, tzinfo=UTC)
ONSETS = (10, 26)
"""Weeks in which faults begin: the level's baseline is over, and the slowest still grows beyond 0 dB."""

FIRST_DB, LAST_DB = -24.0, 12.0
GROWTHS_DB = (1.0, 3.0)
SWAY_DB = 1.0
RPM = (900.0, 3000.0)
LOAD_DB = 1.0
DURATION_S = 2.0


class Life(NamedTuple):
    """A machine's year.

    Attributes:
        fault: what it gets; None for a sound one.
        onset: the first week with it.
        growth_db: of the fault, a week.
        history: its diagnoses, one a week; the id of a diagnosis is its week.
    """

    fault: str | None
    onset: int
    growth_db: float
    history: Sequence[Snapshot] = ()

    @property
    def bearing_fault(self) -> str | None:
        """Its fault, where it is one of its bearing."""
        return self.fault if self.fault in BEARING_FAULTS else None

    def severity_db(self, week: int) -> float:
        """Of its fault in a week, without its sway: what the fault has grown to.

        Example:
            >>> Life("ball", 10, 2.0).severity_db(16)
            -12.0
        """
        return min(FIRST_DB + self.growth_db * (week - self.onset), LAST_DB)

    @property
    def highest_db(self) -> float:
        """What it has grown to at the end of the year."""
        return self.severity_db(WEEKS - 1)


def lives(n_machines: int) -> list[Life]:
    """Every machine's year, simulated and diagnosed on all cores."""
    workers = os.cpu_count() or 1
    context = get_context("spawn")  # torch's threads do not survive a fork
    with ProcessPoolExecutor(workers, context, initializer=partial(torch.set_num_threads, 1)) as pool:
        chunk = max(n_machines // (8 * workers), 1)
        return list(pool.map(life_of, range(n_machines), chunksize=chunk))


def fault_of(number: int) -> str | None:
    """What a machine gets: a fault of its bearing every second one, of its rotor every fourth, nothing the others.

    Example:
        >>> [fault_of(number) for number in range(8)]
        [None, 'outer_race', 'imbalance', 'inner_race', None, 'ball', 'misalignment', 'outer_race']
    """
    if number % 2:
        return BEARING_FAULTS[number // 2 % 3]
    return ROTOR_FAULTS[number // 4 % 3] if number % 4 else None


def life_of(number: int) -> Life:
    """One machine's year; the same number, the same year."""
    rng = np.random.default_rng([number, 0xA1A])
    life = Life(fault_of(number), int(rng.integers(*ONSETS)), float(rng.uniform(*GROWTHS_DB)))
    speed_rpm = float(np.exp(rng.uniform(*np.log(RPM))))
    machine = random_machine(number, bearing=bearing_of(BEARINGS[number // 6 % 2]), speed_rpm=speed_rpm)
    listener = Diagnoser(load_model("ready"))
    return life._replace(history=[_snapshot(listener, life, machine, week, rng) for week in range(WEEKS)])


def _snapshot(listener: Diagnoser, life: Life, machine: Machine, week: int, rng: np.random.Generator) -> Snapshot:
    signal = _recording(life, machine, week, rng)
    probabilities = listener.diagnose(signal).verdict.probabilities
    return Snapshot(week, WEEK_ONE + timedelta(weeks=week), faults_of(probabilities), level_of(signal).rms)


def _recording(life: Life, machine: Machine, week: int, rng: np.random.Generator) -> Signal:
    """A recording at a speed of its own; acceleration goes with the square of speed, and with the load."""
    ratio = rng.uniform(0.9, 1.1)
    gain_db = 40.0 * np.log10(ratio) + rng.normal(0.0, LOAD_DB)
    sway_db = rng.normal(0.0, SWAY_DB)
    return simulate(
        _louder(machine, gain_db),
        [life.fault] if life.fault and week >= life.onset else [],
        speed_rpm=round(machine.speed_rpm * ratio),
        duration_s=DURATION_S,
        seed=week,
        severity_db=life.severity_db(week) + sway_db,
    )


def _louder(machine: Machine, gain_db: float) -> Machine:
    return replace(machine, gain=machine.gain * 10.0 ** (gain_db / 20.0))
