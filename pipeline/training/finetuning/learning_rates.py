"""Learning rates: the head at full rate, pretrained blocks slower, and slower the further from the head they are."""

from typing import Any

import torch

from pipeline.models.branch import Branch
from pipeline.training.regime import FitConfig, TrainedBranchConfig

FEWEST_STEPS = 10
"""A rise of fewer than two steps is none, and a division by zero inside torch."""


def rate_groups(branch: Branch, config: TrainedBranchConfig, fit: FitConfig) -> list[dict[str, Any]]:
    """Parameters that learn, block by block and the head last, each with its peak rate.

    Nets from scratch learn at one rate: none of their blocks knows anything that could be lost.

    Source: Howard and Ruder (2018), ULMFiT, ACL 56, section 3.2 (rates that fall off per layer).

    Example:
        >>> from pipeline.preprocessing.base import Setting
        >>> config = TrainedBranchConfig(backbone="small", regime="full")
        >>> fit = FitConfig(learning_rate=1.0, body_factor=0.1, layer_decay=0.5)
        >>> [group["lr"] for group in rate_groups(Branch(config, Setting(None, 64), ["a"]), config, fit)]
        [0.0125, 0.025, 0.05, 0.1, 1.0]
    """
    assert branch.backbone is not None
    rate, scratch = fit.learning_rate, config.regime == "scratch"
    bodies = [[each for each in block.parameters() if each.requires_grad] for block in branch.backbone.blocks]
    bodies = [body for body in bodies if body]
    rates = [1.0 if scratch else fit.body_factor * fit.layer_decay**k for k in reversed(range(len(bodies)))]
    groups: list[dict[str, Any]] = [
        {"params": body, "lr": rate * factor} for body, factor in zip(bodies, rates, strict=True)
    ]
    return [*groups, {"params": list(branch.head.parameters()), "lr": rate}]


def optimiser_of(
    groups: list[dict[str, Any]], fit: FitConfig, n_steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """AdamW, and one rise and cosine over all steps.

    Source: Smith and Topin (2019), Super-convergence: very fast training using large learning rates.
    """
    peaks = [group["lr"] for group in groups]
    optimiser = torch.optim.AdamW(groups, weight_decay=fit.weight_decay)
    total = max(n_steps, FEWEST_STEPS)
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, peaks, total, pct_start=fit.warm_up)
