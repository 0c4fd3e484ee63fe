"""Standardise: zero mean and unit deviation, by each image's own figures or by a corpus's."""

from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting, Stage, StageConfig
from pipeline.preprocessing.engine.magnitude import root

FLAT = 1e-5
"""An image whose deviation is below this share of its largest value is flat: float32 has nothing else to say of it."""


class StandardiseConfig(StageConfig):
    """Over what mean and deviation are taken, or what they are for a whole corpus."""

    per: Literal["image", "plane"] = "image"
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.mean is None) != (self.deviation is None) or len(self.mean or ()) != len(self.deviation or ()):
            raise ValueError("mean and deviation go together: one of each for all planes, or one of each per plane")
        if self.deviation is not None and (not self.deviation or min(self.deviation) <= 0):
            raise ValueError("deviation must be above 0")
        return self


def standardise(image: Tensor, per: Literal["image", "plane"] = "image") -> Tensor:
    """Subtract an image's mean and divide by its deviation.

    Args:
        image: any unit, shape (..., plane, row, column).
        per: "image" for one mean and deviation over all planes, "plane" for each plane's own.

    Returns:
        Same shape, in deviations; an image (or plane) that is the same everywhere is 0 throughout.

    Example:
        >>> standardise(torch.tensor([[[1.0, 3.0], [3.0, 1.0]]]))
        tensor([[[-1.,  1.],
                 [ 1., -1.]]])
    """
    over = (-3, -2, -1) if per == "image" else (-2, -1)
    centred = image - image.mean(dim=over, keepdim=True)
    deviation = root(centred.square().mean(dim=over, keepdim=True))
    flat = deviation <= FLAT * image.abs().amax(dim=over, keepdim=True)
    return torch.where(flat, 0.0, centred / torch.where(flat, 1.0, deviation))


class Standardise(Stage[StandardiseConfig]):
    """`standardise` of every image, or the corpus's fixed mean and deviation where the config gives them."""

    Config = StandardiseConfig
    takes = "image"
    mean: Tensor
    deviation: Tensor

    def __init__(self, config: StandardiseConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.register_buffer("mean", torch.tensor(config.mean or (0.0,)).reshape(-1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(config.deviation or (1.0,)).reshape(-1, 1, 1), persistent=False)

    def values(self, batch: Batch) -> Tensor:
        """Same shape, in deviations."""
        if self.config.mean is None:
            return standardise(batch.values, self.config.per)
        given, planes = len(self.config.mean), batch.values.shape[1]
        if given not in (1, planes):
            raise StageError(f"standardise: has mean and deviation for {given} planes, the image has {planes}")
        return (batch.values - self.mean) / self.deviation
