"""Shortcuts: a cue that tells the label is told by name; one that does not is not."""

import math
from collections import Counter
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier

from pipeline.catalog.auditing.cues import CUES, NO_STEP, Cues, Walk, cues_of
from pipeline.catalog.auditing.neighbours import MOST, balanced_accuracy, near
from pipeline.catalog.auditing.permuting import ROUNDS, chance
from pipeline.catalog.auditing.samples import audit_samples
from pipeline.catalog.auditing.shortcuts import (
    MOST_SIGNALS,
    STRIKING,
    UNLIKELY,
    Heard,
    in_the_catalog,
    shortcuts,
    table_of,
    thinned,
    where_all_else_is_equal,
)
from pipeline.catalog.auditing.within import within
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import SplitConfig, split
from pipeline.signals.signal import Signal

KINDS = ("ball", "healthy", "inner_race", "outer_race")


def fleet(seed, specimens=24, per_specimen=4, told=None):
    """Specimens of four kinds; every cue is each specimen's own, and `told` says what a cue knows of the kind.

    Args:
        seed: of all chances.
        specimens, per_specimen: how many.
        told: cue -> a value for each kind, in place of chance.
    """
    dice = np.random.default_rng(seed)
    heard = []
    for part in range(specimens):
        kind = part % 4
        own = dict(zip(CUES, dice.normal(size=5), strict=True))
        own |= {cue: values[kind] for cue, values in (told or {}).items()}
        for n in range(per_specimen):
            cues = Cues(*(own[cue] + 0.01 * dice.normal() for cue in CUES))
            row = Row(
                f"{part}-{n}", f"{part}-{n}.wav", specimen=f"{part}", labels=(KINDS[kind],), condition={"load": n}
            )
            heard.append(Heard(row, "test" if part % 3 == 0 else "train", cues))
    return heard


def told_of(heard):
    return {one.cue: one for one in shortcuts(heard) if one.told}


@pytest.mark.parametrize("cue", CUES)
def test_a_cue_that_knows_the_label_is_told_by_name_and_no_other(cue):
    told = told_of(fleet(0, specimens=48, told={cue: (0.0, 1.0, 2.0, 3.0)}))
    assert set(told) == {cue}
    assert told[cue].p <= UNLIKELY
    assert told[cue].score > 0.95
    assert told[cue].told.startswith(f"{cue} alone tells {told[cue].label} from the rest: balanced accuracy")


def test_a_cue_that_knows_one_label_only_is_told_with_that_label():
    told = told_of(fleet(1, specimens=48, told={"DC offset": (0.0, 0.0, 5.0, 0.0)}))
    assert told["DC offset"].label == "inner_race"


def test_what_the_label_does_not_follow_is_told_no_more_often_than_it_is_said_to_be():
    found = [one for seed in range(20) for one in shortcuts(fleet(seed))]
    assert len(found) == 100
    assert pytest.approx(0.05) == UNLIKELY * len(CUES)
    # Each is tried on the split and in the catalog, at 1 in 100; strange but unproven ones are told a little oftener.
    assert sum(one.p is not None and one.p <= UNLIKELY for one in found) <= 4
    assert sum(bool(one.told) for one in found) <= 8


def test_many_signals_of_a_few_specimens_are_no_proof():
    # Each specimen has a gain of its own, so windows of one are alike: 12 specimens, however often they are heard.
    for seed in range(5):
        assert not [one for one in told_of(fleet(seed, specimens=12, per_specimen=20)).values() if (one.p or 1) <= 0.01]


def test_a_cue_that_never_varies_or_is_not_known_is_not_tried():
    heard = [one._replace(cues=Cues(9.0, one.cues.gain, math.nan, NO_STEP, 11.0)) for one in fleet(0)]
    assert [one.cue for one in shortcuts(heard)] == ["gain"]


def test_one_healthy_specimen_that_lies_apart_is_told_without_a_p():
    heard = [
        Heard(
            Row(f"{state}-{load}", "a.wav", specimen=state, labels=(label,), condition={"load": load}),
            "test" if state in ("ball 2", "healthy") and load else "train",
            Cues(9.0, gain + 0.1 * load, 0.0, NO_STEP, 11.0),
        )
        for state, label, gain in (("healthy", "healthy", -8.0), ("ball 1", "ball", -3.0), ("ball 2", "ball", -3.4))
        for load in range(4)
    ]
    (found,) = shortcuts(heard)
    assert (found.cue, found.score, found.p) == ("gain", 1.0, None)
    assert "in 100 % of 8 comparisons under the same condition; too few specimens to rule chance out" in found.told


def machines(*told):
    """Signals of specimens whose gain alone is known, of (name, label, gain, loads, sides), in that order."""
    return [
        Heard(
            Row(f"{name}-{load}-{side}", "a.wav", specimen=name, labels=(label,), condition={"load": load}),
            side,
            Cues(9.0, gain + 0.001 * load, 0.0, NO_STEP, 11.0),
        )
        for name, label, gain, loads, sides in told
        for load in range(loads)
        for side in sides
    ]


