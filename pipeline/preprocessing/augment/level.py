"""Level: how strongly windows swing, safe for any unit."""

import torch
from torch import Tensor

FLAT = 1e-6
"""A swing below this share of the mean is rounding of that mean, in float32."""


def swing(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Root mean square about the mean, and that mean.

    Args:
        samples: any unit, shape (..., time).

    Returns:
        Both in the unit of `samples`, shape (..., 1); the first is 0 where nothing moves.

    Example:
        >>> swing(torch.tensor([1.0, 5.0, 1.0, 5.0]))
        (tensor([2.]), tensor([3.]))
    """
    mean = samples.mean(dim=-1, keepdim=True)
    about = samples - mean
    # Squares of 1e-30 or 1e30 do not fit float32; squares of shares of the largest swing do.
    largest = about.abs().amax(dim=-1, keepdim=True)
    moves = largest > FLAT * mean.abs()
    unit = torch.where(moves, largest, 1.0)
    level = unit * (about / unit).square().mean(dim=-1, keepdim=True).sqrt()
    return torch.where(moves, level, 0.0), mean
