"""H2: one size of every bearing out."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora.loading import manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.splitting.split import SplitConfig, split, splits
from pipeline.errors import CatalogError


@pytest.fixture(scope="module")
def cwru():
    """Every signal of the manifest, files or not."""
    return Catalog(expand(manifest_of("cwru")).rows, Path(), "cwru")


def faults(rows):
    return {(row.point, row.labels[0], row.condition["size_mil"]) for row in rows if row.labels != ("healthy",)}


@pytest.mark.parametrize("size", [7, 14, 21])
@pytest.mark.parametrize("side", ["DE", "FE"])
def test_all_six_faults_of_one_size_test_and_no_healthy_bearing_is_on_both_sides(cwru, size, side):
    made = split(cwru, SplitConfig(protocol="cwru_sizewise", test=[size], side=side))
    six = {(end, fault) for end in ("DE", "FE") for fault in ("ball", "inner_race", "outer_race")}
    assert (len(made.train), len(made.test)) == (72, 36)
    assert faults(made.test) == {(*one, size) for one in six}
    assert faults(made.train) == {(*one, other) for one in six for other in {7, 14, 21} - {size}}
    assert {row.point for row in made.train if row.labels == ("healthy",)} == {side}
    assert {row.point for row in made.test if row.labels == ("healthy",)} == {"FE" if side == "DE" else "DE"}
    assert audit(made, same_specimen=False, leaky=False).stamps == ()


def test_with_faults_only_three_faults_are_equally_many_and_nothing_is_healthy(cwru):
    made = list(splits(cwru, SplitConfig(protocol="cwru_sizewise", faults_only=True)))
    assert [(len(one.train), len(one.test)) for one in made] == [(48, 24)] * 3
    for one in made:
        assert Counter(row.labels for row in one.test) == {("ball",): 8, ("inner_race",): 8, ("outer_race",): 8}
        assert all(row.condition["fault_end"] == row.point for row in (*one.train, *one.test))
        assert audit(one, same_specimen=False, leaky=False).stamps == ()


def test_there_are_six_splits_and_each_signal_with_a_fault_tests_twice(cwru):
    made = list(splits(cwru, SplitConfig(protocol="cwru_sizewise")))
    assert len({one.protocol for one in made}) == len(made) == 6
    tested = Counter(row.signal for one in made for row in one.test if row.labels != ("healthy",))
    assert set(tested.values()) == {2}
    assert len(tested) == 72


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"side": "DE"}, r"needs test: \[7\], \[14\] or \[21\].*got none"),
        ({"side": "DE", "test": [28]}, "got 28"),
        ({"side": "DE", "test": [7, 14]}, "got 7, 14"),
        ({"test": [7]}, "needs side: DE or FE"),
        ({"test": [7], "side": "DE", "seed": 3}, "cwru_sizewise takes side, faults_only, test; remove seed"),
    ],
)
def test_what_is_missing_or_too_much_is_told(cwru, told, said):
    with pytest.raises(CatalogError, match=said):
        split(cwru, SplitConfig(protocol="cwru_sizewise", **told))


def test_an_incomplete_corpus_is_refused_under_its_own_name(cwru):
    part = cwru.where(lambda row: not row.signal.startswith("105/"))
    with pytest.raises(CatalogError, match=r"cwru_sizewise: needs the 144 signals.*2 are not there \(105/DE, 105/FE\)"):
        split(part, SplitConfig(protocol="cwru_sizewise", test=[7], side="DE"))


def test_the_reported_splits_of_the_bearingwise_protocol_are_a_hundred(cwru):
    made = list(splits(cwru, SplitConfig(protocol="cwru_bearingwise")))
    assert len({one.protocol for one in made}) == 100
    assert len(list(splits(cwru, SplitConfig(protocol="cwru_bearingwise", side="FE")))) == 50
    assert len(list(splits(cwru, SplitConfig(protocol="cwru_bearingwise", fold=2)))) == 2
