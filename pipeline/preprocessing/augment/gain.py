"""Gain: another sensor's sensitivity, another distance from the fault, a sensor mounted the other way round."""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.preprocessing.augment.augmentation import Augmentation, AugmentationConfig, Range, drawn
from pipeline.preprocessing.base import Batch


class GainConfig(AugmentationConfig):
    """How much louder or quieter, and whether the sign may change."""

    range_db: Range = Field((-6.0, 6.0), description="20 log10 of the factor, drawn evenly between the two")
    flip: bool = Field(False, description="turn the sign of half of the windows")


def gain(samples: Tensor, gain_db: Tensor, flipped: Tensor | None = None) -> Tensor:
    """Windows louder or quieter, all channels of a window alike.

    Args:
        samples: any unit, shape (batch, channel, time).
        gain_db: 20 log10 of the factor, shape (batch,).
        flipped: whether the sign turns, shape (batch,); nowhere if absent.

    Returns:
        Same shape.

    Source: IEC 60027-3 (2002), Logarithmic and related quantities, and their units: decibels of a field quantity.

    Example:
        >>> gain(torch.tensor([[[1.0, -2.0]]]), torch.tensor([20.0]), torch.tensor([True]))
        tensor([[[-10.,  20.]]])
    """
    factor = 10.0 ** (gain_db / 20.0)
    if flipped is not None:
        factor = torch.where(flipped, -factor, factor)
    return samples * factor[:, None, None]


class Gain(Augmentation[GainConfig]):
    """`gain` of every window by its own amount, in training.

    Images of relative level (`decibels` below their maximum, `standardise`) do not see it; those of absolute level do.
    """

    Config = GainConfig

    def changed(self, batch: Batch) -> Batch:
        """Louder or quieter windows; facts stay."""
        shape, device = (len(batch.values),), batch.values.device
        flipped = drawn((0.0, 1.0), shape, device) < 0.5 if self.config.flip else None
        return batch._replace(values=gain(batch.values, drawn(self.config.range_db, shape, device), flipped))
