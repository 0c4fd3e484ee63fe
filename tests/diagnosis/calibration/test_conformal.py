"""Conformal p-values and sets, against MAPIE, and against the laws that hold whatever the model."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mapie.classification import SplitConformalClassifier
from scipy.stats import betabinom
from sklearn.linear_model import LogisticRegression

from pipeline.diagnosis.calibration.calibration import Calibration, Judgement
from pipeline.diagnosis.calibration.conformal import highest_level, known, p_value, ruled_out
from pipeline.models.calibration_card import CalibrationCard
from pipeline.verdict import Outcome

LABELS = ("ball", "healthy", "inner_race")


def calibration(
    scores: np.ndarray, truth: np.ndarray, part: np.ndarray | None = None, level: float = 0.9
) -> Calibration:
    part = np.arange(len(scores)) if part is None else part
    card = CalibrationCard(
        level=level, outside_level=0.05, temperature=1.0, correlation=(1.0,), basis="a test",
        specimens=len(set(part.tolist())), recordings=len(scores),
    )  # fmt: skip
    return Calibration(card, LABELS, True, scores, np.eye(3)[truth] > 0, part)


def judged(found: Calibration, logits: np.ndarray) -> Judgement:
    """A signal of one window with these logits."""
    return found.judge(torch.from_numpy(logits[None]))


def drawn(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 3, n)
    return 1.5 * np.eye(3)[truth] + draw.normal(size=(n, 3)), truth


def with_likeliest(kept: np.ndarray, logits: np.ndarray) -> set[str]:
    """A set as MAPIE gives it, and the likeliest labels until together they are likelier than not."""
    found = {name for name, inside in zip(LABELS, kept, strict=True) if inside}
    total = 0.0
    for p, name in sorted(zip(np.exp(logits), LABELS, strict=True), reverse=True):
        found |= {name} if total <= 0.5 else set()
        total += p
    return found


@pytest.mark.parametrize("level", [0.8, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_sets_are_those_of_mapie_on_the_same_scores(seed: int, level: float) -> None:
    X, y = drawn(seed, 120)
    model = LogisticRegression().fit(X[:40], y[:40])
    # 7 of each class: too few for promises by class at these levels, so both compare with all classes.
    places = np.concatenate([np.flatnonzero(y[40:80] == label)[:7] + 40 for label in range(3)])
    theirs = SplitConformalClassifier(model, confidence_level=level, conformity_score="lac")
    theirs.conformalize(X[places], y[places])
    _, sets = theirs.predict_set(X[80:])
    ours = calibration(np.log(model.predict_proba(X[places])), y[places], level=level)
    asked = np.log(model.predict_proba(X[80:]))
    found = [set(judged(ours, row).set) for row in asked]
    assert found == [with_likeliest(row, logits) for row, logits in zip(sets[:, :, 0], asked, strict=True)]
    assert sum(len(one) == 1 for one in found) > 5


@pytest.mark.filterwarnings("ignore:WARNING. your conformalization dataset")
@pytest.mark.parametrize("seed", range(3))
def test_a_label_of_enough_parts_is_in_the_set_where_mapie_keeps_it_on_that_label_alone(seed: int) -> None:
    X, y = drawn(seed, 400)
    model = LogisticRegression().fit(X[:100], y[:100])
    ours = calibration(np.log(model.predict_proba(X[100:300])), y[100:300])
    kept = []
    for label in range(3):
        own = np.flatnonzero(y[100:300] == label) + 100
        theirs = SplitConformalClassifier(model, confidence_level=0.9, conformity_score="lac")
        theirs.conformalize(X[own], y[own])
        kept.append(theirs.predict_set(X[300:])[1][:, label, 0])
    for logits, each in zip(np.log(model.predict_proba(X[300:])), np.stack(kept, axis=1), strict=True):
        assert set(judged(ours, logits).set) == with_likeliest(each, logits)


def test_coverage_over_many_fleets_follows_the_law_of_exchangeable_parts() -> None:
    alpha, n_known, n_new = 0.1, 60, 100
    draw = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        strangeness = draw.normal(size=n_known + n_new)
        against = known(strangeness[:n_known], np.arange(n_known))
        covered.append(sum(p_value(one, against) > alpha for one in strangeness[n_known:]))
    kept = int(np.ceil((n_known + 1) * (1 - alpha)))
    law = betabinom(n_new, kept, n_known + 1 - kept)
    assert np.mean(covered) == pytest.approx(law.mean(), abs=3 * law.std() / 20)
    assert np.std(covered) == pytest.approx(law.std(), rel=0.15)


def test_recordings_of_one_part_keep_the_promise_for_a_new_part() -> None:
    """Were every recording taken as a witness of its own, parts with many of them would break it."""
    alpha, draw = 0.2, np.random.default_rng(1)
    missed = {"by part": 0, "by recording": 0}
    rounds = 4000
    for _ in range(rounds):
        own = draw.normal(size=13)
        counts = np.where(own[:-1] < 0, 40, 1)  # parts that are easy have many recordings
        part = np.repeat(np.arange(12), counts)
        scores = own[:-1][part] + 0.1 * draw.normal(size=len(part))
        new = own[-1] + 0.1 * draw.normal()
        missed["by part"] += p_value(new, known(scores, part)) <= alpha
        missed["by recording"] += p_value(new, known(scores, np.arange(len(part)))) <= alpha
    bound = alpha + 3 * np.sqrt(alpha * (1 - alpha) / rounds)
    assert missed["by part"] / rounds <= bound < missed["by recording"] / rounds


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(-6, 6))
def test_p_values_lie_between_their_floor_and_one_and_fall_with_strangeness(scores: list[float], new: float) -> None:
    against = known(np.array(scores), np.arange(len(scores)))
    found = p_value(new, against)
    assert against.floor - 1e-12 <= found <= 1
    assert p_value(new + 1, against) <= found
    assert found == pytest.approx((1 + sum(score >= new for score in scores)) / (1 + len(scores)))


@pytest.mark.parametrize(("n_parts", "level"), [(9, 0.9), (19, 0.95), (4, 0.8)])
def test_fewer_parts_than_a_level_needs_leave_nothing_out(n_parts: int, level: float) -> None:
    assert highest_level(n_parts) == pytest.approx(level)
    far = np.full((n_parts - 1, 3), -9.0)
    far[:, 0] = 9.0
    few = calibration(far, np.zeros(n_parts - 1, dtype=int), level=level)
    assert judged(few, np.array([-9.0, -9.0, 9.0])).set == LABELS


@settings(max_examples=40)
@given(st.integers(0, 1000), st.permutations(range(3)), st.permutations(range(30)))
def test_no_order_of_labels_or_recordings_changes_a_named_answer(
    seed: int, labels: list[int], recordings: list[int]
) -> None:
    scores, truth = drawn(seed, 30)
    plain = calibration(scores, truth)
    other = Calibration(
        plain.card, tuple(LABELS[k] for k in labels), True, scores[recordings][:, labels],
        plain.truth[recordings][:, labels], plain.part[recordings],
    )  # fmt: skip
    asked = np.random.default_rng(seed).normal(size=3)
    one, two = judged(plain, asked), judged(other, asked[labels])
    assert (set(one.set), one.labels, one.outcome) == (set(two.set), two.labels, two.outcome)


def multilabel(scores: np.ndarray, truth: np.ndarray) -> Calibration:
    card = CalibrationCard(
        level=0.9, outside_level=0.05, slopes=(1.0, 1.0), intercepts=(0.0, 0.0), correlation=(1.0, 1.0),
        basis="a test", specimens=len(scores), recordings=len(scores),
    )  # fmt: skip
    return Calibration(card, ("ball", "cage"), False, scores, truth, np.arange(len(scores)))


def test_each_label_of_several_is_there_is_not_or_is_unsure() -> None:
    draw = np.random.default_rng(0)
    truth = draw.random((200, 2)) < 0.5
    found = multilabel(3 * (2 * truth - 1) + 3 * draw.normal(size=(200, 2)), truth)

    def asked(*logits: float) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...] | None, Outcome]:
        said = judged(found, np.array(logits))
        return said.labels, said.set, said.unsure, said.outcome

    assert asked(4, -4) == (("ball",), ("ball",), (), Outcome.CONFIDENT)
    assert asked(-4, -4) == (("healthy",), ("healthy",), (), Outcome.CONFIDENT)
    assert asked(4, 4) == (("ball", "cage"), ("ball", "cage"), (), Outcome.CONFIDENT)
    assert asked(0.1, -4) == (("ball",), ("ball",), ("ball",), Outcome.AMBIGUOUS)
    assert asked(4, -0.1) == (("ball",), ("ball", "cage"), ("cage",), Outcome.AMBIGUOUS)


def test_a_label_is_never_named_with_confidence_where_it_is_unlikely() -> None:
    """Faint faults are as strange as that, and hardly a sound machine is: yet nobody should stop one for it."""
    truth = np.repeat([[True, False], [False, False]], 100, axis=0)
    scores = np.full((200, 2), -9.0)
    scores[:100, 0] = np.linspace(-1.2, 6, 100)
    said = judged(multilabel(scores, truth), np.array([-0.3, -9.0]))
    assert said.probabilities["ball"] < 0.5
    assert (said.outcome, said.labels, said.set) == (Outcome.AMBIGUOUS, ("healthy",), ("ball", "cage")[:1])


def test_a_set_holds_the_likeliest_label_and_is_no_answer_where_that_is_strange() -> None:
    """Balls always scored high, healthy ones anything: a faint ball is left out by itself, and is the likeliest."""
    rare = np.concatenate([np.full(40, 8.0), np.linspace(-1, 1, 40), np.full(40, -9.0)])
    scores = np.stack([rare, np.zeros(120), np.concatenate([np.full(80, -9.0), np.full(40, 9.0)])], axis=1)
    said = judged(calibration(scores, np.repeat([0, 1, 2], 40)), np.array([0.3, 0.0, -9.0]))
    assert (said.labels, said.set, said.outcome) == (("ball",), ("ball", "healthy"), Outcome.AMBIGUOUS)


@given(st.integers(0, 200), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_a_lower_level_never_makes_sets_larger(seed: int, one: float, other: float) -> None:
    found = calibration(*drawn(seed, 40))
    asked = torch.from_numpy(2 * np.random.default_rng(seed).normal(size=(1, 3)))
    small, large = (found.judge(asked, level) for level in sorted((one, other)))
    assert set(small.set) <= set(large.set)
    assert not (large.outcome is Outcome.CONFIDENT and small.outcome is not Outcome.CONFIDENT)


@pytest.mark.parametrize(("correlation", "worth"), [(0.0, 4), (1.0, 1), (0.5, 1.6)])
def test_windows_of_a_signal_add_up_as_far_as_they_are_other_evidence(correlation: float, worth: float) -> None:
    """Independent witnesses multiply their odds, those that say the same are one; half and half: 4 / (1 + 3 / 2)."""
    found = calibration(*drawn(0, 60))
    found = replace(found, card=found.card.model_copy(update={"correlation": (correlation,)}))
    logits = np.array([[1.0, 0.2, 0.0], [0.0, 0.2, 0.4], [0.6, 0.0, 0.2], [0.4, 0.0, 0.2]])
    said = found.judge(torch.from_numpy(logits)).probabilities
    odds = np.exp(worth * np.array([0.5, 0.1, 0.2]))
    assert list(said.values()) == pytest.approx(list(odds / odds.sum()))


def test_healthy_is_as_likely_as_the_likeliest_fault_is_not() -> None:
    truth = np.arange(40) % 4 == np.array([[0], [1]])
    said = judged(multilabel(4.0 * truth.T - 2.0, truth.T), np.array([-1.0, -3.0])).probabilities
    assert said == pytest.approx({"ball": 1 / (1 + np.e), "cage": 1 / (1 + np.e**3), "healthy": np.e / (1 + np.e)})


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_signals_that_a_model_tells_without_fail_are_answered_with_confidence_at_any_level(level: float) -> None:
    truth = np.arange(60) % 3
    scores = (6 + np.random.default_rng(0).random(60))[:, None] * np.eye(3)[truth]
    found = calibration(scores, truth)
    assert all(found.judge(torch.from_numpy(row[None]), level).outcome is Outcome.CONFIDENT for row in scores)


def test_an_answer_that_is_probably_wrong_is_no_confident_one() -> None:
    truth = np.arange(60) % 3
    found = calibration(9.0 * np.eye(3)[truth], truth)
    said = judged(found, np.log([0.45, 0.35, 0.2]))
    assert (said.outcome, said.set) == (Outcome.AMBIGUOUS, ("ball", "healthy"))


def test_a_set_of_many_labels_names_them_in_the_order_of_the_model() -> None:
    labels, truth = tuple("abcdefghi"), np.repeat(np.arange(9), 3)
    card = CalibrationCard(
        level=0.9, outside_level=0.05, temperature=1.0, correlation=(1.0,), basis="a test", specimens=27, recordings=27
    )
    found = Calibration(card, labels, True, 9.0 * np.eye(9)[truth], np.eye(9)[truth] > 0, np.arange(27))
    asked = np.full(9, 0.01)
    asked[[1, 8]] = 0.45, 0.48
    said = judged(found, np.log(asked))
    assert (said.labels, said.set) == (("i",), ("b", "i"))


def two_sided(lowest_fault: float, highest_sound: float) -> Calibration:
    """One label whose faults score from one number up, whose sound signals up to another."""
    truth = np.repeat([[True, False], [False, True]], 100, axis=0)
    scores = np.full((200, 2), 9.0)
    scores[:100, 0], scores[100:, 0] = np.linspace(lowest_fault, 9, 100), np.linspace(-9, highest_sound, 100)
    scores[:100, 1] = -9.0
    return multilabel(scores, truth)


@pytest.mark.parametrize(
    ("lowest_fault", "highest_sound", "score"),
    [
        (3.0, 3.0, 1.0),  # no fault is as faint, some sound ones are as loud: absent, were it not the less likely
        (-3.0, -3.0, -1.0),  # some faults are as faint, no sound one is as loud: there, were it not the less likely
        (-5.0, 5.0, 0.5),  # both happen
        (5.0, -5.0, 0.0),  # neither happens, and neither is the likelier
    ],
)
def test_a_label_is_unsure_where_its_likelier_state_is_not_the_only_one_left(
    lowest_fault: float, highest_sound: float, score: float
) -> None:
    said = judged(two_sided(lowest_fault, highest_sound), np.array([score, -9.0]))
    assert (said.outcome, said.unsure) == (Outcome.AMBIGUOUS, ("ball",))
    assert said.labels == (("ball",) if score > 0 else ("healthy",))


@pytest.mark.parametrize("apart", [1.0, 7.0])
@pytest.mark.parametrize(("score", "found"), [(6.0, ("ball",)), (-6.0, ("healthy",))])
def test_a_label_is_there_or_not_where_the_less_likely_state_is_ruled_out(
    apart: float, score: float, found: tuple[str, ...]
) -> None:
    """Though it be as faint as no other of its state: then both are ruled out, and the likelier is named."""
    said = judged(two_sided(apart, -apart), np.array([score, -9.0]))
    assert (said.outcome, said.labels, said.set, said.unsure) == (Outcome.CONFIDENT, found, found, ())


@pytest.mark.parametrize("n_known", [12, 60, 150])
def test_sets_of_labels_of_unlike_shares_keep_the_promise_over_all(n_known: int) -> None:
    """Were scarce labels compared to all and plentiful ones to their own, both would be missed too often."""
    draw, missed, n_new, rounds = np.random.default_rng(2), 0, 20, 300
    for _ in range(rounds):
        truth = draw.choice(3, p=[0.1, 0.8, 0.1], size=n_known + n_new)
        scores = (1.2 + 2.0 * (truth == 1))[:, None] * np.eye(3)[truth] + draw.normal(size=(len(truth), 3))
        found = calibration(scores[:n_known], truth[:n_known])
        likely, (against,) = found.probabilities(scores[n_known:]), found.compared(0.1)
        missed += sum(
            ruled_out(1 - row[label], against[label], 0.1) for row, label in zip(likely, truth[n_known:], strict=True)
        )
    assert missed / (rounds * n_new) <= 0.1 + 0.012  # three standard errors


@pytest.mark.parametrize("share", [0.4, 0.1])
def test_every_label_keeps_the_promise_on_its_own(share: float) -> None:
    """As judged, which is careful; and as compared, which is exact: in each state of enough parts, else over both."""
    draw, rounds, n_new, alpha = np.random.default_rng(2), 150, 40, 0.1
    out, judged_out = [], 0
    for _ in range(rounds):
        truth = draw.random((100 + n_new, 2)) < share
        scores = 1.5 * (2 * truth - 1) + 2 * draw.normal(size=truth.shape)
        found = multilabel(scores[:100], truth[:100])
        likely = found.probabilities(scores[100:])
        for row, p, there in zip(scores[100:], likely, truth[100:], strict=True):
            said = judged(found, row)
            certain = set(said.set) - set(said.unsure or ())
            judged_out += ("ball" not in said.set) if there[0] else ("ball" in certain)
            state = int(there[0])
            out.append((state, ruled_out(abs(state - p[0]), found.compared(alpha)[0][state], alpha)))
    assert judged_out / len(out) <= alpha + 0.012
    each = [[missed for state, missed in out if state == one] for one in (0, 1)]
    groups = each if share == 0.4 else [each[0] + each[1]]
    for group in groups:
        assert alpha - 0.04 <= np.mean(group) <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / len(group)) + 0.005
