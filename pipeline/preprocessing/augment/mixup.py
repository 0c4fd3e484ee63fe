"""Mixup: images and their truth, two by two, each pair in its own proportion."""

import torch
from torch import Tensor


def mixup(images: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Every image mixed with another one of the batch, and their truth in the same proportion.

    Nothing a machine could have made: the truth between two labels is what keeps a net from being sure of itself
    between them. Not a stage, because stages do not know the truth.

    Args:
        images: any unit, shape (batch, plane, row, column).
        targets: shares between 0 and 1, shape (batch, label).
        alpha: proportions are drawn from Beta(alpha, alpha): near 0 hardly mixed, 1 any proportion alike.

    Returns:
        Both, same shapes; `images` t + other (1 - t), `targets` likewise.

    Source: Zhang, Cisse, Dauphin and Lopez-Paz (2018), mixup: beyond empirical risk minimization, ICLR.

    Example:
        >>> images, targets = mixup(torch.ones(4, 1, 2, 2), torch.eye(4), alpha=0.4)
        >>> torch.allclose(images, torch.ones(4, 1, 2, 2)), torch.allclose(targets.sum(dim=1), torch.ones(4))
        (True, True)
    """
    strength = torch.full((len(images),), alpha, device=images.device)
    share = torch.distributions.Beta(strength, strength).sample()
    other = torch.randperm(len(images), device=images.device)

    def mixed(given: Tensor) -> Tensor:
        part = share.reshape(-1, *[1] * (given.dim() - 1)).to(given.dtype)
        return part * given + (1 - part) * given[other]

    return mixed(images), mixed(targets)
