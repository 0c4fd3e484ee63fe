"""A machine's verdict by truth tables: what its points say, and what may follow from it."""

import json
import math

import pytest

from pipeline.diagnosis.by_machine import AtPoint, MachineVerdict, machine_verdict
from pipeline.diagnosis.by_point import point_answer
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome, Verdict


def said(word: str, source: str = "a.wav") -> Verdict:
    """A verdict by a word: `ball!` is CONFIDENT of it, `ball?` AMBIGUOUS with it likelier, `out` and `bad` neither."""
    if word == "out":
        return Verdict(source, Outcome.OUTSIDE, (), probabilities={"ball": 0.9, "cage": 0.9}, reason="strange")
    if word == "bad":
        return Verdict(source, Outcome.UNUSABLE, reason="empty file")
    label, sure = word[:-1], word[-1] == "!"
    p = {"ball": 0.05, "cage": 0.03} | ({label: 0.95 if sure else 0.6} if label != HEALTHY else {})
    possible = (label,) if sure else tuple({label, "ball"} - {HEALTHY})
    unsure = () if sure else possible
    outcome = Outcome.CONFIDENT if sure else Outcome.AMBIGUOUS
    probabilities = p | {HEALTHY: 1 - max(p.values())}
    return Verdict(source, outcome, (label,), probabilities=probabilities, set=possible, unsure=unsure)


def machine(**points: str) -> MachineVerdict:
    """A machine whose points each said some words."""
    signals = [AtPoint(point, said(word, f"{point}.wav")) for point, words in points.items() for word in words.split()]
    return machine_verdict("pump 7", signals)


@pytest.mark.parametrize(
    ("de", "nde", "outcome", "labels"),
    [
        ("healthy!", "healthy!", "CONFIDENT", {"healthy"}),
        ("ball!", "healthy!", "CONFIDENT", {"ball"}),
        ("healthy!", "ball!", "CONFIDENT", {"ball"}),
        ("ball!", "cage!", "CONFIDENT", {"ball", "cage"}),
        ("ball!", "cage?", "CONFIDENT", {"ball"}),
        ("ball!", "healthy?", "CONFIDENT", {"ball"}),
        ("ball!", "out", "CONFIDENT", {"ball"}),
        ("ball!", "bad", "CONFIDENT", {"ball"}),
        ("healthy?", "healthy!", "AMBIGUOUS", {"healthy"}),
        ("ball?", "healthy!", "AMBIGUOUS", {"ball"}),
        ("ball?", "cage?", "AMBIGUOUS", {"ball", "cage"}),
        ("healthy!", "bad", "AMBIGUOUS", {"healthy"}),  # what was not heard may be faulty
        ("healthy?", "bad", "AMBIGUOUS", {"healthy"}),
        ("healthy!", "out", "OUTSIDE", set()),
        ("healthy?", "out", "OUTSIDE", set()),
        ("out", "out", "OUTSIDE", set()),
        ("out", "bad", "OUTSIDE", set()),
        ("bad", "bad", "UNUSABLE", set()),
    ],
)
def test_two_points_of_a_machine(de: str, nde: str, outcome: str, labels: set[str]) -> None:
    for first, second in ((de, nde), (nde, de)):
        found = machine(de=first, nde=second)
        assert (str(found.verdict), set(found.labels)) == (outcome, labels)


@pytest.mark.parametrize(
    ("words", "outcome", "faults"),
    [
        ("healthy! healthy!", "CONFIDENT", set()),
        ("ball! ball!", "CONFIDENT", {"ball"}),
        ("ball! ball?", "CONFIDENT", {"ball"}),
        ("ball! healthy?", "AMBIGUOUS", set()),  # pooled, ball is as likely as not
        ("ball! healthy!", "AMBIGUOUS", set()),
        ("ball! cage!", "AMBIGUOUS", set()),
        ("healthy! healthy?", "AMBIGUOUS", set()),
        ("healthy! out", "AMBIGUOUS", set()),  # a sound point is never said of one that was strange once
        ("healthy! bad", "CONFIDENT", set()),  # it was heard all the same
        ("ball! out", "CONFIDENT", {"ball"}),
        ("out bad", "OUTSIDE", set()),
        ("bad bad", "UNUSABLE", set()),
    ],
)
def test_several_signals_of_one_point(words: str, outcome: str, faults: set[str]) -> None:
    for each in (words.split(), words.split()[::-1]):
        found = point_answer([said(word) for word in each])
        assert (str(found.outcome), set(found.faults)) == (outcome, faults)


def test_other_points_are_not_averaged_and_signals_of_one_point_are() -> None:
    apart, together = machine(de="ball!", nde="healthy!"), machine(de="ball! healthy!")
    assert apart.probabilities["ball"] == 0.95
    # Mean log-odds of 19 : 1 and 1 : 19.
    assert together.probabilities["ball"] == pytest.approx(0.5)


def test_pooling_is_by_log_odds() -> None:
    def one(p: float) -> Verdict:
        return Verdict("a.wav", Outcome.AMBIGUOUS, ("ball",), probabilities={"ball": p}, set=("ball",))

    pooled = point_answer([one(0.99), one(0.6)]).probabilities["ball"]
    odds = math.sqrt(0.99 / 0.01 * 0.6 / 0.4)
    assert pooled == pytest.approx(odds / (1 + odds))


def test_certainty_is_no_infinite_odds() -> None:
    def one(p: float) -> Verdict:
        return Verdict("a.wav", Outcome.AMBIGUOUS, ("ball",), probabilities={"ball": p}, set=("ball",))

    assert point_answer([one(1.0), one(0.0)]).probabilities["ball"] == pytest.approx(0.5)


