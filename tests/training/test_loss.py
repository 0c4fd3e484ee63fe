"""The loss of fine-tuning, against torch's own for hard truth, and by its linearity for mixed truth."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_sample_weight
from torch import nn

from pipeline.training.loss import balance_of, soft_loss


def case(multiclass: bool) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(40, 3, generator=generator)
    chosen = torch.randint(0, 10, (40,), generator=generator).clamp(max=2)  # uneven: most are the last class
    targets = nn.functional.one_hot(chosen, 3).float()
    return logits, targets if multiclass else torch.maximum(targets, targets.roll(1, dims=0))


def test_hard_truth_of_classes_gives_torchs_weighted_cross_entropy() -> None:
    logits, targets = case(multiclass=True)
    weights = 40 / (3 * targets.sum(dim=0))
    each = nn.functional.cross_entropy(logits, targets.argmax(dim=1), weight=weights, reduction="sum")
    found = soft_loss(logits, targets, balance_of(targets, multiclass=True), multiclass=True)
    torch.testing.assert_close(found, each / 40)


def test_hard_truth_of_labels_gives_torchs_weighted_binary_cross_entropy() -> None:
    logits, targets = case(multiclass=False)
    each = [compute_sample_weight("balanced", targets[:, label]) for label in range(3)]
    weights = torch.from_numpy(np.stack(each, axis=1)).float()
    wanted = nn.functional.binary_cross_entropy_with_logits(logits, targets, weight=weights)
    found = soft_loss(logits, targets, balance_of(targets, multiclass=False), multiclass=False)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("multiclass", [True, False])
def test_the_loss_against_mixed_truth_is_the_mixture_of_the_losses(multiclass: bool) -> None:
    logits, targets = case(multiclass)
    balance, other = balance_of(targets, multiclass), targets.flip(0)
    mixed = soft_loss(logits, 0.3 * targets + 0.7 * other, balance, multiclass)
    apart = [soft_loss(logits, truth, balance, multiclass) for truth in (targets, other)]
    torch.testing.assert_close(mixed, 0.3 * apart[0] + 0.7 * apart[1])


@pytest.mark.parametrize("multiclass", [True, False])
def test_sides_have_the_same_say_and_a_label_nobody_has_does_no_harm(multiclass: bool) -> None:
    _, targets = case(multiclass)
    balance, counts = balance_of(targets, multiclass), targets.sum(dim=0)
    yes = balance.yes * counts
    if multiclass:
        torch.testing.assert_close(yes, torch.full((3,), 40 / 3))
    else:
        torch.testing.assert_close(yes, balance.no * (40 - counts))
    lonely = balance_of(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), multiclass)
    assert torch.cat(lonely).isfinite().all()


def test_very_sure_answers_have_finite_losses_and_slopes() -> None:
    for multiclass in (True, False):
        _, targets = case(multiclass)
        logits = torch.full((40, 3), -1e4).requires_grad_()
        loss = soft_loss(logits, targets, balance_of(targets, multiclass), multiclass)
        loss.backward()
        assert loss.isfinite()
        assert logits.grad is not None
        assert logits.grad.isfinite().all()
