"""Labellers: agreement as published, shares that add up, and contradictions refused."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.labellers import agreement, by_agreement, judged, with_votes
from pipeline.catalog.row import Row
from pipeline.catalog.votes import Vote, read_votes
from pipeline.errors import CatalogError

FOUR_OBSERVERS = """
    1 2 3 3 2 1 4 1 2 . . .
    1 2 3 3 2 2 4 1 2 5 . 3
    . 3 3 3 2 3 4 2 2 5 1 .
    1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: nominal data, missing values: 0.743."""

THREE_OBSERVERS = """
    . . . . . 3 4 1 2 1 1 3 3 . 3
    1 . 2 1 3 3 4 3 . . . . . . .
    . . 2 1 3 4 4 . 2 1 1 3 3 . 4
"""
"""The example of the encyclopedias: three observers, fifteen units: 0.691."""


def votes_in(grid: str) -> list[Vote]:
    """A published grid, one line per observer, one column per unit."""
    lines = [line.split() for line in grid.strip().splitlines()]
    return [
        Vote(f"unit {unit}", f"observer {who}", label)
        for who, line in enumerate(lines)
        for unit, label in enumerate(line)
        if label != "."
    ]


def alpha_by_hand(votes: list[Vote]) -> float:
    """1 - observed / expected disagreement, from all pairs of values within units and over all of them."""
    units: dict[str, list[str]] = {}
    for vote in votes:
        units.setdefault(vote.signal, []).append(vote.label)
    pairable = [labels for labels in units.values() if len(labels) > 1]
    everything = [label for labels in pairable for label in labels]
    n = len(everything)
    observed = sum(Fraction(sum(a != b for a in labels for b in labels), len(labels) - 1) for labels in pairable) / n
    expected = Fraction(sum(a != b for a in everything for b in everything), n * (n - 1))
    return float(1 - observed / expected)


@pytest.mark.parametrize(("grid", "published"), [(FOUR_OBSERVERS, 0.743), (THREE_OBSERVERS, 0.691)])
def test_alpha_is_the_published_one_and_the_one_by_hand(grid, published):
    votes = votes_in(grid)
    assert agreement(votes).alpha == pytest.approx(published, abs=5e-4)
    assert agreement(votes).alpha == pytest.approx(alpha_by_hand(votes), abs=1e-12)


LABELS = ("healthy", "ball", "inner_race")
BALLOTS = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["Ann", "Bea", "Cem"])), st.sampled_from(LABELS), min_size=2
)


@settings(max_examples=60, deadline=None, database=None)
@given(BALLOTS)
def test_alpha_of_any_votes_is_the_one_by_hand_or_undefined(ballots):
    votes = [Vote(signal, labeller, label) for (signal, labeller), label in ballots.items()]
    found = agreement(votes)
    try:
        by_hand = alpha_by_hand(votes)
    except ZeroDivisionError:
        assert found.alpha is None
    else:
        assert found.alpha == pytest.approx(by_hand, abs=1e-9)


def test_percent_counts_the_pairs_that_agree():
    votes = [Vote("1", who, label) for who, label in (("Ann", "ball"), ("Bea", "ball"), ("Cem", "healthy"))]
    votes += [Vote("2", who, "healthy") for who in ("Ann", "Bea")]
    found = agreement(votes)
    assert found.percent == pytest.approx(100 * 2 / 4)
    assert (found.n_signals, found.n_labellers, found.n_votes) == (2, 3, 5)
    assert found.groups == {"no_defect": 1, "unambiguous_defect": 1}


@pytest.mark.parametrize(
    "votes", [[], [Vote("1", "Ann", "ball")], [Vote("1", "Ann", "ball"), Vote("1", "Bea", "ball")]]
)
def test_where_agreement_means_nothing_alpha_is_none(votes):
    assert agreement(votes).alpha is None


@pytest.mark.parametrize(
    ("labels", "clear_share", "group", "majority"),
    [
        (["ball", "ball", "ball"], 0.5, "unambiguous_defect", ("ball",)),
        (["ball", "ball", "healthy"], 0.5, "unambiguous_defect", ("ball",)),
        (["ball", "ball", "healthy"], 2 / 3, "unambiguous_defect", ("ball",)),
        (["ball", "ball", "healthy"], 0.7, "ambiguous", ("ball",)),
        (["ball", "ball", "healthy"], 1, "ambiguous", ("ball",)),
        (["ball", "healthy"], 0.5, "ambiguous", ()),
        (["ball", "ball", "inner_race", "inner_race", "healthy"], 0.5, "ambiguous", ()),
        (["healthy", "healthy", "ball"], 0.5, "no_defect", ("healthy",)),
        (["healthy"], 1, "no_defect", ("healthy",)),
    ],
)
def test_a_signal_is_a_defect_none_or_ambiguous(labels, clear_share, group, majority):
    found = judged({str(who): (label,) for who, label in enumerate(labels)}, clear_share)
    assert (found.agreement, found.labels) == (group, majority)


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.sampled_from(LABELS), min_size=1, max_size=9))
def test_shares_are_counts_over_labellers_and_sum_to_one(labels):
    found = judged({str(who): (label,) for who, label in enumerate(labels)})
    assert sum(found.shares.values()) == pytest.approx(1, abs=1e-3)
    for label, share in found.shares.items():
        assert share == pytest.approx(labels.count(label) / len(labels), abs=1e-4)


def test_several_labels_of_one_labeller_are_judged_label_by_label():
    by = {"Ann": ("ball", "inner_race"), "Bea": ("ball",), "Cem": ("ball", "inner_race")}
    assert judged(by).labels == ("ball", "inner_race")
    assert judged(by).agreement == "unambiguous_defect"
    assert judged(by, clear_share=1).agreement == "ambiguous"
    by = {"Ann": ("ball", "inner_race"), "Bea": ("ball",)}
    assert judged(by) == (("ball",), {"ball": 1.0, "inner_race": 0.5}, "ambiguous")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    rows = tuple(Row(name, f"{name}.wav", labels=("from folder",)) for name in ("a", "b", "c"))
    return Catalog(rows, tmp_path)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "votes.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_votes_replace_the_labels_of_the_signals_they_are_on_and_survive_the_trip_to_disk(catalog, tmp_path):
    votes = table(
        tmp_path, "\ufeffsignal;Labeller;label\na;Ann;ball\na;Bea;ball\na;Cem;healthy\nb;Ann;ball\nb;Bea;healthy\n"
    )
    voted = with_votes(catalog, votes)
    assert [(row.labels, row.agreement) for row in voted] == [
        (("ball",), "unambiguous_defect"),
        ((), "ambiguous"),
        (("from folder",), ""),
    ]
    assert voted["a"].label_shares == {"ball": 0.6667, "healthy": 0.3333}
    for name in ("catalog.csv", "catalog.parquet"):
        voted.write(tmp_path / name)
        assert Catalog.read(tmp_path / name).rows == voted.rows


def test_the_three_groups_can_be_labels_themselves(catalog):
    votes = [
        Vote("a", "Ann", "ball"),
        Vote("b", "Ann", "ball"),
        Vote("b", "Bea", "healthy"),
        Vote("c", "Ann", "healthy"),
    ]
    groups = by_agreement(with_votes(catalog, votes))
    assert [row.labels for row in groups] == [("unambiguous_defect",), ("ambiguous",), ("no_defect",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("signal,labeller,label\nz,Ann,ball\nd,Ann,ball\n", "2 signals that are not in the catalog: d, z"),
        ("signal,labeller,label\na,Ann,ball\na,Ann,healthy\n", "labeller 'Ann' on signal 'a': gives 2 labels"),
        ("signal,labeller,label\na,Ann,ball|cage\n", "gives 2 labels"),
        ("signal,labeler,label\na,Ann,ball\n", "no 'labeller'; did you mean 'labeler'"),
        ("signal,labeller,label\na,,ball\n", r"votes\.csv:2: a vote needs"),
        ("", "it has none"),
    ],
)
def test_votes_nobody_can_count_are_refused_in_one_line(catalog, tmp_path, text, said):
    with pytest.raises(CatalogError, match=said) as caught:
        with_votes(catalog, table(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "said"), [(("ball", "ball"), "a label twice"), (("ball", "healthy"), "healthy and faulty at once")]
)
def test_several_labels_may_be_given_where_allowed_but_not_against_each_other(catalog, labels, said):
    fine = [Vote("a", "Ann", "ball"), Vote("a", "Ann", "cage")]
    assert with_votes(catalog, fine, multilabel=True)["a"].labels == ("ball", "cage")
    with pytest.raises(CatalogError, match=said):
        with_votes(catalog, [Vote("a", "Ann", label) for label in labels], multilabel=True)


def test_several_labels_in_one_cell_are_several_votes(tmp_path):
    votes = read_votes(table(tmp_path, "label,signal,labeller\nball|cage,a,Ann\n"))
    assert votes == (Vote("a", "Ann", "ball"), Vote("a", "Ann", "cage"))


def test_agreement_of_many_signals_is_quick_enough_for_a_plant():
    rng = np.random.default_rng(0)
    labels = rng.choice(LABELS, 6000)
    votes = [Vote(str(place // 3), str(place % 3), str(label)) for place, label in enumerate(labels)]
    assert agreement(votes).alpha == pytest.approx(0, abs=0.05)  # by chance
