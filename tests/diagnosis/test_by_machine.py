"""A machine's verdict by truth tables: what its points say, and what may follow from it."""

import json
import math

import pytest

from pipeline.diagnosis.by_machine import AtPoint, MachineVerdict, machine_verdict, point_answer
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
    outcome = Outcome.CONFIDENT if sure else Outcome.AMBIGUOUS
    return Verdict(source, outcome, (label,), probabilities=p | {HEALTHY: 1 - max(p.values())}, set=possible)


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
    assert machine(de="bad").possible == ()


def test_an_uncalibrated_model_gives_an_uncalibrated_answer() -> None:
    def one(p: float) -> Verdict:
        label = "ball" if p > 0.5 else HEALTHY
        return Verdict("a.wav", Outcome.UNCALIBRATED, (label,), probabilities={"ball": p, HEALTHY: 1 - p})

    found = machine_verdict("pump 7", [AtPoint("DE", one(0.8)), AtPoint("NDE", one(0.2)), AtPoint("X", said("bad"))])
    assert (str(found.verdict), found.labels, found.probabilities["ball"]) == ("UNCALIBRATED", ("ball",), 0.8)
    assert len(found.warnings) == 1


def test_a_multiclass_answer_takes_the_fault_of_any_point() -> None:
    def one(label: str, p: float) -> Verdict:
        rest = {name: (1 - p) / 2 for name in ("ball", "cage", HEALTHY) if name != label}
        return Verdict("a.wav", Outcome.CONFIDENT, (label,), probabilities={label: p} | rest, set=(label,))

    found = machine_verdict("pump 7", [AtPoint("DE", one(HEALTHY, 0.96)), AtPoint("NDE", one("cage", 0.9))])
    assert (str(found.verdict), found.labels) == ("CONFIDENT", ("cage",))
    assert found.probabilities == pytest.approx({"ball": 0.05, "cage": 0.9, HEALTHY: 0.1})
