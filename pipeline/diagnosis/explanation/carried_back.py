"""Carried back: relevance of the picture that a net reads, as relevance of the image it was made from."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from pipeline.preprocessing.base import Batch, Stage
from pipeline.preprocessing.scaling.to_imagenet import ToImagenet


def carried_back(relevance: Tensor, image: Tensor, stages: Sequence[Stage[Any]]) -> Tensor:
    """Relevance after some stages, on the cells before them; its sum stays.

    A pixel of a resized picture is a weighted mean of cells, and its relevance goes to them by those weights; red,
    green and blue of one plane are added; where a stage changes nothing but the scale, every cell keeps what it has.
    Of what is the best of several planes, the relevance goes to that one.

    Args:
        relevance: of the picture, (batch, plane, row, column).
        image: before the stages, (batch, plane, row, column).
        stages: from image to picture.

    Returns:
        Shape of `image`.

    Example:
        >>> from pipeline.preprocessing.base import Setting
        >>> from pipeline.preprocessing.chain import Chain
        >>> wider = Chain([{"resize": {"rows": 1, "columns": 4}}], Setting(None, 2)).stages
        >>> carried_back(torch.tensor([[[[0.0, 4.0, 0.0, 8.0]]]]), torch.zeros(1, 1, 1, 2), wider).flatten()
        tensor([3., 9.])
    """
    befores = list(_befores(image, stages))
    for stage, before in zip(reversed(stages), reversed(befores), strict=True):
        relevance = _through(relevance, before, stage)
    return relevance


@torch.no_grad()
def _befores(image: Tensor, stages: Sequence[Stage[Any]]) -> Iterable[Tensor]:
    """What comes into every stage."""
    for stage in stages:
        yield image
        image = stage(Batch.of(image)).values


def _through(relevance: Tensor, before: Tensor, stage: Stage[Any]) -> Tensor:
    if isinstance(stage, ToImagenet):
        return relevance.sum(dim=1, keepdim=True) if before.shape[1] == 1 else relevance
    if relevance.shape == before.shape:
        return relevance
    asked = before.detach().clone().requires_grad_()
    with torch.enable_grad():
        after = stage(Batch.of(asked)).values
    return torch.autograd.grad(after, asked, relevance)[0]
