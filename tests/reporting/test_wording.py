"""Verdicts as sentences that a maintenance engineer understands."""

from dataclasses import replace

import pytest

from pipeline.reporting.condition_words import condition_words, speed_words
from pipeline.reporting.wording import FINDINGS, MEANINGS, answer, finding, listed, plain, score_text, sentence
from pipeline.signals.labels import KNOWN
from pipeline.verdict import Outcome, Verdict


def test_every_known_label_has_its_finding() -> None:
    assert set(KNOWN) <= set(FINDINGS)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence_and_a_meaning(verdict: Verdict, outcome: Outcome) -> None:
    said = sentence(replace(verdict, verdict=outcome, reason="too short"))
    assert said[0].isupper()
    assert said.endswith(".")
    assert said.count(".") - said.count("0.83") == 1
    assert MEANINGS[outcome].endswith(".")


def test_an_uncalibrated_verdict_says_that_scores_are_no_probabilities(verdict: Verdict) -> None:
    assert sentence(verdict) == (
        "The model finds a fault on the outer race of the bearing (score 0.83); "
        "scores are not calibrated probabilities."
    )


def test_a_confident_verdict_states_a_probability(verdict: Verdict) -> None:
    sure = replace(verdict, verdict=Outcome.CONFIDENT, calibrated=True)
    assert sentence(sure) == "The model finds a fault on the outer race of the bearing (probability 0.83)."


def test_a_healthy_verdict_says_no_fault(verdict: Verdict) -> None:
    assert "finds no fault (score 0.07)" in sentence(replace(verdict, labels=("healthy",)))


def test_an_ambiguous_verdict_names_what_is_possible(verdict: Verdict) -> None:
    torn = replace(verdict, verdict=Outcome.AMBIGUOUS, labels=("imbalance", "misalignment", "looseness"))
    assert "may be imbalance, misalignment or looseness" in sentence(torn)
    several = replace(torn, task="multilabel")
    assert "may be imbalance, misalignment and looseness" in sentence(several)
    decided = replace(torn, labels=("imbalance",), set=("imbalance", "looseness"), probabilities={})
    assert sentence(decided) == "The model cannot decide: it may be imbalance or looseness."


def test_an_ambiguous_verdict_tells_what_is_sure_from_what_is_not(verdict: Verdict) -> None:
    torn = replace(
        verdict, verdict=Outcome.AMBIGUOUS, task="multilabel", calibrated=True, labels=("looseness",),
        set=("looseness", "imbalance"), unsure=("imbalance",), probabilities={"looseness": 0.93, "imbalance": 0.3},
    )  # fmt: skip
    assert sentence(torn) == (
        "The model finds looseness (probability 0.93), and cannot tell whether there is imbalance (probability 0.30)."
    )
    assert sentence(replace(torn, unsure=("looseness", "imbalance"))) == (
        "The model cannot tell whether there is looseness or imbalance (probabilities 0.93 and 0.30)."
    )


def test_of_a_signal_outside_the_training_no_answer_is_given(verdict: Verdict) -> None:
    strange = replace(verdict, verdict=Outcome.OUTSIDE, labels=())
    assert sentence(strange) == "This signal is unlike anything the model was trained on; no answer is given."
    why = "unlike anything trained on: its samples are made otherwise (p = 0.02)"
    assert sentence(replace(strange, reason=why)) == f"This signal is {why}; no answer is given."


def test_an_unusable_verdict_gives_its_reason_as_one_line() -> None:
    said = sentence(Verdict("a.wav", Outcome.UNUSABLE, reason="too short:\n0.1 s."))
    assert said == "This signal could not be diagnosed: too short: 0.1 s."


def test_several_faults_are_all_named_with_their_scores(verdict: Verdict) -> None:
    both = replace(verdict, labels=("outer_race", "inner_race"), task="multilabel")
    assert "outer race of the bearing and a fault on the inner race of the bearing (scores 0.83 and 0.08)" in sentence(
        both
    )


def test_labels_of_users_are_quoted_and_braces_in_them_are_only_text(verdict: Verdict) -> None:
    own = replace(verdict, labels=("valve_{leak}",))
    assert "finds “valve {leak}”" in sentence(own)
    assert finding("seal_worn") == "“seal worn”"


def test_a_score_is_never_rounded_to_certainty() -> None:
    assert [score_text(score) for score in (1.0, 0.991, 0.99, 0.5, 0.01, 0.0)] == [
        "> 0.99", "> 0.99", "0.99", "0.50", "0.01", "< 0.01",
    ]  # fmt: skip


def test_words_are_listed_as_in_english() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"], "or") == "a or b"
    assert plain("gear_tooth") == "gear tooth"
    assert answer(Verdict("a", Outcome.UNUSABLE)) == "no answer"


def test_rates_and_speeds_are_told_in_full_with_who_stated_them() -> None:
    condition = {"rate_hz": 1_000_000.0, "rate_from": "flag", "speed_rpm": 1796.64, "speed_from": "inferred"}
    assert speed_words(condition) == "1796.6 rpm (inferred)"
    assert condition_words(condition)[0] == ("sampling rate", "1000000 Hz (flag)")
    assert condition_words({"rate_hz": 4266.67})[0] == ("sampling rate", "4266.67 Hz")


def test_unknown_facts_and_unfamiliar_speeds_are_said_so() -> None:
    told = dict(condition_words({"rate_hz": None, "speed_rpm": 300.0, "seen_in_training": False, "load": None}))
    assert told == {"sampling rate": "not known", "speed": "300 rpm; not within what training saw"}
