"""Resize: to the size a net was trained on, anti-aliased, as two matrix products.

The triangle weights are those of `torch.nn.functional.interpolate(mode="bilinear", antialias=True)`; as constant
matrices they run on every engine that can multiply, and export.
"""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage, StageConfig


class ResizeConfig(StageConfig):
    """The size wanted."""

    rows: int = Field(224, ge=1)
    columns: int = Field(224, ge=1)


def triangles(n_in: int, n_out: int) -> Tensor:
    """Anti-aliased linear interpolation as a matrix.

    Each outcome is a weighted mean under a triangle of one outcome's width to either side (of one input's width where
    the image grows), cut at the image's edge.

    Returns:
        Weights, shape (n_out, n_in), float32; each row sums to 1.

    Example:
        >>> triangles(4, 2)
        tensor([[0.4286, 0.4286, 0.1429, 0.0000],
                [0.0000, 0.1429, 0.4286, 0.4286]])
    """
    scale = n_in / n_out
    centres = (torch.arange(n_out, dtype=torch.float64) + 0.5) * scale
    positions = torch.arange(n_in, dtype=torch.float64) + 0.5
    weights = (1.0 - (positions - centres[:, None]).abs() / max(scale, 1.0)).clamp(min=0.0)
    return (weights / weights.sum(dim=1, keepdim=True)).float()


def resize(image: Tensor, rows: int, columns: int) -> Tensor:
    """Image of another size, without the false patterns that skipping pixels would make.

    Args:
        image: any unit, shape (..., row, column).
        rows, columns: size wanted.

    Returns:
        Image, shape (..., rows, columns), unit and extents as before.

    Example:
        >>> resize(torch.tensor([[0.0, 4.0], [0.0, 4.0]]), rows=1, columns=4)
        tensor([[0., 1., 3., 4.]])
    """
    weights = triangles(image.shape[-2], rows), triangles(image.shape[-1], columns)
    by_row, by_column = (matrix.to(image) for matrix in weights)
    return by_row @ image @ by_column.T


def _resized(axis: Axis, wanted: int) -> Axis:
    """The axis of as many values over the same extent; steps run on past the outermost centres."""
    old = torch.tensor(axis.values, dtype=torch.float64)
    if len(axis.values) == 1:
        return axis._replace(values=axis.values * wanted)
    place = (torch.arange(wanted, dtype=torch.float64) + 0.5) * (len(old) / wanted) - 0.5
    left = place.floor().clamp(0, len(old) - 2).long()
    return axis._replace(values=tuple((old[left] + (place - left) * (old[left + 1] - old[left])).tolist()))


class Resize(Stage[ResizeConfig]):
    """`resize` of every plane, its weights made once where the size of the image that comes in is known."""

    Config = ResizeConfig
    takes = "image"
    by_row: Tensor | None
    by_column: Tensor | None

    def __init__(self, config: ResizeConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        axes = setting.axes
        by_row = triangles(len(axes.rows.values), config.rows) if axes else None
        by_column = triangles(len(axes.columns.values), config.columns) if axes else None
        self.register_buffer("by_row", by_row, persistent=False)
        self.register_buffer("by_column", by_column, persistent=False)

    def axes(self) -> ImageAxes | None:
        """The axes that came in, with the new number of rows and columns over the same extents."""
        before = self.setting.axes
        if before is None:
            return None
        return ImageAxes(_resized(before.rows, self.config.rows), _resized(before.columns, self.config.columns))

    def values(self, batch: Batch) -> Tensor:
        """(batch, plane, row, column), rows and columns as configured."""
        if self.by_row is None or self.by_column is None:
            return resize(batch.values, self.config.rows, self.config.columns)
        return self.by_row @ batch.values @ self.by_column.T
