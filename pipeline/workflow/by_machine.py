"""By machine: diagnoses of signals as one answer for each machine that a catalog or side files name."""

from collections.abc import Sequence

from pipeline.diagnosis.by_machine import AtPoint, MachineVerdict, machine_verdict
from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.errors import RequestError


def by_machine(made: Sequence[Diagnosis]) -> list[MachineVerdict]:
    """One answer for each machine, in the order in which they come; signals of no named machine are in none.

    A signal without a point is one of its channel.

    Raises:
        RequestError: when no signal has a machine.
    """
    found: dict[str, list[AtPoint]] = {}
    for one in made:
        if one.machine:
            point = one.point or one.verdict.channel or ""
            found.setdefault(one.machine, []).append(AtPoint(point, one.verdict))
    if not found:
        raise RequestError(
            "--by machine: nothing says which machine a signal is of; give a --catalog with the column machine, or "
            "machine: in side files"
        )
    return [machine_verdict(machine, signals) for machine, signals in found.items()]
