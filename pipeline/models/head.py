"""Head: what is trained on a backbone's features: one linear layer over standardised numbers, or a small net."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

CLIP = 6.0
"""Standardised features beyond this many deviations are outliers of one recording, not evidence."""


class Head(nn.Module):
    """Standardise, clip, weigh: (batch, feature) -> (batch, label).

    Args:
        n_features: of a window, or, of a shared head, of one question.
        n_labels: logits wanted.
        hidden: sizes of hidden layers; none for a linear head.
        shared: whether every label is a question with features of its own, label by label, and all are answered by
            one and the same net.

    Attributes:
        clip: bound on standardised features; infinite for fine-tuning, where it would stop gradients.
        n_features: numbers that a window brings.
        n_asked: numbers that the net looks at, at a time.

    Example:
        >>> head = Head(2, 1)
        >>> weight, bias = torch.tensor([[1.0, 1.0]]), torch.tensor([0.5])
        >>> _ = head.set(weight, bias, centre=torch.tensor([1.0, 0.0]), spread=torch.tensor([2.0, 1.0]))
        >>> head(torch.tensor([[3.0, 4.0]])).detach()
        tensor([[5.5000]])
        >>> Head(2, 3, shared=True)(torch.zeros(5, 6)).shape
        torch.Size([5, 3])
    """

    centre: Tensor
    spread: Tensor
    clip: Tensor

    def __init__(self, n_features: int, n_labels: int, hidden: Sequence[int] = (), *, shared: bool = False) -> None:
        super().__init__()
        self.shared, self.n_labels = shared, n_labels
        self.n_asked = n_features
        self.n_features = n_features * (n_labels if shared else 1)
        self.hidden = _layers(n_features, hidden)
        self.linear = nn.Linear(hidden[-1] if hidden else n_features, 1 if shared else n_labels)
        self.register_buffer("centre", torch.zeros(n_features))
        self.register_buffer("spread", torch.ones(n_features))
        self.register_buffer("clip", torch.tensor(CLIP))

    @torch.no_grad()
    def set(self, weight: Tensor, bias: Tensor, centre: Tensor, spread: Tensor) -> "Head":
        """Take over the last layer, weight (answer, feature) and bias (answer,), and the scale of what comes in."""
        self.linear.weight.copy_(weight)
        self.linear.bias.copy_(bias)
        return self.scale(centre, spread)

    @torch.no_grad()
    def scale(self, centre: Tensor, spread: Tensor) -> "Head":
        """Take over what features are standardised by, each (feature,)."""
        self.centre.copy_(centre)
        self.spread.copy_(spread)
        return self

    def asked(self, features: Tensor) -> Tensor:
        """Windows (batch, feature) as what the net looks at, (question, feature); one a window or one a label."""
        return features.reshape(-1, self.n_asked)

    def answers(self, targets: Tensor) -> Tensor:
        """Truth (batch, label) as what the net is to say, (question, answer)."""
        return targets.reshape(-1, 1) if self.shared else targets

    def standardised(self, features: Tensor) -> Tensor:
        """Features as the net sees them."""
        return torch.clamp((self.asked(features) - self.centre) / self.spread, -self.clip, self.clip)

    def forward(self, features: Tensor) -> Tensor:
        """Logits, one per label."""
        logits: Tensor = self.linear(self.hidden(self.standardised(features)))
        return logits.reshape(-1, self.n_labels)


def _layers(n_in: int, sizes: Sequence[int]) -> nn.Sequential:
    """Hidden layers; dropout does nothing until training gives it a share."""
    layers = nn.Sequential()
    for size in sizes:
        layers.extend([nn.Linear(n_in, size), nn.GELU(), nn.Dropout(0.0)])
        n_in = size
    return layers
