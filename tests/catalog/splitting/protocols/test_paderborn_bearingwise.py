"""The published split of the Paderborn bearings, run by run."""

import random
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.protocols.paderborn_bearingwise import bearings_out, combinations
from pipeline.catalog.splitting.split import SplitConfig, split
from pipeline.errors import CatalogError

STATES = {
    "healthy": "K001 K002 K003 K004 K005",
    "outer_race": "KA04 KA15 KA16 KA22 KA30",
    "inner_race": "KI04 KI14 KI16 KI18 KI21",
}
# The lists of the authors' configuration `proposed_evaluation_3x2split`, as they stand there.
LISTS = (
    "K001 K003|K001 K002|K001 K004|K001 K005|K002 K003|K002 K004|K002 K005|K003 K004|K003 K005|K004 K005",
    "KA04 KA16|KA04 KA15|KA15 KA16|KA04 KA22|KA04 KA30|KA15 KA22|KA15 KA30|KA16 KA22|KA16 KA30|KA22 KA30",
    "KI04 KI16|KI04 KI14|KI14 KI16|KI04 KI18|KI04 KI21|KI14 KI18|KI14 KI21|KI16 KI18|KI16 KI21|KI18 KI21",
)


def catalog(leave_out=()):
    bearings = [(label, code) for label, codes in STATES.items() for code in codes.split()]
    bearings += [("outer_race", "KA01"), ("healthy", "K006"), ("inner_race", "KI17"), ("inner_race", "KB23")]
    rows = tuple(
        Row(f"{setting}_{code}_{n}", f"{code}/{setting}_{code}_{n}.mat", specimen=f"Paderborn-{code}", labels=(label,))
        for label, code in bearings
        for setting in ("N15_M07_F10", "N09_M07_F10")
        for n in (1, 2)
        if code not in leave_out
    )
    return Catalog(rows, Path())


def test_runs_are_those_the_authors_shuffle_deals():
    lists = [[pair.split() for pair in told.split("|")] for told in LISTS]
    theirs = list(product(*lists))
    state = random.getstate()
    random.seed(42)
    random.shuffle(theirs)
    random.setstate(state)
    assert len(combinations()) == 1000
    for run in range(1000):
        assert list(bearings_out(run)) == [code for pair in theirs[run] for code in pair]


def test_two_bearings_of_each_state_test_and_three_train():
    made = split(catalog(), SplitConfig(protocol="paderborn_bearingwise", seed=7))
    assert Counter(row.labels[0] for row in {row.specimen: row for row in made.test}.values()) == dict.fromkeys(
        STATES, 2
    )
    assert Counter(row.labels[0] for row in {row.specimen: row for row in made.train}.values()) == dict.fromkeys(
        STATES, 3
    )
    assert {row.specimen for row in made.unused} == {f"Paderborn-{code}" for code in ("KA01", "K006", "KI17", "KB23")}
    assert audit(made, same_specimen=False, leaky=False).stamps == ()
    assert audit(made, same_specimen=False, leaky=False).specimens_test == 6


def test_bearings_are_known_by_the_file_where_the_specimen_says_nothing():
    rows = tuple(row.changed(specimen="", signal=f"{n}") for n, row in enumerate(catalog()))
    made = split(Catalog(rows, Path()), SplitConfig(protocol="paderborn_bearingwise", seed=7))
    assert len(made.test) == 6 * 4


def test_missing_bearings_and_runs_there_are_not_are_named():
    with pytest.raises(CatalogError, match=r"needs 15 bearings, and 2 are not there \(K003, KI21\)"):
        split(catalog(("K003", "KI21")), SplitConfig(protocol="paderborn_bearingwise", seed=7))
    with pytest.raises(CatalogError, match="has seeds 0 to 999, got 1000"):
        split(catalog(), SplitConfig(protocol="paderborn_bearingwise", seed=1000))
    with pytest.raises(CatalogError, match="takes seed; remove side"):
        split(catalog(), SplitConfig(protocol="paderborn_bearingwise", seed=1, side="DE"))
