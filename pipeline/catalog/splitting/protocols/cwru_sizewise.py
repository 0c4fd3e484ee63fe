"""H2: the CWRU recordings by fault size: two sizes of everything train, the third tests.

A deterministic subset of `cwru_bearingwise`: of each of the six (end, fault) pairs the bearing of the held-out size
tests, at all loads and both accelerometers; the healthy bearing of one end trains only, that of the other tests only.
With `faults_only` (H2b) no healthy signal takes part: each bearing is heard at its own end, and three faults are told
apart.

Source: the question is that of Hendriks, Dumond, Knox (2022), Towards better benchmarking using the CWRU bearing fault
dataset, MSSP 169, 108732; there the healthy class is still split by load, which is mended here.
"""

from collections.abc import Iterator

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.groups import as_key
from pipeline.catalog.splitting.protocols.cwru_bearingwise import PAIRS, names, nominal, sides, table
from pipeline.catalog.splitting.protocols.protocol import Protocol
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError

SIZES_MIL = (7, 14, 21)


def cwru_sizewise(catalog: Catalog, config: SplitConfig) -> Split:
    """H2 (or H2b) on the corpus `cwru`.

    Args:
        catalog: the corpus; other signals than the 144 of `cwru_bearingwise` are left out.
        config: `test` is the held-out size: 7, 14 or 21 (mil); `side` the end whose healthy bearing trains, or
            `faults_only`.

    Returns:
        72 signals that train and 36 that test; with `faults_only` 48 and 24.

    Raises:
        CatalogError: without a size or a side, or when recordings of the protocol are missing.
    """
    size = size_out(config)
    tested = names((size,) * len(PAIRS))
    rows = nominal(catalog, "cwru_sizewise")
    if config.faults_only:
        own_end = {signal: row for signal, row in rows.items() if table()[signal].channel == table()[signal].fault_end}
        train, test = sides(own_end, tested, healthy_trains="DE")
        return Split(train, test, protocol=f"cwru_sizewise {size} mil out, faults only")
    if config.side is None:
        raise CatalogError("cwru_sizewise: needs side: DE or FE, the end whose healthy bearing trains, or faults_only")
    train, test = sides(rows, tested, healthy_trains=config.side)
    return Split(train, test, protocol=f"cwru_sizewise {size} mil out, side {config.side}")


def size_out(config: SplitConfig) -> int:
    """The size held out.

    Raises:
        CatalogError: when it is not exactly one of the three.
    """
    said = [as_key(value) for value in config.test or ()]
    if len(said) != 1 or said[0] not in map(str, SIZES_MIL):
        raise CatalogError(
            f"cwru_sizewise: needs test: [7], [14] or [21], the size held out in mil; got {', '.join(said) or 'none'}"
        )
    return int(said[0])


def every(catalog: Catalog, config: SplitConfig) -> Iterator[SplitConfig]:  # noqa: ARG001 - as every protocol is asked
    """Three sizes, each with both healthy ends; with `faults_only`, three splits."""
    for size in (size_out(config),) if config.test else SIZES_MIL:
        for side in (config.side,) if config.side or config.faults_only else ("DE", "FE"):
            yield config.model_copy(update={"test": [size], "side": side})


CWRU_SIZEWISE = Protocol(cwru_sizewise, frozenset({"side", "test", "faults_only"}), every)
