"""H1: the leak-free split of the CWRU recordings by bearing, as published and checked seed by seed.

Each of the six (end, fault) pairs gives one of its three fault sizes to test, at all loads and both accelerometers.
The bearing at the other end is healthy; that of one end trains only, that of the other tests only.

Source: Vieira, Bauler, Rosa, Silva (2026), Towards a more realistic evaluation of machine learning models for
bearing fault diagnosis, MSSP 258, 114640; code gama-ufsc/bearing-data-leakage, `split_cwru_proposed`.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.protocols.protocol import Protocol
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError

TABLE = Path(__file__).parents[2] / "corpora" / "cwru_bearingwise_signals.csv"
PAIRS = (("DE", "B"), ("DE", "IR"), ("DE", "OR"), ("FE", "B"), ("FE", "IR"), ("FE", "OR"))
SIZES_MIL = (14, 21, 7)
"""In the text order of the authors' bearing names, which is what their generator permutes."""
TUNING = ((14, 7, 14, 21, 14, 7), (21, 21, 7, 14, 21, 21), (7, 14, 21, 7, 7, 14))
"""Sizes that test, pair by pair, in the three folds for tuning; no reported split may equal one."""
REPORTED = range(4, 54)
"""The seeds of the splits that the authors report."""


@dataclass(frozen=True)
class TableRow:
    """One line of the published table of signals."""

    bearing: str
    channel: str
    fault_end: str
    speed_rpm: float


@cache
def table() -> Mapping[str, TableRow]:
    """The published table: signal, such as "105/DE", to what the protocol needs of it."""
    with TABLE.open(newline="") as file:
        return {
            f"{line['file']}/{line['channel']}": TableRow(
                line["bearing"], line["channel"], line["fault_end"], float(line["rpm_nominal"])
            )
            for line in csv.DictReader(file)
        }


def names(sizes: tuple[int, ...]) -> frozenset[str]:
    """Bearings by name, such as "DE_IR_14", from one size per pair."""
    return frozenset(f"{end}_{fault}_{size}" for (end, fault), size in zip(PAIRS, sizes, strict=True))


def bearings_out(seed: int) -> frozenset[str]:
    """The six bearings that test.

    Args:
        seed: as published; reported splits are 4 to 53.

    Returns:
        One name per (end, fault) pair; a draw that equals a tuning fold is drawn again.

    Example:
        >>> sorted(bearings_out(4))
        ['DE_B_21', 'DE_IR_14', 'DE_OR_14', 'FE_B_14', 'FE_IR_21', 'FE_OR_7']
    """
    while (sizes := draw(seed)) in TUNING:
        seed += 100
    return names(sizes)


def draw(seed: int) -> tuple[int, ...]:
    """One size per pair, from the generator behind the authors' GroupShuffleSplit."""
    return tuple(SIZES_MIL[np.random.RandomState(seed + 1000 * pair).permutation(3)[0]] for pair in range(len(PAIRS)))


def cwru_bearingwise(catalog: Catalog, config: SplitConfig) -> Split:
    """H1 on the corpus `cwru`.

    Speeds become the nominal ones by load, as published: 1797, 1772, 1750, 1730 rpm.

    Args:
        catalog: the corpus; other signals than the 144 of the protocol are left out.
        config: `side` is the end whose healthy bearing trains; `seed` 4 to 53, or `fold` 1 to 3 for tuning.

    Returns:
        72 signals that train and 36 that test.

    Raises:
        CatalogError: without a side, for a fold there is not, or when recordings of the protocol are missing.
    """
    if config.side is None:
        raise CatalogError("cwru_bearingwise: needs side: DE or FE, the end whose healthy bearing trains")
    tested, told = chosen(config)
    train, test = sides(nominal(catalog), tested, healthy_trains=config.side)
    return Split(train, test, protocol=f"cwru_bearingwise {told} side {config.side}")


def sides(
    rows: Mapping[str, Row], tested: Collection[str], healthy_trains: str
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Signals that train and that test; a healthy bearing is on one side only, so half of its signals go unused.

    Args:
        rows: signal to row, of the protocol's table.
        tested: bearings that test, such as "DE_IR_14".
        healthy_trains: the end whose healthy bearing trains.
    """
    other = "FE" if healthy_trains == "DE" else "DE"
    train: list[Row] = []
    test: list[Row] = []
    for signal, row in rows.items():
        line = table()[signal]
        leaves = other if line.bearing not in tested else healthy_trains  # whose healthy bearing this side lacks
        if line.channel == leaves and line.fault_end != leaves:
            continue
        (test if line.bearing in tested else train).append(row)
    return tuple(train), tuple(test)


def chosen(config: SplitConfig) -> tuple[frozenset[str], str]:
    """The bearings that test, and how to say which draw it was."""
    if config.fold is None:
        return bearings_out(config.seed), f"seed {config.seed}"
    if config.fold > len(TUNING):
        raise CatalogError(f"cwru_bearingwise: has tuning folds 1 to {len(TUNING)}, got fold: {config.fold}")
    return names(TUNING[config.fold - 1]), f"tuning fold {config.fold}"


def nominal(catalog: Catalog, protocol: str = "cwru_bearingwise") -> dict[str, Row]:
    """The signals of the protocol, in the order of its table, at their nominal speeds."""
    rows = {row.signal: row for row in catalog}
    missing = [signal for signal in table() if signal not in rows]
    if missing:
        raise CatalogError(
            f"{protocol}: needs the 144 signals of the corpus cwru, and {len(missing)} are not there "
            f"({', '.join(missing[:4])}{', ...' * (len(missing) > 4)}); take data: {{corpus: cwru}}, complete"
        )
    return {
        signal: rows[signal].changed(speed_rpm=line.speed_rpm, speed_from="nominal") for signal, line in table().items()
    }


def every(catalog: Catalog, config: SplitConfig) -> Iterator[SplitConfig]:  # noqa: ARG001 - as every protocol is asked
    """The 100 reported splits, or those of the seed, fold or side that the config names."""
    named = "seed" in config.model_fields_set or config.fold is not None
    for seed in (config.seed,) if named else REPORTED:
        for side in (config.side,) if config.side else ("DE", "FE"):
            yield config.model_copy(update={"seed": seed, "side": side})


def signals(catalog: Catalog) -> tuple[Row, ...]:
    """The 144 signals of the protocol, at their nominal speeds."""
    return tuple(nominal(catalog).values())


CWRU_BEARINGWISE = Protocol(cwru_bearingwise, frozenset({"seed", "side", "fold"}), every, signals)
