"""The leak-free split of the Paderborn bearings by bearing: two of five of each state test, three train.

Fifteen bearings: five healthy, five with real damage at the outer race, five at the inner race, at all four operating
conditions. Artificially damaged bearings, K006, KI17 and those with both races damaged take no part.

Source: Vieira, Bauler, Rosa, Silva (2026), MSSP 258, 114640; code gama-ufsc/bearing-data-leakage,
`train_test_split_proposed` with the configuration `proposed_evaluation_3x2split` (all 1000 combinations of the pairs
below, shuffled with seed 42; `run` counts through them).
"""

import random
import re
from functools import cache
from itertools import product

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.protocols.protocol import Protocol
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError

HEALTHY = ("K001", "K002", "K003", "K004", "K005")
OUTER = ("KA04", "KA15", "KA16", "KA22", "KA30")
INNER = ("KI04", "KI14", "KI16", "KI18", "KI21")
BEARINGS = (*HEALTHY, *OUTER, *INNER)

PAIRS_OUT = (
    ((0, 2), (0, 1), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)),
    ((0, 2), (0, 1), (1, 2), (0, 3), (0, 4), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)),
    ((0, 2), (0, 1), (1, 2), (0, 3), (0, 4), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)),
)
"""Places in HEALTHY, OUTER and INNER of the two that test, in the authors' order, which the shuffle depends on."""

CODE = re.compile(r"(?<![A-Z0-9])K(?:\d{3}|[AIB]\d{2})(?![0-9])")


@cache
def combinations() -> tuple[tuple[str, ...], ...]:
    """The six bearings that test, run by run."""
    pairs = [
        [tuple(state[place] for place in pair) for pair in order]
        for state, order in zip((HEALTHY, OUTER, INNER), PAIRS_OUT, strict=True)
    ]
    every = list(product(*pairs))
    random.Random(42).shuffle(every)
    return tuple(tuple(name for pair in chosen for name in pair) for chosen in every)


def bearings_out(seed: int) -> tuple[str, ...]:
    """The six bearings that test.

    Args:
        seed: the authors' `run`, 0 to 999.

    Example:
        >>> tested = bearings_out(0)
        >>> len(tested), sum(name in OUTER for name in tested)
        (6, 2)
    """
    runs = combinations()
    if seed >= len(runs):
        raise CatalogError(f"paderborn_bearingwise: has seeds 0 to {len(runs) - 1}, got {seed}")
    return runs[seed]


def bearing_code(row: Row) -> str | None:
    """The publisher's name of the bearing, from the specimen, or from the name of the signal or file.

    Example:
        >>> bearing_code(Row("N15_M07_F10_KA04_1", "KA04/N15_M07_F10_KA04_1.mat"))
        'KA04'
    """
    for text in (row.specimen, row.signal, row.source):
        if found := CODE.search(text):
            return found[0]
    return None


def paderborn_bearingwise(catalog: Catalog, config: SplitConfig) -> Split:
    """The published split on the corpus `paderborn`.

    Args:
        catalog: the corpus; bearings that are not of the protocol are left out.
        config: `seed` is the authors' run, 0 to 999.

    Raises:
        CatalogError: when bearings of the protocol are missing, with their names.
    """
    tested = bearings_out(config.seed)
    coded = [(bearing_code(row), row) for row in catalog]
    there = {code for code, _ in coded}
    missing = [code for code in BEARINGS if code not in there]
    if missing:
        raise CatalogError(
            f"paderborn_bearingwise: needs {len(BEARINGS)} bearings, and {len(missing)} are not there "
            f"({', '.join(missing)}); take data: {{corpus: paderborn}}, complete"
        )
    train = tuple(row for code, row in coded if code in BEARINGS and code not in tested)
    test = tuple(row for code, row in coded if code in tested)
    return Split(train, test, protocol=f"paderborn_bearingwise run {config.seed}: {', '.join(tested)} test")


PADERBORN_BEARINGWISE = Protocol(paderborn_bearingwise, frozenset({"seed"}))
