"""Alarms on simulated histories: 500 machines, a year of weeks, faults growing in half of them.

    python benchmarks/alarms.py --json alarms.json

Every machine is recorded once a week for two seconds, each time at a speed of its own within a tenth, and listened to
by `ready`. Half of the machines stay sound; in the others a fault of the outer race, the inner race or the ball begins
in a week drawn at random and grows by 1.5 dB a week from 24 dB below the machine's background. The rules are the
house's (`pipeline/batch/trends/rules.py`); both the machines and the growth are simulated: what an alarm would be worth
in a plant is not measured by this. (50 machines with --quick.)

Printed: at which severity alarms open (the severity of the recording with which they opened; weeks since the fault
began), how many faults end the year without one, and false alarms per machine-year: of sound machines, of weeks before
a fault, and of faults the machine does not have. Beside the rules, what one recording alone would do (`needed` 1 of 1).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from ledger import Ledger, arguments, count

from pipeline.batch.answer import level_of
from pipeline.batch.trends.history import Snapshot, faults_of
from pipeline.batch.trends.judged import LEVEL, Alarm, alarms_of
from pipeline.batch.trends.rules import Rules
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.workflow.diagnose import load_model

FAULTS = ("outer_race", "inner_race", "ball")
WEEKS, FIRST_DB, GROWTH_DB = 52, -24.0, 1.5
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
LATEST_ONSET = 30
"""Faults begin by then, so that all of them have time to grow."""


class Life(NamedTuple):
    """A machine's year.

    Attributes:
        fault: what it gets; None for a sound one.
        onset: the first week with it.
        history: its diagnoses, one a week; the id of a diagnosis is its week.
    """

    fault: str | None
    onset: int
    history: list[Snapshot]

    def severity_db(self, week: int) -> float:
        """Of its fault in a week."""
        return FIRST_DB + GROWTH_DB * (week - self.onset)


def lives(n_machines: int) -> Iterator[Life]:
    """Every machine's year, in turn sound and not."""
    diagnoser = Diagnoser(load_model("ready"))
    for number in range(n_machines):
        rng = np.random.default_rng([number, 0xA1A])
        fault = None if number % 2 == 0 else FAULTS[number // 2 % len(FAULTS)]
        life = Life(fault, int(rng.integers(10, LATEST_ONSET)), [])
        life.history.extend(_year(diagnoser, life, number, rng))
        yield life


def _year(diagnoser: Diagnoser, life: Life, number: int, rng: np.random.Generator) -> Iterator[Snapshot]:
    machine = random_machine(number, bearing=bearing_of(("6205", "6203")[number // 2 % 2]), speed_rpm=1500.0)
    for week in range(WEEKS):
        faulty = life.fault is not None and week >= life.onset
        signal = simulate(
            machine,
            [life.fault] if faulty and life.fault else [],
            speed_rpm=round(machine.speed_rpm * rng.uniform(0.9, 1.1)),
            duration_s=2.0,
            seed=week,
            severity_db=life.severity_db(week),
        )
        probabilities = diagnoser.diagnose(signal).verdict.probabilities
        yield Snapshot(week, BEGIN + timedelta(weeks=week), faults_of(probabilities), level_of(signal).rms)


def is_right(alarm: Alarm, life: Life) -> bool:
    """Whether an alarm is of the fault that a machine has at that time; loudness says only that there is one."""
    return life.fault is not None and alarm.opened_by >= life.onset and alarm.kind in (life.fault, LEVEL)


def add_rows(ledger: Ledger, told: str, rules: Rules, found: Sequence[Life]) -> None:
    """One row: how late, and how often wrong."""
    sick = [life for life in found if life.fault]
    alarms = [(life, alarm) for life in found for alarm in alarms_of(life.history, rules)]
    first = {id(life): alarm for life, alarm in reversed(alarms) if is_right(alarm, life) and alarm.kind != LEVEL}
    severities = [life.severity_db(first[id(life)].opened_by) for life in sick if id(life) in first]
    delays = [first[id(life)].opened_by - life.onset for life in sick if id(life) in first]
    false = [alarm for life, alarm in alarms if not is_right(alarm, life)]
    years = len(found) * WEEKS / 52
    ledger.add(
        method=told,
        machines=len(found),
        faults=len(sick),
        alarmed=len(first),
        severity_db=round(float(np.median(severities)), 1) if severities else None,
        severity_90_db=round(float(np.quantile(severities, 0.9)), 1) if severities else None,
        weeks=round(float(np.median(delays)), 1) if delays else None,
        false_per_machine_year=round(len(false) / years, 3),
        false_of_level=round(sum(alarm.kind == LEVEL for alarm in false) / years, 3),
        of_sound_machines=round(
            sum(not life.fault for life, alarm in alarms if not is_right(alarm, life)) / years * 2, 3
        ),
    )


def add_by_severity(ledger: Ledger, rules: Rules, found: Sequence[Life]) -> None:
    """How many faults have raised an alarm by each severity."""
    sick = [life for life in found if life.fault]
    opened = []
    for life in sick:
        right = [alarm.opened_by for alarm in alarms_of(life.history, rules) if alarm.kind == life.fault]
        weeks = [week for week in right if week >= life.onset]
        opened.append(life.severity_db(min(weeks)) if weeks else np.inf)
    for severity_db in (-18, -15, -12, -9, -6, -3, 0, 3, 6, 9):
        reached = [life.severity_db(WEEKS - 1) >= severity_db for life in sick]
        alarmed = [here and when <= severity_db for here, when in zip(reached, opened, strict=True)]
        share = 100.0 * sum(alarmed) / max(sum(reached), 1)
        ledger.add(method="alarmed by", severity_db=severity_db, faults=sum(reached), percent=round(share, 1))


def main() -> None:
    """Simulate the years once; judge them by several rules."""
    options = arguments(__doc__, lambda parser: parser.add_argument("--machines", type=count, help="how many"))
    ledger = Ledger("alarms.py")
    found = list(lives(options.machines or (50 if options.quick else 500)))
    add_rows(ledger, "the house's rules", Rules(), found)
    add_rows(ledger, "one recording alone", Rules(needed=1, of=1), found)
    add_rows(ledger, "5 of 6", Rules(needed=5, of=6), found)
    add_by_severity(ledger, Rules(), found)
    ledger.note("simulated machines and growth; `ready` was taught by other simulated machines")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
