"""Published splits, reproduced to the row."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora.loading import manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.catalog.splitting.protocols import cwru_bearingwise as h1
from pipeline.catalog.splitting.split import SplitConfig, split
from pipeline.errors import CatalogError

SPLITS = Path(h1.TABLE).with_name("cwru_bearingwise_splits.csv")
SIGNALS = list(csv.DictReader(Path(h1.TABLE).read_text().splitlines()))
PUBLISHED = list(csv.DictReader(SPLITS.read_text().splitlines()))
WORDS = {"inner": "inner_race", "outer": "outer_race", "ball": "ball"}


@pytest.fixture(scope="module")
def cwru():
    """Every signal of the manifest, files or not."""
    return Catalog(expand(manifest_of("cwru")).rows, Path(), "cwru")


def config_of(line):
    which = {"fold": int(line["seed"].removeprefix("fold"))} if line["role"] == "tune" else {"seed": int(line["seed"])}
    return SplitConfig(protocol="cwru_bearingwise", side=line["healthy_train_end"], **which)


def expected(line):
    """Signals of both sides by the rule in words: the table's, written here a second time."""
    out, side = set(line["test_bearings"].split()), line["healthy_train_end"]
    sides = {"train": set(), "test": set()}
    for signal in SIGNALS:
        tested = signal["bearing"] in out
        healthy = signal["channel"] != signal["fault_end"]
        if not healthy or (signal["channel"] == side) != tested:
            sides["test" if tested else "train"].add(f"{signal['file']}/{signal['channel']}")
    return sides


def test_the_published_table_has_106_splits_of_144_signals():
    assert Counter(line["role"] for line in PUBLISHED) == {"tune": 6, "report": 100}
    assert len(SIGNALS) == len(h1.table()) == 144


@pytest.mark.parametrize("line", PUBLISHED, ids=lambda line: f"{line['seed']}-{line['healthy_train_end']}")
def test_every_published_split_is_reproduced(cwru, line):
    made = split(cwru, config_of(line))
    tested = {h1.table()[row.signal].bearing for row in made.test}
    assert tested == set(line["test_bearings"].split())
    assert {"train": {row.signal for row in made.train}, "test": {row.signal for row in made.test}} == expected(line)
    assert (len(made.train), len(made.test)) == (72, 36)


def drawn_by_scikit_learn(seed):
    """The authors' way: one GroupShuffleSplit per (end, fault), over the names of its three bearings."""
    out = set()
    for index, (end, fault) in enumerate((end, fault) for end in ("DE", "FE") for fault in ("B", "IR", "OR")):
        bearings = np.array([f"{end}_{fault}_{size}" for size in (7, 14, 21)])
        dealer = GroupShuffleSplit(n_splits=1, test_size=1, random_state=seed + 1000 * index)
        ((_, tested),) = dealer.split(bearings, groups=bearings)
        out |= set(bearings[tested])
    return out


def test_draws_are_those_of_scikit_learn_and_a_tuning_fold_is_drawn_again():
    tuning = [set(line["test_bearings"].split()) for line in PUBLISHED if line["role"] == "tune"]
    for seed in range(4, 14):
        assert h1.bearings_out(seed) == drawn_by_scikit_learn(seed)
    colliding = [seed for seed in range(600) if h1.names(h1.draw(seed)) in tuning]
    assert colliding
    for seed in colliding:
        assert drawn_by_scikit_learn(seed) in tuning
        assert h1.bearings_out(seed) == drawn_by_scikit_learn(seed + 100)


def test_its_splits_pass_the_audit_without_a_stamp(cwru):
    for line in PUBLISHED:
        checked = audit(split(cwru, config_of(line)), same_specimen=False, leaky=False)
        assert (checked.specimens_train, checked.specimens_test) == (13, 7)  # six faults of three, and a healthy end
        assert checked.stamps == checked.shared_recordings == ()


def test_labels_orders_and_nominal_speeds_are_those_of_the_published_table(cwru):
    made = split(cwru, SplitConfig(protocol="cwru_bearingwise", seed=4, side="DE"))
    rows = {row.signal: row for row in (*made.train, *made.test)}
    orders = {"DE": (3.5848, 5.4152, 4.7135, 0.39828), "FE": (3.0530, 4.9469, 3.9874, 0.3817)}
    told = {f"{line['file']}/{line['channel']}": line for line in SIGNALS}
    assert len(rows) == 108
    for signal, row in rows.items():
        line = told[signal]
        faults = tuple(word for name, word in WORDS.items() if line[name] == "1")
        assert row.labels == (faults or ("healthy",))
        assert row.bearing.orders == orders[line["channel"]]
        assert row.speed_rpm == float(line["rpm_nominal"])
        assert row.speed_from == "nominal"
        assert row.rate_hz == 12000
        assert row.n_samples == int(line["samples"])
        assert row.condition["load_hp"] == int(line["load_hp"])


def test_it_says_in_one_line_which_split_it_is(cwru):
    assert split(cwru, SplitConfig(protocol="cwru_bearingwise", seed=4, side="DE")).protocol == (
        "cwru_bearingwise seed 4 side DE"
    )
    tuned = split(cwru, SplitConfig(protocol="cwru_bearingwise", fold=2, side="FE")).protocol
    assert tuned == "cwru_bearingwise tuning fold 2 side FE"


@pytest.mark.parametrize(
    ("config", "said"),
    [({"seed": 4}, "needs side: DE or FE"), ({"fold": 4, "side": "DE"}, "tuning folds 1 to 3, got fold: 4")],
)
def test_a_config_it_cannot_follow_is_refused(cwru, config, said):
    with pytest.raises(CatalogError, match=said):
        split(cwru, SplitConfig(protocol="cwru_bearingwise", **config))


def test_an_incomplete_corpus_is_refused_with_what_is_missing(cwru):
    part = cwru.where(lambda row: row.signal != "237/FE")
    with pytest.raises(CatalogError, match=r"144 signals.*1 are not there \(237/FE\)"):
        split(part, SplitConfig(protocol="cwru_bearingwise", seed=4, side="DE"))


def test_its_leaky_twin_deals_parts_of_the_same_signals(cwru):
    config = SplitConfig(protocol="cwru_bearingwise", seed=4, side="DE", leaky=True)
    made = split(cwru, config)
    honest = split(cwru, config.model_copy(update={"leaky": False}))
    signals = {row.signal for row in (*honest.train, *honest.test)}
    assert {row.signal for row in made.train} == {row.signal for row in made.test} == signals
    assert made.stamps == ("leaky",)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_is_documented(name):
    assert PROTOCOLS[name].__doc__
