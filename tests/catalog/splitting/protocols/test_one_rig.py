"""H3 and H4: one load, or one severity, of one rig out; the same parts are on both sides, and it is said."""

from pathlib import Path

import pytest

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora.loading import manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import SplitConfig, split, splits
from pipeline.errors import CatalogError, LeakError


def corpus(name):
    return Catalog(expand(manifest_of(name)).rows, Path(), name)


def test_one_load_of_the_gearbox_tests_and_all_others_train():
    made = list(splits(corpus("gearbox"), SplitConfig(protocol="gearbox_load", same_specimen=True)))
    loads = sorted({row.condition["load"] for row in corpus("gearbox")})
    assert [{row.condition["load"] for row in one.test} for one in made] == [{load} for load in loads]
    for one in made:
        assert {row.labels for row in one.test} == {row.labels for row in one.train} == {("healthy",), ("gear_tooth",)}
        assert one.stamps == ("same part",)
        with pytest.raises(LeakError, match="declare same_specimen: true"):
            audit(one, same_specimen=False, leaky=False)


def test_a_load_with_one_state_only_is_no_load_and_two_must_be_left():
    catalog = corpus("gearbox")
    half = catalog.where(lambda row: row.condition["load"] == 0 or "healthy" in row.labels)
    with pytest.raises(CatalogError, match=r"gear_tooth and healthy at each of two loads.*load 50 lacks gear_tooth"):
        split(half, SplitConfig(protocol="gearbox_load", test=[0]))
    with pytest.raises(CatalogError, match=r"needs test: \[LOAD\].*there are 0, 50"):
        split(catalog, SplitConfig(protocol="gearbox_load"))
    with pytest.raises(CatalogError, match=r"no load '75'; there are"):
        split(catalog, SplitConfig(protocol="gearbox_load", test=[75]))


def test_one_severity_tests_with_the_second_half_of_the_healthy_recordings():
    made = list(splits(corpus("hit_sm"), SplitConfig(protocol="severity", same_specimen=True)))
    assert len(made) == 3
    for one, arc in zip(made, (2, 5, 8), strict=True):
        faulty = [row for row in one.test if row.labels != ("healthy",)]
        assert {row.condition["severity"] for row in faulty} == {arc}
        assert {row.labels for row in faulty} == {("inner_race",), ("outer_race",)}
        healthy = [[row.span for row in side if row.labels == ("healthy",)] for side in (one.train, one.test)]
        assert {stop for _, stop in healthy[0]} == {start for start, _ in healthy[1]}
        assert {start for start, _ in healthy[0]} == {0}
        found = audit(one, same_specimen=True, leaky=False)
        assert found.shared_specimens == ("HITSM-Normal",)
        assert found.overlapping == 0


def test_a_fault_without_one_of_the_severities_is_named():
    part = corpus("hit_sm").where(lambda row: not row.signal.startswith("OR5"))
    with pytest.raises(CatalogError, match=r"missing: outer_race at 5; take data: \{corpus: hit_sm\}, complete"):
        split(part, SplitConfig(protocol="severity", test=[8]))
    faulty = corpus("hit_sm").where(lambda row: row.labels != ("healthy",))
    with pytest.raises(CatalogError, match="missing: healthy"):
        split(faulty, SplitConfig(protocol="severity", test=[8]))
    with pytest.raises(CatalogError, match=r"severity: needs test: \[SEVERITY\].*there are 2, 5, 8"):
        split(corpus("hit_sm"), SplitConfig(protocol="severity"))


@pytest.mark.parametrize(
    ("protocol", "one", "two"), [("gearbox_load", 50, (0, 50)), ("severity", 5, (2, 5))], ids=["load", "severity"]
)
def test_one_value_tests_and_no_more_and_the_split_says_which(protocol, one, two):
    catalog = corpus({"gearbox_load": "gearbox", "severity": "hit_sm"}[protocol])
    made = split(catalog, SplitConfig(protocol=protocol, test=[one]))
    assert made.protocol.startswith(f"protocol {protocol}, {protocol.removeprefix('gearbox_')} out: {one}")
    with pytest.raises(CatalogError, match=f"{protocol}: needs test: .*, the one( load)? left out"):
        split(catalog, SplitConfig(protocol=protocol, test=list(two)))


@pytest.mark.parametrize(("protocol", "name"), [("gearbox_load", "load"), ("severity", "severity")])
def test_splits_come_in_the_order_of_their_values_as_numbers(protocol, name):
    faulty = [Row(f"f{k}", f"f{k}.wav", labels=("gear_tooth",), condition={name: k}) for k in (10, 2, 100)]
    sound = [Row(f"h{k}", f"h{k}.wav", labels=("healthy",), n_samples=100, condition={"load": k}) for k in (10, 2, 100)]
    made = splits(Catalog((*faulty, *sound), Path()), SplitConfig(protocol=protocol, same_specimen=True))
    assert [{row.condition[name] for row in one.test if row.labels == ("gear_tooth",)} for one in made] == [
        {2}, {10}, {100}
    ]  # fmt: skip
