"""The penalty of a head, chosen on specimens it never saw."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from tiny_nets import SMALL, plan, windows
from torch import Tensor

from pipeline.errors import ConfigError
from pipeline.models.head import Head
from pipeline.training.fit import specimens_of
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.heads.strength import STRENGTHS, chosen, dealt
from pipeline.training.learn import learn

PER_SPECIMEN = 8


def specimens(n: int, own: float, fault: float, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Windows of specimens, half of them faulty: features (window, 20), truth (window, 1), specimens (window,).

    The first feature follows the fault, `fault` times; the others tell which specimen it is, `own` times.
    """
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(n) % 2, PER_SPECIMEN)
    marks = np.repeat(own * rng.standard_normal((n, 20)), PER_SPECIMEN, axis=0)
    marks[:, 0] = fault * (2 * truth - 1)
    features = marks + rng.standard_normal(marks.shape)
    groups = np.repeat(np.arange(n) + 100, PER_SPECIMEN)
    return torch.from_numpy(features).float(), torch.from_numpy(truth).float()[:, None], torch.from_numpy(groups)


def used(features: Tensor, truth: Tensor, groups: Tensor | None, method: str) -> float:
    config = HeadConfig(method=method, strength="auto")
    found = solve_head(Head(features.shape[1], 1), features, truth, config, False, groups=groups)
    assert isinstance(found.strength, float)
    return found.strength


def test_no_specimen_is_in_two_folds_and_every_fold_has_both_sides() -> None:
    _, truth, groups = specimens(10, own=1.0, fault=1.0)
    held = dealt(groups, truth, seed=0)
    assert sorted(held.unique().tolist()) == [0, 1, 2, 3, 4]
    for group in groups.unique():
        assert len(held[groups == group].unique()) == 1
    for fold in range(5):
        assert sorted(truth[held == fold].unique().tolist()) == [0, 1]


@pytest.mark.parametrize("method", ["ridge", "logistic"])
def test_heads_that_know_specimens_by_heart_are_held_back_more(method: str) -> None:
    """Marks of specimens are no evidence. Folds of windows would see the same marks on both sides."""
    features, truth, groups = specimens(12, own=2.0, fault=0.3)
    windows = torch.arange(len(groups))
    grouped, leaky = used(features, truth, groups, method), used(features, truth, windows, method)
    assert grouped >= 10 * leaky


@pytest.mark.parametrize("method", ["ridge", "logistic"])
def test_a_clear_fault_is_held_back_less_than_a_faint_one(method: str) -> None:
    clear, faint = (specimens(12, own=1.0, fault=fault) for fault in (4.0, 0.2))
    assert used(*clear, method) < used(*faint, method)


def test_the_choice_is_the_best_of_scikit_learns_heads_on_the_same_folds() -> None:
    features, truth, groups = specimens(12, own=1.0, fault=0.5, seed=2)
    head = Head(20, 1)
    found = solve_head(head, features, truth, HeadConfig(method="logistic", strength="auto"), False, groups=groups)
    held, seen = dealt(groups, truth, seed=0).numpy(), head.standardised(features).detach().numpy()
    labels, losses = truth[:, 0].numpy(), []
    for strength in STRENGTHS:
        loss = 0.0
        for fold in range(5):
            inside = held != fold
            model = LogisticRegression(C=1 / strength, class_weight="balanced", tol=1e-8, max_iter=10000)
            logits = model.fit(seen[inside], labels[inside]).decision_function(seen[~inside])
            loss += np.logaddexp(0, np.where(labels[~inside] > 0.5, -logits, logits)).sum()
        losses.append(loss)
    assert found.strength == STRENGTHS[int(np.argmin(losses))]
    assert STRENGTHS[0] > found.strength > STRENGTHS[-1]


def test_questions_of_one_window_are_held_out_with_their_specimen() -> None:
    """A shared head asks three questions a window; dealt alone, they would make marks of specimens look useful."""
    features, truth, groups = specimens(12, own=2.0, fault=0.3)
    three, answers = torch.cat([features, features, features], dim=1), truth.repeat(1, 3)
    config = HeadConfig(method="ridge", strength="auto")
    found = solve_head(Head(20, 3, shared=True), three, answers, config, False, groups=groups)
    assert found.strength >= 10 * used(features, truth, torch.arange(len(groups)), "ridge")


@pytest.mark.parametrize("multiclass", [True, False])
@pytest.mark.parametrize("method", ["ridge", "logistic"])
def test_a_label_of_one_specimen_is_left_out_of_the_choice(method: str, multiclass: bool) -> None:
    features, truth, groups = specimens(12, own=1.0, fault=1.0)
    lonely = (groups == 100).float()[:, None]
    targets = torch.cat([truth * (1 - lonely), (1 - truth) * (1 - lonely), lonely], dim=1)
    config = HeadConfig(method=method, strength="auto")
    found = solve_head(Head(20, 3), features, targets, config, multiclass, groups=groups)
    assert found.strength in STRENGTHS


@pytest.mark.parametrize(("method", "usual"), [("ridge", 3.0), ("logistic", 10.0)])
def test_where_no_fold_can_judge_the_usual_penalty_stays(method: str, usual: float) -> None:
    features, truth, groups = specimens(2, own=1.0, fault=1.0)
    assert used(features, truth, groups, method) == usual
    assert used(features, truth, torch.zeros_like(groups), method) == usual


def test_of_equal_penalties_the_strongest_is_taken() -> None:
    features, truth, groups = specimens(6, own=1.0, fault=1.0)

    def same(some: Tensor, _: Tensor, strengths: object) -> tuple[Tensor, Tensor]:
        return torch.zeros(len(STRENGTHS), 1, some.shape[1]), torch.zeros(len(STRENGTHS), 1)

    held = dealt(groups, truth, seed=0)
    assert chosen(same, lambda logits, targets: (logits - targets) ** 2, features, truth, held) == max(STRENGTHS)


def test_a_choice_without_groups_is_refused_not_guessed() -> None:
    features, truth, _ = specimens(4, own=1.0, fault=1.0)
    with pytest.raises(ConfigError, match=r"folds over specimens.*give a number"):
        used(features, truth, None, "ridge")


def test_a_trained_bundle_says_which_penalty_was_used_and_a_run_chooses_on_specimens() -> None:
    """Every specimen of the tones has four windows; one of them alone would be a fold of its own without groups."""
    auto, plain = (SMALL | {"head": {"method": "ridge", "strength": strength}} for strength in ("auto", None))
    told = [learn(plan(branch), windows())[0].card.provenance["branches"][0]["head"] for branch in (auto, plain)]
    assert told[0]["strength"] in STRENGTHS
    assert told[1]["strength"] == 3.0
    numbers = specimens_of(windows())
    assert len(numbers) == 48
    assert numbers.unique(return_counts=True)[1].tolist() == [4] * 12


def test_a_number_is_used_as_it_is_and_an_mlp_has_none() -> None:
    features, truth, _ = specimens(4, own=1.0, fault=1.0)
    assert solve_head(Head(20, 1), features, truth, HeadConfig(strength=0.7), False).strength == 0.7
    with pytest.raises(ValueError, match="weight_decay"):
        HeadConfig(method="mlp", strength=3.0)
    for wrong in (0.0, -1.0, "automatic"):
        with pytest.raises(ValueError, match="strength"):
            HeadConfig(strength=wrong)
