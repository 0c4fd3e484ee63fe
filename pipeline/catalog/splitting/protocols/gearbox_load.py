"""H3: the SpectraQuest gearbox, one load left out: train on all other loads, test on it.

One healthy and one broken gear in all, so the figure shows robustness to load, never to a new gear: the config must
say `same_specimen: true`, and every result is stamped "same part".

Source: the recordings are those of the Gearbox Fault Diagnosis Data, NREL, Open Energy Data Initiative, submission 623
(2018); the protocol is Faultprint's own.
"""

from collections.abc import Iterator

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.splitting.by_group import by_group
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.groups import group_of, grouped, natural
from pipeline.catalog.splitting.protocols.protocol import Protocol
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError

LABELS = ("gear_tooth", "healthy")


def gearbox_load(catalog: Catalog, config: SplitConfig) -> Split:
    """H3 on the corpus `gearbox`.

    Args:
        catalog: the corpus, with a `load` for every signal.
        config: `test` is the load left out, in percent.

    Raises:
        CatalogError: without a load, or where fewer than two loads are there with both states of the gear.
    """
    loads = whole_loads(catalog)
    if not config.test or len(config.test) != 1:
        raise CatalogError(f"gearbox_load: needs test: [LOAD], the one load left out; there are {', '.join(loads)}")
    whole = catalog.where(lambda row: group_of(row, "load") in loads)
    made = by_group(whole, config.model_copy(update={"protocol": None, "group": "load"}))
    return Split(made.train, made.test, protocol=f"protocol gearbox_load, {made.protocol}")


def whole_loads(catalog: Catalog) -> list[str]:
    """Loads at which both states of the gear were recorded.

    Raises:
        CatalogError: when there are fewer than two, with what is missing.
    """
    loads, _ = grouped(catalog.rows, "load")
    missing = {
        load: [label for label in LABELS if not any(label in row.labels for row in loads[load])]
        for load in sorted(loads, key=natural)
    }
    whole = [load for load, labels in missing.items() if not labels]
    if len(whole) < 2:
        there = [f"load {load}" for load in whole]
        told = [f"load {load} lacks {' and '.join(labels)}" for load, labels in missing.items() if labels]
        raise CatalogError(
            f"gearbox_load: needs {' and '.join(LABELS)} at each of two loads or more; whole: "
            f"{', '.join(there) or 'none'}; {'; '.join(told) or 'no other load is there'}; "
            "take data: {corpus: gearbox}"
        )
    return whole


def every(catalog: Catalog, config: SplitConfig) -> Iterator[SplitConfig]:
    """One split per load, or the one the config names."""
    for load in config.test or whole_loads(catalog):
        yield config.model_copy(update={"test": [load]})


GEARBOX_LOAD = Protocol(gearbox_load, frozenset({"test"}), every)
