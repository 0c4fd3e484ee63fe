"""Head: what is trained on a backbone's features, as one linear layer over standardised numbers."""

import torch
from torch import Tensor, nn

CLIP = 6.0
"""Standardised features beyond this many deviations are outliers of one recording, not evidence."""


class LinearHead(nn.Module):
    """Standardise, clip, weigh: (batch, feature) -> (batch, label).

    Args:
        n_features, n_labels: sizes.
        clip: bound on standardised features; infinite for fine-tuning, where it would stop gradients.

    Example:
        >>> head = LinearHead(2, 1)
        >>> weight, bias = torch.tensor([[1.0, 1.0]]), torch.tensor([0.5])
        >>> _ = head.set(weight, bias, centre=torch.tensor([1.0, 0.0]), spread=torch.tensor([2.0, 1.0]))
        >>> head(torch.tensor([[3.0, 4.0]])).detach()
        tensor([[5.5000]])
    """

    centre: Tensor
    spread: Tensor
    clip: Tensor

    def __init__(self, n_features: int, n_labels: int, clip: float = CLIP) -> None:
        super().__init__()
        self.linear = nn.Linear(n_features, n_labels)
        self.register_buffer("centre", torch.zeros(n_features))
        self.register_buffer("spread", torch.ones(n_features))
        self.register_buffer("clip", torch.tensor(clip))

    @torch.no_grad()
    def set(self, weight: Tensor, bias: Tensor, centre: Tensor, spread: Tensor) -> "LinearHead":
        """Take over a solution: weight (label, feature), bias (label,), centre and spread (feature,)."""
        self.linear.weight.copy_(weight)
        self.linear.bias.copy_(bias)
        self.centre.copy_(centre)
        self.spread.copy_(spread)
        return self

    def standardised(self, features: Tensor) -> Tensor:
        """Features as the linear layer sees them."""
        return torch.clamp((features - self.centre) / self.spread, -self.clip, self.clip)

    def forward(self, features: Tensor) -> Tensor:
        """Logits, one per label."""
        logits: Tensor = self.linear(self.standardised(features))
        return logits
