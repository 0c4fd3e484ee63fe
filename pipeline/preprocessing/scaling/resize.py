"""Resize: to the size a net was trained on, anti-aliased."""

import numpy as np
from pydantic import Field
from torch import Tensor
from torch.nn.functional import interpolate

from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Stage, StageConfig


class ResizeConfig(StageConfig):
    """The size wanted."""

    rows: int = Field(224, ge=1, le=4096)
    columns: int = Field(224, ge=1, le=4096)


def resize(image: Tensor, rows: int, columns: int) -> Tensor:
    """Image of another size, without the false patterns that skipping pixels would make.

    Each pixel is a weighted mean under a triangle of one new pixel's width to either side (of one old pixel's width
    where the image grows), cut at the image's edge.

    Args:
        image: any unit, shape (batch, plane, row, column).
        rows, columns: size wanted.

    Returns:
        Image, shape (batch, plane, rows, columns), unit and extents as before.

    Example:
        >>> import torch
        >>> resize(torch.tensor([[[[0.0, 4.0], [0.0, 4.0]]]]), rows=1, columns=4)
        tensor([[[[0., 1., 3., 4.]]]])
    """
    if image.shape[-2:] == (rows, columns):
        return image
    return interpolate(image, (rows, columns), mode="bilinear", antialias=True)


def _resized(axis: Axis, wanted: int) -> Axis:
    """The axis of as many values over the same extent; steps run on past the outermost centres, labels are kept by
    the nearest."""
    old = np.array(axis.values)
    if len(old) == 1:
        return axis._replace(values=axis.values * wanted, labels=axis.labels * wanted)
    place = (np.arange(wanted) + 0.5) * (len(old) / wanted) - 0.5
    left = np.clip(np.floor(place), 0, len(old) - 2).astype(int)
    values = tuple((old[left] + (place - left) * np.diff(old)[left]).tolist())
    nearest = np.clip(np.round(place), 0, len(old) - 1).astype(int)
    return axis._replace(values=values, labels=tuple(axis.labels[k] for k in nearest) if axis.labels else ())


class Resize(Stage[ResizeConfig]):
    """`resize` of every image of a batch."""

    Config = ResizeConfig
    takes = "image"

    def axes(self) -> ImageAxes | None:
        """The axes that came in, with the new number of rows and columns over the same extents."""
        before = self.setting.axes
        if before is None:
            return None
        rows, columns = _resized(before.rows, self.config.rows), _resized(before.columns, self.config.columns)
        return before._replace(rows=rows, columns=columns)

    def values(self, batch: Batch) -> Tensor:
        """(batch, plane, row, column), rows and columns as configured."""
        return resize(batch.values, self.config.rows, self.config.columns)