def gains(*told):
    return table_of(machines(*told), CUES.index("gain"))


@pytest.mark.parametrize(("each", "told"), [(2, "; too few specimens to rule chance out (p = 0."), (3, "")])
def test_a_label_told_rightly_by_so_few_specimens_that_chance_might_is_told_so(each, told):
    # All are told rightly, as in 2 of the 6 ways to deal two labels among 2 + 2 specimens, and in 2 of 20 among 3 + 3.
    table = gains(*((f"{label} {n}", label, 5.0 * place + 0.1 * n, 4, ("train",))
                    for place, label in enumerate(("ball", "healthy")) for n in range(each)))  # fmt: skip
    found = in_the_catalog("gain", table)
    assert found.score == 1.0
    assert found.p == pytest.approx({2: 2 / 6, 3: 2 / 20}[each], rel=0.5)
    assert (told in found.told) if told else found.told == ""


def test_of_labels_that_lie_apart_the_one_compared_most_often_is_told():
    inner = ((f"i{n}", "inner_race", 0.1 * n, 4, ("train",)) for n in range(3))
    table = gains(*inner, ("h", "healthy", -9.0, 4, ("train",)), ("b", "ball", 9.0, 2, ("train",)))
    found = where_all_else_is_equal("gain", table)
    assert (found.label, found.score) == ("healthy", 1.0)
    assert "in 100 % of 14 comparisons" in found.told  # at loads 0 and 1 with four others, at 2 and 3 with three


def test_places_are_compared_only_with_themselves():
    values = np.array([1.0, 2.0, 11.0, 12.0, 5.0, 6.0])
    has = np.array([True, False] * 3)
    places = [("a", "idle"), ("a", "idle"), ("a", "full"), ("a", "full"), ("b", "idle"), ("b", "idle")]
    assert within(values, has, places)[:2] == (1.0, 3)
    assert within(values[:4], has[:4], [("a", "idle"), ("a", "full")] * 2).n_compared == 0


def test_values_that_are_equal_speak_for_neither_side():
    has = np.array([True, True, False, False])
    assert within(np.ones(4), has, [("a", "idle")] * 4)[:2] == (0.5, 4)
    assert within(np.array([1.0, 2.0, 1.0, 1.0]), has, [("a", "idle")] * 4)[:2] == (0.75, 4)  # two higher, two equal


def test_neighbours_answer_as_those_of_scikit_learn_where_labels_are_balanced():
    dice = np.random.default_rng(0)
    truth = np.tile([0, 1], 60)
    values = dice.normal(size=120) + truth
    known, asked = slice(0, 80), slice(80, 120)
    allowed = np.ones((40, 80), bool)
    ours = balanced_accuracy(
        near(values[asked], values[known], allowed), allowed, truth[known, None] * 1.0, truth[asked, None] * 1.0
    )
    theirs = KNeighborsClassifier(MOST).fit(values[known, None], truth[known]).predict(values[asked, None])
    assert ours[0] == pytest.approx(balanced_accuracy_score(truth[asked], theirs))


@pytest.mark.parametrize(("known", "voting"), [(1, 1), (3, 1), (7, 1), (8, 2), (11, 2), (19, 4), (20, 5), (40, 5)])
def test_a_quarter_of_those_there_are_vote_and_five_at_most(known, voting):
    nearest = near(np.zeros(1), np.arange(1.0, known + 1), np.ones((1, known), bool))
    assert nearest[0].tolist() == [1.0] * voting + [0.0] * (known - voting)


def test_nobody_votes_who_may_not_where_fewer_may_than_would():
    allowed = np.arange(8)[None, :] == 6
    assert near(np.zeros(1), np.arange(1.0, 9.0), allowed).tolist() == allowed.astype(float).tolist()


