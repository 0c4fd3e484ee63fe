"""Pretraining on simulation: it learns what tells of machines never shown, the same from the same seed, or says why."""

import math
from dataclasses import replace

import pytest
import torch

from pipeline.errors import ConfigError
from pipeline.evaluation.metrics import figures
from pipeline.signals.simulation.endless.ranges import RANGES
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.simulated.own_over_others import own_over_others
from pipeline.training.simulated.pretrain import Taught, answers_on_simulation, taught_by_simulation
from pipeline.training.simulated.ready_model import LABELS
from pipeline.training.simulated.stream import stream

PICTURE = ["rivals", {"resize": {"rows": 32, "columns": 32}}, {"to_imagenet": {"low": 0.0, "high": 4.0}}]
SMALL = TrainedBranchConfig(backbone="small", weights="random", planes="shared", stages=PICTURE)
LOUD = replace(RANGES, fault_db=(12.0, 12.0), faulty=0.9)
FIT = FitConfig(learning_rate=3e-3)


def taught(n_signals: int = 64, fit: FitConfig = FIT, seed: int = 1, branch: TrainedBranchConfig = SMALL) -> Taught:
    return taught_by_simulation(["fault_order"], branch, fit, n_signals, seed=seed, ranges=LOUD)


@pytest.fixture(scope="module")
def learned() -> Taught:
    return taught(n_signals=1280)


def test_the_loss_falls_on_machines_never_shown_before(learned: Taught):
    losses = [row["loss"] for row in learned.history]
    assert [row["epoch"] for row in learned.history] == list(range(1, 21))
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_what_was_learned_tells_of_machines_of_another_seed(learned: Taught):
    answers = answers_on_simulation(learned.classifier, 192, seed=2, ranges=LOUD)
    truth = torch.cat([one.targets for one in stream(2, 192, LABELS, LOUD)])
    assert torch.equal(answers.truth, truth)
    found, start = (
        figures(logits.numpy(), truth.numpy(), LABELS, multiclass=False)["macro_auroc"]
        for logits in (answers.logits, answers_on_simulation(taught(1).classifier, 192, seed=2, ranges=LOUD).logits)
    )
    assert found > 90 > start


def test_the_same_seed_makes_the_same_net_and_leaves_the_global_chance_alone():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    one, again, other = (taught(seed=seed).classifier.state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_the_head_sees_the_first_machines_standardised():
    still = taught(fit=FitConfig(learning_rate=1e-12), branch=SMALL.model_copy(update={"pool": "mean_max"}))
    (branch,) = still.classifier.branches
    images = [still.classifier.shared(one.batch) for one in stream(1, 64, LABELS, LOUD)]
    branch.train()
    with torch.no_grad():
        seen = branch.head.standardised(torch.cat([branch.features(image) for image in images]))
    told = seen.std(dim=0, correction=0)
    assert seen.mean(dim=0).abs().max() < 1e-3
    assert told[told > 0].sub(1).abs().max() < 1e-2


def test_a_rate_that_tears_the_net_apart_is_told_in_one_line():
    with pytest.raises(ConfigError, match=r"the loss became (nan|inf) .* lower fit.learning_rate"):
        taught(n_signals=640, fit=FitConfig(learning_rate=1e30, gradient_clip=1e30))


def test_own_plane_over_the_best_other_is_higher_where_the_plane_is_brighter():
    cells = torch.zeros(3, 3, 2, 2)
    planes = ("outer_race", "inner_race", "ball")
    for place in range(3):
        cells[place, place] = 1 + place
    scores = own_over_others(cells, planes, LABELS)
    assert [LABELS[best] for best in scores.argmax(dim=1).tolist()] == list(planes)
    assert scores.max(dim=1).values.tolist() == [1, 2, 3]
    assert math.isclose(float(scores.min()), -3)
