"""Decibels: magnitudes on a logarithmic scale, as ears and engineers read them."""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.preprocessing.base import Batch, Stage, StageConfig


class DecibelsConfig(StageConfig):
    """How far down an image is told apart, and what 0 dB is."""

    floor_db: float = Field(80.0, gt=0, description="what lies further than this below 0 dB reads -floor_db")
    reference: float | None = Field(None, gt=0, description="what reads 0 dB, same unit; the image's maximum if absent")


def decibels(image: Tensor, floor_db: float = 80.0, reference: float | None = None) -> Tensor:
    """20 log10 of a magnitude, never less than -`floor_db`.

    Args:
        image: magnitudes >= 0, any unit, shape (..., plane, row, column).
        floor_db: depth of the scale.
        reference: what reads 0 dB, in the unit of `image`. Absent: each image's own maximum over all its planes,
            so that a gain changes nothing.

    Returns:
        Decibels, same shape; a silent image is -`floor_db` throughout.

    Example:
        >>> decibels(torch.tensor([[[10.0, 1.0, 0.0]]]))
        tensor([[[  0., -20., -80.]]])
    """
    if reference is None:
        loudest = image.amax(dim=(-3, -2, -1), keepdim=True)
        relative = image / torch.where(loudest > 0, loudest, 1.0)
    else:
        relative = image / reference
    # The floor is applied before the logarithm, so that no zero meets it.
    return 20.0 * torch.log10(relative.clamp(min=10.0 ** (-floor_db / 20.0)))


class Decibels(Stage[DecibelsConfig]):
    """`decibels` of every image of a batch."""

    Config = DecibelsConfig
    takes = "image"

    def unit(self, before: str) -> str:  # noqa: ARG002 - whatever it was
        """Decibels, whatever they were."""
        return "dB"

    def values(self, batch: Batch) -> Tensor:
        """Same shape, in dB."""
        return decibels(batch.values, self.config.floor_db, self.config.reference)
