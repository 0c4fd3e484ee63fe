"""H5: all of one rig trains, others test."""

from pathlib import Path

import pytest

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora.loading import manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.splitting.split import SplitConfig, split
from pipeline.errors import CatalogError


def together(*names):
    return Catalog(tuple(row for name in names for row in expand(manifest_of(name)).rows), Path())


def test_the_144_signals_train_and_every_bearing_of_other_rigs_tests():
    made = split(together("cwru", "mfpt", "hit_sm", "gearbox"), SplitConfig(protocol="cross_machine"))
    assert len(made.train) == 144
    assert {row.machine for row in made.train} == {"CWRU 2 hp motor rig"}
    assert {row.machine for row in made.test} == {"MFPT bearing rig", "HIT-SM SpectraQuest MFS"}
    assert {row.labels for row in made.test} == {("inner_race",), ("outer_race",), ("healthy",)}
    assert not any("gear_tooth" in row.labels for row in (*made.train, *made.test))
    assert audit(made, same_specimen=False, leaky=False).stamps == ()


def test_one_machine_can_be_named_to_test():
    catalog = together("cwru", "mfpt", "hit_sm")
    made = split(catalog, SplitConfig(protocol="cross_machine", test=["MFPT bearing rig"]))
    assert {row.machine for row in made.test} == {"MFPT bearing rig"}
    assert any(row.machine == "HIT-SM SpectraQuest MFS" for row in made.unused)


def test_without_another_machine_or_without_all_of_cwru_it_is_refused():
    with pytest.raises(CatalogError, match=r"signals of another machine than CWRU's.*\[cwru, mfpt\]"):
        split(together("cwru", "gearbox"), SplitConfig(protocol="cross_machine"))
    with pytest.raises(CatalogError, match=r"cross_machine: needs the 144 signals of the corpus cwru"):
        split(together("mfpt"), SplitConfig(protocol="cross_machine"))
