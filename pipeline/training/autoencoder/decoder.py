"""Decoder: a backbone run backwards, from its last feature map to a picture."""

import torch
from torch import Tensor, nn

from pipeline.models.backbone import Backbone


class Decoder(nn.Module):
    """As many steps as the backbone has blocks that change the shape, in reverse; sizes and channels are mirrored.

    Args:
        backbone: any net of named blocks.
        rows, columns: size of its pictures.

    Example:
        >>> backbone = Backbone("small")
        >>> decoder = Decoder(backbone, rows=48, columns=32)
        >>> decoder(backbone(torch.zeros(2, 3, 48, 32))).shape
        torch.Size([2, 3, 48, 32])
    """

    def __init__(self, backbone: Backbone, rows: int, columns: int) -> None:
        super().__init__()
        shapes = shapes_of(backbone, rows, columns)
        pairs = list(zip(shapes[:0:-1], shapes[-2::-1], strict=True))
        steps = [_step(n_in, *shape, last=place == len(pairs)) for place, ((n_in, *_), shape) in enumerate(pairs, 1)]
        self.steps = nn.Sequential(*steps)

    def forward(self, features: Tensor) -> Tensor:
        """Feature map (batch, channel, row, column) to pictures (batch, 3, row, column)."""
        pictures: Tensor = self.steps(features)
        return pictures


@torch.no_grad()
def shapes_of(backbone: Backbone, rows: int, columns: int) -> list[tuple[int, int, int]]:
    """The picture's shape and that of every feature map on the way that differs from the one before.

    Example:
        >>> shapes_of(Backbone("small"), 64, 64)
        [(3, 64, 64), (16, 32, 32), (32, 16, 16), (64, 8, 8), (64, 4, 4)]
    """
    was_training = backbone.training
    backbone.eval()
    values, shapes = torch.zeros(1, 3, rows, columns), [(3, rows, columns)]
    for block in backbone.blocks:
        values = block(values)
        _, channels, height, width = values.shape
        if (channels, height, width) != shapes[-1]:
            shapes.append((channels, height, width))
    backbone.train(was_training)
    return shapes


def _step(n_in: int, n_out: int, rows: int, columns: int, last: bool) -> nn.Module:
    """Larger, then looked over by a convolution; the last one draws, and a picture may be negative."""
    parts: list[nn.Module] = [nn.Upsample((rows, columns), mode="nearest"), nn.Conv2d(n_in, n_out, 3, padding=1)]
    return nn.Sequential(*parts, *([] if last else [nn.BatchNorm2d(n_out), nn.ReLU()]))
