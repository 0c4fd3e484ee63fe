"""Solve: features and truth to a head, by the method that a config names."""

from functools import partial

import torch
from torch import Tensor

from pipeline.errors import ConfigError
from pipeline.models.head import CLIP, Head
from pipeline.training.heads.config import HeadConfig
from pipeline.training.heads.logistic import NEARLY_FLAT, logistic, surprise
from pipeline.training.heads.mlp import train_mlp
from pipeline.training.heads.ridge import ridge, squares
from pipeline.training.heads.strength import Lack, Solve, chosen, dealt

USUAL = {"ridge": 3.0, "logistic": 10.0}
"""Penalties where a config names none, and where none can be chosen."""


def solve_head(
    head: Head,
    features: Tensor,
    targets: Tensor,
    config: HeadConfig,
    multiclass: bool,
    seed: int = 0,
    groups: Tensor | None = None,
) -> HeadConfig:
    """Standardise features on these windows, clip, and find what a head weighs them by.

    Args:
        head: filled in place.
        features: (window, feature).
        targets: (window, label), shares between 0 and 1.
        config: method and strength.
        multiclass: whether labels exclude one another; a shared head asks each label alone all the same.
        seed: of what chance decides: folds, and the training of a net.
        groups: whose windows they are, a number per specimen, (window,); needed for `strength: auto` only.

    Returns:
        The config with the strength that was used.

    Raises:
        ConfigError: for `strength: auto` without groups.

    Example:
        >>> features = torch.tensor([[-1.0], [-2.0], [1.0], [2.0]])
        >>> truth, head = torch.tensor([[0.0], [0.0], [1.0], [1.0]]), Head(1, 1)
        >>> solve_head(head, features, truth, HeadConfig(method="ridge"), multiclass=False).strength
        3.0
        >>> bool(head.linear.weight > 0), bool(head.linear.bias.abs() < 1e-4)
        (True, True)
    """
    asked, answers = head.asked(features), head.answers(targets)
    # A shared head gives one answer per question, and a softmax over one answer says nothing.
    exclusive = multiclass and not head.shared
    centre, spread = scale_of(asked)
    head.scale(centre, spread).clip.fill_(CLIP)
    if config.method == "mlp":
        train_mlp(head, features, targets, config, exclusive, seed)
        return config
    solve, solve_roughly, lack = method_of(config, exclusive)
    clipped = torch.clamp((asked - centre) / spread, -CLIP, CLIP)
    strength = config.strength or USUAL[config.method]
    if strength == "auto":
        held = _held_out(head, targets, groups, seed)
        strength = chosen(solve_roughly, lack, clipped, answers, held) or USUAL[config.method]
    weight, bias = solve(clipped, answers, [strength])
    head.set(weight[0], bias[0], centre, spread)
    return config.model_copy(update={"strength": strength})


def method_of(config: HeadConfig, multiclass: bool) -> tuple[Solve, Solve, Lack]:
    """How heads of one layer are found, how when penalties are only compared, and what they are judged by."""
    if config.method == "ridge":
        return ridge, ridge, squares
    exact = partial(logistic, multiclass=multiclass)
    return exact, partial(exact, flat=NEARLY_FLAT), partial(surprise, multiclass=multiclass)


def _held_out(head: Head, targets: Tensor, groups: Tensor | None, seed: int) -> Tensor:
    """The fold of each question: all questions of a window, and all windows of a specimen, are held out together."""
    if groups is None:
        raise ConfigError(
            "strength: auto is chosen on folds over specimens, and nobody said whose windows these are; "
            "hand their groups, or give a number"
        )
    held = dealt(groups, targets, seed)
    return held.repeat_interleave(head.n_labels) if head.shared else held


def scale_of(features: Tensor) -> tuple[Tensor, Tensor]:
    """What features are standardised by: mean and deviation of each; 1 for one that never changes.

    Example:
        >>> scale_of(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
        (tensor([2., 5.]), tensor([1., 1.]))
    """
    centre, spread = features.mean(dim=0), features.std(dim=0, correction=0)
    return centre, torch.where(spread < 1e-6 * spread.max().clamp(min=1e-12), torch.ones_like(spread), spread)