def test_a_label_that_all_or_none_of_the_asked_have_has_no_accuracy():
    truth = np.array([[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    scores = balanced_accuracy(np.eye(2), np.ones((2, 2), bool), truth, truth)
    assert np.isnan(scores).tolist() == [True, True, False]


def test_labels_are_dealt_anew_within_a_side_for_its_figure_and_anywhere_for_the_catalogs(monkeypatch):
    asked = []

    def watched(score, labels, units, strata):
        asked.append((units, strata))
        return chance(score, labels, units, strata)

    monkeypatch.setattr("pipeline.catalog.auditing.shortcuts.chance", watched)
    heard = fleet(0, told={"gain": (0.0, 1.0, 2.0, 3.0)})
    assert shortcuts(heard)
    (units, by_side), (_, anywhere) = asked[0], asked[1]
    sides = np.array([one.side for one in heard])
    for unit, stratum in enumerate(by_side):
        same = [other for other, others in enumerate(by_side) if others == stratum]
        assert {side for other in same for side in sides[units == other]} == set(sides[units == unit])
    assert len(by_side) == len(anywhere) == len(set(units.tolist()))
    assert len(set(anywhere)) == 1


def test_chance_is_that_of_the_exact_permutation_test():
    # Four units, two with the label, all four told rightly: one of the six ways to deal them does as well.
    labels, units = np.array([[1.0], [1.0], [0.0], [0.0]]), np.arange(4)
    found = chance(lambda dealt: float((dealt == labels).all()), labels, units, [0] * 4)
    assert found.p == pytest.approx(1 / 6, abs=0.06)
    kept = chance(lambda dealt: float((dealt == labels).all()), labels, units, [0, 0, 1, 1])
    assert kept == (1.0, 1.0)  # within strata of one label nothing can be dealt anew
    many = np.repeat([[1.0], [0.0]], 9, axis=0)
    rare = chance(lambda dealt: float((dealt == many).mean()), many, np.arange(18), [0] * 18)
    assert rare.p == 1 / (ROUNDS + 1)  # one way of 48620
    common = chance(lambda dealt: 0.0, many, np.arange(18), [0] * 18)
    assert common == (0.0, 1.0)  # told after ENOUGH rounds


def test_a_large_catalog_is_thinned_over_its_specimens_and_still_tells():
    heard = fleet(0, specimens=60, per_specimen=30, told={"gain": (0.0, 1.0, 2.0, 3.0)})
    assert len(heard) > 4 * MOST_SIGNALS
    assert "gain" in told_of(heard)


def test_thinning_takes_the_first_signals_of_every_specimen_and_keeps_their_order():
    heard = fleet(0, specimens=60, per_specimen=30)
    kept = thinned(heard)
    assert len(kept) == MOST_SIGNALS
    assert [one.row.specimen for one in kept] == sorted((one.row.specimen for one in kept), key=int)
    per_specimen = Counter(one.row.specimen for one in kept)
    assert set(per_specimen.values()) == {MOST_SIGNALS // 60, MOST_SIGNALS // 60 + 1}
    for one in kept:
        assert int(one.row.signal.partition("-")[2]) < per_specimen[one.row.specimen]


def heard_of(samples, rate_hz=None, row=None):
    signal, walk = Signal(samples, rate_hz=rate_hz), Walk()
    for _ in walk.watching(signal.blocks(999)):
        pass
    return cues_of(row or Row("a", "a.wav"), signal, walk)


def test_cues_are_those_of_the_samples():
    samples = np.round(np.random.default_rng(0).normal(3.0, 2.0, 20000) / 0.05) * 0.05
    cues = heard_of(samples, 12000.0)
    assert math.exp(cues.rate) == pytest.approx(12000)
    assert math.exp(cues.gain) == pytest.approx(samples.std())
    assert cues.offset == pytest.approx(samples.mean())
    assert math.exp(cues.step) == pytest.approx(0.05)
    assert math.exp(cues.length) == pytest.approx(20000)


def test_continuous_samples_have_no_step_and_holes_are_passed_over():
    samples = np.random.default_rng(0).normal(size=5000)
    holed = np.insert(samples, 2000, [np.nan, np.inf])
    assert heard_of(samples).step == NO_STEP
    assert heard_of(holed).gain == pytest.approx(heard_of(samples).gain)
    assert math.isnan(heard_of(samples).rate)


def test_the_length_is_that_of_the_recording_not_of_the_part_a_protocol_cut():
    half = Row("a", "a.wav", n_samples=10000).part(0, 5000)
    assert math.exp(heard_of(np.random.default_rng(0).normal(size=5000), row=half).length) == pytest.approx(10000)


def test_a_row_of_sensor_values_has_no_cues():
    assert heard_of(np.arange(13.0)) is None


@pytest.mark.parametrize(
    ("corpus", "told", "wanted"),
    [
        (
            "cwru",
            {"protocol": "cwru_bearingwise", "seed": 4, "side": "DE"},
            {"DC offset": "healthy from the rest at FE", "quantisation step": "outer_race from the rest"},
        ),
        ("hit_sm", {"protocol": "severity", "test": [8], "same_specimen": True}, {"gain": "healthy from the rest"}),
        (
            "gearbox",
            {"protocol": "gearbox_load", "test": [50], "same_specimen": True},
            {"gain": "gear_tooth from healthy"},
        ),
    ],
)
def test_the_shortcuts_of_the_public_recordings_are_found(real_data, corpus, told, wanted):
    catalog = load_corpus(corpus, real_data)
    looked = audit_samples(split(catalog, SplitConfig(**told)), partial(open_row, root=catalog.root))
    found = {one.cue: one for one in looked.shortcuts}
    for cue, said in wanted.items():
        assert f"{cue} alone tells {said}" in found[cue].told
        assert found[cue].score >= STRIKING
    assert looked.duplicates == looked.skipped == ()
