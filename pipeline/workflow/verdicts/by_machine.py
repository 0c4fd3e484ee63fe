"""By machine: diagnoses of signals as one answer for each machine that a catalog or side files name."""

from collections.abc import Sequence

from pipeline.catalog.catalog import Catalog
from pipeline.diagnosis.by_machine import AtPoint, MachineVerdict, machine_verdict
from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.errors import RequestError
from pipeline.readers.places import Place, place_of
from pipeline.workflow.request.owners import stated_owner
from pipeline.workflow.request.signals import openers_of

NOBODYS = (
    "--by machine: nothing says which machine a signal is of; give a --catalog with the column machine, or machine: in "
    "side files"
)


def refuse_nobodys(sources: Sequence[Place], catalog: Catalog | None) -> None:
    """Nothing, where somebody names the machine of any file; asked before all of them are diagnosed.

    Args:
        sources: files, checked.
        catalog: rows that state facts of files by name.

    Raises:
        RequestError: when nobody does.
    """
    owners = (stated_owner(place_of(name), row)[0] for name, _, row in openers_of(sources, {}, catalog))
    if not any(owners):
        raise RequestError(NOBODYS)


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
        raise RequestError(NOBODYS)
    return [machine_verdict(machine, signals) for machine, signals in found.items()]
