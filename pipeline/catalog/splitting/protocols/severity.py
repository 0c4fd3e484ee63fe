"""H4: one severity left out: the others train, it tests; the healthy recordings are cut in time.

On the corpus `hit_sm` the arcs are 2, 5 and 8 degrees. Each (fault, severity) is a specimen of its own, but there is
one healthy bearing: the first half of each of its recordings trains, the other tests. The config must say
`same_specimen: true`, and every result is stamped "same part".

Source: the recordings are those of the School of Mechatronics Engineering, Harbin Institute of Technology
(hitwzc/Bearing-datasets); the protocol is Faultprint's own.
"""

from collections import defaultdict
from collections.abc import Iterator

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.splitting.by_group import by_group
from pipeline.catalog.splitting.config import TIME_HALVES, SplitConfig
from pipeline.catalog.splitting.groups import group_of, natural
from pipeline.catalog.splitting.protocols.protocol import Protocol
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError
from pipeline.signals.labels import HEALTHY


def severity(catalog: Catalog, config: SplitConfig) -> Split:
    """H4 on the corpus `hit_sm`, or on any catalog with a condition `severity` for its faulty signals.

    Args:
        catalog: the signals; healthy ones have no severity, and known lengths.
        config: `test` is the severity left out.

    Raises:
        CatalogError: without a severity, or where a fault was not recorded at each of two severities or more, or
            nothing is healthy.
    """
    there = severities(catalog)
    if not config.test or len(config.test) != 1:
        raise CatalogError(f"severity: needs test: [SEVERITY], the one left out; there are {', '.join(there)}")
    made = by_group(catalog, config.model_copy(update={"protocol": None, "group": "severity", "rest": TIME_HALVES}))
    return Split(made.train, made.test, protocol=f"protocol severity, {made.protocol}")


def severities(catalog: Catalog) -> list[str]:
    """The severities of a catalog, where each fault has them all.

    Raises:
        CatalogError: naming what is missing.
    """
    by_fault: dict[str, set[str]] = defaultdict(set)
    for row in catalog:
        for label in set(row.labels) - {HEALTHY}:
            by_fault[label].add(group_of(row, "severity") or "none stated")
    wanted = sorted(set().union(*by_fault.values()) if by_fault else (), key=natural)
    missing = [f"{fault} at {one}" for fault, told in sorted(by_fault.items()) for one in wanted if one not in told]
    if not any(HEALTHY in row.labels for row in catalog):
        missing.append(HEALTHY)
    if len(wanted) < 2 or missing:
        told = f"missing: {', '.join(missing)}" if missing else f"there is {', '.join(wanted) or 'none'}"
        raise CatalogError(
            f"severity: needs healthy signals, and every fault at two severities or more; {told}; "
            "take data: {corpus: hit_sm}, complete"
        )
    return wanted


def every(catalog: Catalog, config: SplitConfig) -> Iterator[SplitConfig]:
    """One split per severity, or the one the config names."""
    for one in config.test or severities(catalog):
        yield config.model_copy(update={"test": [one]})


SEVERITY = Protocol(severity, frozenset({"test"}), every)
