"""First convolution: a net that was trained on colour pictures, made to read images of any number of planes."""

from typing import Literal

import torch
from torch import Tensor, nn

from pipeline.errors import RequestError

COLOURS = 3

FirstConvolution = Literal["summed", "repeated"]


def adapted(weight: Tensor, n_planes: int, how: FirstConvolution) -> Tensor:
    """A first convolution's weights for so many planes; its output keeps its scale.

    Args:
        weight: for red, green and blue, shape (channel, 3, row, column).
        n_planes: of the images to be read.
        how: `summed`: every plane is read as the grey of a picture is (with one plane: the sum over the colours; with
            n: their mean, times 3 / n), so that planes are read alike; `repeated`: planes are read as red, green,
            blue, red, ..., times 3 / n.

    Returns:
        Shape (channel, n_planes, row, column).

    Example:
        >>> colours = torch.tensor([3.0, 6.0, 9.0]).reshape(1, 3, 1, 1)
        >>> adapted(colours, 1, "summed").flatten(), adapted(colours, 2, "summed").flatten()
        (tensor([18.]), tensor([9., 9.]))
        >>> adapted(colours, 4, "repeated").flatten()
        tensor([2.2500, 4.5000, 6.7500, 2.2500])
    """
    if how == "summed":
        return weight.sum(dim=1, keepdim=True).repeat(1, n_planes, 1, 1) / n_planes
    in_turn = torch.arange(n_planes) % COLOURS
    return weight.index_select(1, in_turn.to(weight.device)) * (COLOURS / n_planes)


def drawn_anew(weight: Tensor, n_planes: int) -> Tensor:
    """Random weights for so many planes, as spread as random ones for colours; no two planes alike.

    Args:
        weight: random, for red, green and blue, shape (channel, 3, row, column).
        n_planes: of the images to be read.

    Returns:
        Shape (channel, n_planes, row, column); the sum over all planes varies as it did over three.
    """
    spread = float(weight.std()) * (COLOURS / n_planes) ** 0.5
    drawn: Tensor = torch.randn(weight.shape[0], n_planes, *weight.shape[2:]) * spread
    return drawn


def first_convolution_of(net: nn.Module, name: str) -> tuple[str, nn.Conv2d]:
    """The convolution that reads the picture, and what it is called.

    Args:
        net: blocks in the order they run.
        name: of the backbone, for the message.

    Raises:
        RequestError: for a net that does not begin with a convolution of three planes.

    Example:
        >>> first_convolution_of(nn.Sequential(nn.Conv2d(3, 8, 5), nn.Conv2d(8, 8, 3)), "mine")[0]
        '0'
    """
    for place, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            if module.in_channels == COLOURS and module.groups == 1:
                return place, module
            break
    raise RequestError(f"{name} does not begin with a convolution of colours; leave first_convolution out")


def put_first_weight(convolution: nn.Conv2d, weight: Tensor) -> None:
    """Give a convolution weights for another number of planes."""
    convolution.in_channels = weight.shape[1]
    convolution.weight = nn.Parameter(weight)
