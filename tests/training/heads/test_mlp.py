"""The small net as a head: what it can and a linear head cannot, and what chance may not decide."""

import pytest
import torch
from torch import Tensor, nn

from pipeline.models.head import Head
from pipeline.training.heads import HeadConfig, solve_head

QUIET = HeadConfig(method="mlp", epochs=60, batch=32, learning_rate=1e-2, dropout=0.0, noise=0.1)


def crossed(seed: int = 0, n_windows: int = 200) -> tuple[Tensor, Tensor]:
    """Exclusive or: true where the two features have the same sign. No straight line is better than half."""
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, (n_windows, 2), generator=generator).float() * 2 - 1
    features = signs + 0.15 * torch.randn(n_windows, 2, generator=generator)
    return features, (signs[:, :1] * signs[:, 1:] > 0).float()


def solved(config: HeadConfig, features: Tensor, targets: Tensor, seed: int = 0, **facts: object) -> Head:
    hidden = (16,) if config.method == "mlp" else ()
    shared = bool(facts.get("shared"))
    n_features = features.shape[1] // (targets.shape[1] if shared else 1)
    head = Head(n_features, targets.shape[1], hidden, shared=shared)
    solve_head(head, features, targets, config, bool(facts.get("multiclass")), seed)
    return head


def correct(head: Head, features: Tensor, targets: Tensor) -> float:
    return float(((head(features) > 0) == (targets > 0.5)).float().mean())


def test_it_solves_exclusive_or_and_a_linear_head_does_not() -> None:
    features, targets = crossed()
    unseen = crossed(seed=1)
    assert correct(solved(QUIET, features, targets), *unseen) > 0.98
    assert correct(solved(HeadConfig(method="logistic"), features, targets), *unseen) < 0.8


def test_it_solves_exclusive_or_as_two_classes() -> None:
    features, targets = crossed()
    both = torch.cat([targets, 1 - targets], dim=1)
    head = solved(QUIET, features, both, multiclass=True)
    assert (head(features).argmax(dim=1) == both.argmax(dim=1)).float().mean() > 0.98


@pytest.mark.parametrize("multiclass", [True, False])
def test_a_shared_one_asks_every_label_the_same_question_even_where_labels_exclude_one_another(
    multiclass: bool,
) -> None:
    features, targets = crossed()
    head = solved(QUIET, features.reshape(100, 4), targets.reshape(100, 2), multiclass=multiclass, shared=True)
    assert correct(head, features.reshape(100, 4), targets.reshape(100, 2)) > 0.98


def test_the_same_seed_gives_the_same_head_and_another_one_another() -> None:
    features, targets = crossed()
    config = HeadConfig(method="mlp", epochs=3)
    first, again, other = (solved(config, features, targets, seed)(features) for seed in (0, 0, 1))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert not torch.allclose(first, other)


def test_chance_is_drawn_from_the_seed_alone_and_left_as_it_was() -> None:
    features, targets = crossed()
    config = HeadConfig(method="mlp", epochs=3)
    torch.manual_seed(5)
    first = solved(config, features, targets)(features)
    torch.manual_seed(99)
    head = Head(2, 1, (16,))
    before = torch.get_rng_state()
    solve_head(head, features, targets, config, False, 0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(head(features), first, rtol=0, atol=0)


def test_dropout_and_noise_are_for_training_only() -> None:
    features, targets = crossed()
    head = solved(HeadConfig(method="mlp", epochs=3, dropout=0.9, noise=3.0), features, targets)
    assert not head.training
    torch.testing.assert_close(head(features), head(features), rtol=0, atol=0)
    dropping = [module for module in head.modules() if isinstance(module, nn.Dropout)]
    assert [module.p for module in dropping] == [0.9]


def test_dropout_and_noise_do_act_in_training() -> None:
    features, targets = crossed()
    plain = HeadConfig(method="mlp", epochs=3, dropout=0.0, noise=0.0)
    heads = [
        solved(plain.model_copy(update=changes), features, targets)
        for changes in ({}, {"dropout": 0.5}, {"noise": 1.0})
    ]
    first, dropped, noisy = (head(features) for head in heads)
    assert not torch.allclose(first, dropped)
    assert not torch.allclose(first, noisy)


def test_it_reads_features_in_any_unit() -> None:
    features, targets = crossed()
    head = solved(QUIET, 1000 * features - 7, targets)
    assert correct(head, 1000 * features - 7, targets) > 0.98


def test_a_share_is_answered_as_a_probability() -> None:
    """Windows that look alike and are true in three cases of four."""
    features, _ = crossed()
    truth = torch.full((200, 1), 0.75)
    head = solved(QUIET.model_copy(update={"noise": 0.0, "weight_decay": 0.0}), features, truth)
    # Both sides have the same say, so that what all windows share is even.
    torch.testing.assert_close(torch.sigmoid(head(features)).mean(), torch.tensor(0.5), atol=0.03, rtol=0)


def test_a_label_never_there_is_denied() -> None:
    features, targets = crossed()
    head = solved(QUIET, features, torch.cat([targets, torch.zeros_like(targets)], dim=1))
    assert head(features)[:, 1].max() < -2


def test_features_made_without_gradients_can_be_learned_from() -> None:
    with torch.inference_mode():
        features, targets = crossed()
    assert correct(solved(QUIET, features, targets.clone()), features, targets) > 0.98


def test_fewer_windows_than_a_batch_are_enough() -> None:
    features, targets = crossed(n_windows=5)
    assert torch.isfinite(solved(HeadConfig(method="mlp", epochs=1), features, targets)(features)).all()
