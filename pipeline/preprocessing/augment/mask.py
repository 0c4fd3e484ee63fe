"""Mask: bands of rows or columns hidden, so that no net leans on one carrier, one harmonic or one moment."""

import math

import torch
from pydantic import Field
from torch import Tensor

from pipeline.preprocessing.augment.augmentation import Augmentation, AugmentationConfig, drawn
from pipeline.preprocessing.base import Batch


class MaskConfig(AugmentationConfig):
    """How many bands of rows and of columns are hidden, how wide, and by what."""

    rows: float = Field(0.15, ge=0, le=1, description="widest band of rows, as a share of all; 0 hides no row")
    columns: float = Field(0.15, ge=0, le=1, description="widest band of columns, as a share of all; 0 hides none")
    bands: int = Field(1, ge=1, le=16, description="of rows, and as many of columns")
    fill: float | None = Field(None, description="what hidden places show; each image's own mean if absent")


def bands(start: Tensor, width: Tensor, size: int) -> Tensor:
    """Which of so many places lie in any of some bands.

    Args:
        start, width: of each band, whole numbers, shape (batch, band).
        size: places in all.

    Returns:
        True or false, shape (batch, place).

    Example:
        >>> bands(torch.tensor([[0, 3]]), torch.tensor([[1, 2]]), 5)
        tensor([[ True, False, False,  True,  True]])
    """
    place = torch.arange(size, device=start.device)
    inside = (place >= start[..., None]) & (place < (start + width)[..., None])
    return inside.any(dim=1)


def mask(image: Tensor, rows: Tensor, columns: Tensor, fill: float | None = None) -> Tensor:
    """Images with rows and columns hidden, the same in every plane.

    Args:
        image: any unit, shape (batch, plane, row, column).
        rows, columns: which are hidden, shapes (batch, row) and (batch, column).
        fill: what hidden places show, in the unit of `image`; each image's own mean if absent.

    Returns:
        Same shape.

    Source: Park et al. (2019), SpecAugment: a simple data augmentation method for automatic speech recognition,
        section 2.

    Example:
        >>> image = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])
        >>> mask(image, torch.tensor([[True, False]]), torch.tensor([[False, False]]))
        tensor([[[[3., 3.],
                  [3., 6.]]]])
    """
    hidden = rows[:, None, :, None] | columns[:, None, None, :]
    shown = image.mean(dim=(1, 2, 3), keepdim=True) if fill is None else image.new_tensor(fill)
    return torch.where(hidden, shown, image)


class Mask(Augmentation[MaskConfig]):
    """`mask` of every image at places of its own, in training.

    A band is 0 to `rows` (or `columns`) of the image wide and lies anywhere in it. In a `fault_order` image a row is
    a carrier and a column a harmonic, in a spectrogram a frequency and a moment.
    """

    Config = MaskConfig
    takes = "image"

    def changed(self, batch: Batch) -> Batch:
        """Images with bands hidden; facts stay."""
        rows = self._hidden(batch, self.config.rows, batch.values.shape[-2])
        columns = self._hidden(batch, self.config.columns, batch.values.shape[-1])
        return batch._replace(values=mask(batch.values, rows, columns, self.config.fill))

    def _hidden(self, batch: Batch, widest: float, size: int) -> Tensor:
        shape, device = (len(batch.values), self.config.bands), batch.values.device
        # Rounded up, so that any share above 0 may hide one of twelve carriers.
        most = math.ceil(widest * size)
        width = drawn((0.0, most + 1.0), shape, device).floor().clamp(max=most)
        start = (drawn((0.0, 1.0), shape, device) * (size - width + 1)).floor().clamp(max=size - width)
        return bands(start, width, size)
