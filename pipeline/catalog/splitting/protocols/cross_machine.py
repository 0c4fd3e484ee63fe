"""H5: trained on one rig, tested on others: all 144 signals of `cwru_bearingwise` train, other machines test.

Only geometry and speed of the other machines are given to the model; no signal of theirs is used in training. Signals
with a label that CWRU's bearings never had (gears, imbalance) take no part, nor machines that have no other faults.

Source: the 144 signals are those of Vieira, Bauler, Rosa, Silva (2026), MSSP 258, 114640; the protocol is Faultprint's
own. Published cross-machine figures mostly use unlabelled data of the target machine and are not comparable.
"""

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.by_group import named
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.groups import grouped
from pipeline.catalog.splitting.protocols.cwru_bearingwise import nominal
from pipeline.catalog.splitting.protocols.protocol import Protocol
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError
from pipeline.signals.labels import HEALTHY


def cross_machine(catalog: Catalog, config: SplitConfig) -> Split:
    """H5 on the corpus `cwru` together with others, such as `mfpt` and `hit_sm`.

    Args:
        catalog: signals of several machines, the complete corpus `cwru` among them.
        config: `test` names the machines that test; all but CWRU's without it.

    Returns:
        144 signals that train, and every signal of the other machines whose labels training knows.

    Raises:
        CatalogError: when signals of CWRU are missing, or no other machine is there.
    """
    train = tuple(nominal(catalog, "cross_machine").values())
    machines = others(catalog, train)
    tested = [name for value in config.test for name in named(machines, value, "machine")] if config.test else machines
    test = tuple(row for name in tested for row in machines[name])
    return Split(train, test, protocol=f"cross_machine: {train[0].machine} trains, {', '.join(tested)} tests")


def others(catalog: Catalog, train: tuple[Row, ...]) -> dict[str, list[Row]]:
    """Signals of machines that do not train, by machine.

    Raises:
        CatalogError: when there are none.
    """
    trained = {row.machine for row in train}
    known = {label for row in train for label in row.labels}
    machines, _ = grouped((row for row in catalog if set(row.labels) <= known), "machine")
    # A machine none of whose faults is known says nothing of this model, healthy as it may be now and then.
    found = {
        name: rows
        for name, rows in machines.items()
        if name not in trained and any(set(row.labels) - {HEALTHY} for row in rows)
    }
    if not found:
        raise CatalogError(
            "cross_machine: needs signals of another machine than CWRU's, labelled "
            f"{', '.join(sorted(known))}; take data: {{corpus: [cwru, mfpt]}}"
        )
    return found


CROSS_MACHINE = Protocol(cross_machine, frozenset({"test"}))