def test_nothing_but_certainty_is_taken_for_less_than_it_says() -> None:
    def one(p: float) -> Verdict:
        return Verdict("a.wav", Outcome.AMBIGUOUS, ("ball",), probabilities={"ball": p}, set=("ball",))

    pooled = point_answer([one(1e-8), one(0.999)]).probabilities["ball"]
    odds = math.sqrt(1e-8 / (1 - 1e-8) * 0.999 / 0.001)
    assert pooled == pytest.approx(odds / (1 + odds))


@pytest.mark.parametrize("words", ["healthy! out bad", "ball! out bad"])
def test_whatever_did_not_contribute_is_told(words: str) -> None:
    found = machine(de=words)
    assert len(found.warnings) == 2
    assert "OUTSIDE, strange" in found.warnings[0]
    assert "UNUSABLE, empty file" in found.warnings[1]
    told = json.loads(json.dumps(found.to_dict()))
    assert [one["verdict"] for one in told["signals"]] == ["CONFIDENT", "OUTSIDE", "UNUSABLE"]
    assert told["machine"] == "pump 7"


def test_a_point_that_disagrees_with_itself_says_so() -> None:
    found = machine(de="ball! healthy!")
    assert found.warnings == ("de: its signals are sure of different things, ball and healthy",)


def test_scores_of_what_is_outside_do_not_speak() -> None:
    assert machine(de="healthy!", nde="out").probabilities["cage"] == 0.03


def test_possible_faults_are_those_of_any_point() -> None:
    assert machine(de="ball!", nde="cage?").possible == ("ball", "cage")
    assert machine(de="healthy!", nde="healthy!").possible == ("healthy",)
    assert machine(de="healthy!", nde="cage?").possible == ("ball", "cage", "healthy")
    assert machine(de="bad").possible == ()


def test_an_uncalibrated_model_gives_an_uncalibrated_answer() -> None:
    def one(p: float) -> Verdict:
        label = "ball" if p > 0.5 else HEALTHY
        return Verdict("a.wav", Outcome.UNCALIBRATED, (label,), probabilities={"ball": p, HEALTHY: 1 - p})

    found = machine_verdict("pump 7", [AtPoint("DE", one(0.8)), AtPoint("NDE", one(0.2)), AtPoint("X", said("bad"))])
    assert (str(found.verdict), found.labels, found.probabilities["ball"]) == ("UNCALIBRATED", ("ball",), 0.8)
    assert len(found.warnings) == 1


def one_of(label: str, p: float, outcome: Outcome = Outcome.CONFIDENT, sha256: str | None = None) -> Verdict:
    """Of a multiclass model, whose probabilities sum to 1."""
    rest = {name: (1 - p) / 2 for name in ("ball", "cage", HEALTHY) if name != label}
    possible = (label,) if outcome is Outcome.CONFIDENT else ("ball", "cage")
    return Verdict(
        "a.wav", outcome, (label,), probabilities={label: p} | rest, set=possible, task="multiclass", sha256=sha256
    )


def test_a_multiclass_machine_is_healthy_as_far_as_its_least_healthy_point_is() -> None:
    found = machine_verdict("pump 7", [AtPoint("DE", one_of(HEALTHY, 0.96)), AtPoint("NDE", one_of("cage", 0.9))])
    assert (str(found.verdict), found.labels) == ("CONFIDENT", ("cage",))
    assert found.probabilities == pytest.approx({"ball": 0.05, "cage": 0.9, HEALTHY: 0.05})


def test_one_multiclass_signal_gives_its_machine_its_own_answer() -> None:
    torn = one_of("cage", 0.4, Outcome.AMBIGUOUS)
    found = machine_verdict("pump 7", [AtPoint("DE", torn)])
    assert (str(found.verdict), found.labels) == ("AMBIGUOUS", ("cage",))
    assert found.probabilities == pytest.approx(torn.probabilities)
    assert set(found.possible) == {"ball", "cage"}


def test_multiclass_signals_of_one_point_are_pooled_to_probabilities_that_sum_to_one() -> None:
    both = point_answer([one_of("cage", 0.8), one_of("ball", 0.6, Outcome.AMBIGUOUS)])
    geometric = {"cage": math.sqrt(0.8 * 0.2), "ball": math.sqrt(0.1 * 0.6), HEALTHY: math.sqrt(0.1 * 0.2)}
    assert both.probabilities == pytest.approx({name: p / sum(geometric.values()) for name, p in geometric.items()})
    assert (str(both.outcome), both.faults) == ("CONFIDENT", {"cage"})


def test_a_fault_that_one_recording_is_sure_of_heads_the_answer_where_another_denies_it() -> None:
    found = machine(de="ball! healthy!")
    assert (str(found.verdict), found.labels) == ("AMBIGUOUS", ("ball",))
    assert "ball" in found.possible


def test_a_recording_given_twice_counts_once_and_is_told() -> None:
    first, same = one_of("cage", 0.9, sha256="abc"), one_of("cage", 0.9, sha256="abc")
    other = one_of(HEALTHY, 0.9, sha256="def")
    twice = machine_verdict("pump 7", [AtPoint("DE", one) for one in (first, same, other)])
    once = machine_verdict("pump 7", [AtPoint("DE", one) for one in (first, other)])
    assert twice.probabilities == once.probabilities
    assert [warning for warning in twice.warnings if "counts once" in warning]
    elsewhere = machine_verdict("pump 7", [AtPoint("DE", first), AtPoint("NDE", same)])
    assert not elsewhere.warnings
