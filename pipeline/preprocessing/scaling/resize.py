"""Resize: to the size a net was trained on, anti-aliased."""

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import interpolate

from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Stage, StageConfig
from pipeline.preprocessing.engine.by_products import products_wanted


class ResizeConfig(StageConfig):
    """The size wanted."""

    rows: int = Field(224, ge=1, le=4096, description="of the picture; most nets were trained on 224")
    columns: int = Field(224, ge=1, le=4096, description="of the picture, as rows")


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
    if products_wanted():
        from_rows, from_columns = (triangles(*sizes) for sizes in zip(image.shape[-2:], (rows, columns), strict=True))
        return torch.from_numpy(from_rows).to(image) @ image @ torch.from_numpy(from_columns).to(image).T
    # Where both sides grow the two are the same, and the plain one takes half the time.
    shrinks = rows < image.shape[-2] or columns < image.shape[-1]
    return interpolate(image, (rows, columns), mode="bilinear", antialias=shrinks)


def triangles(before: int, after: int) -> npt.NDArray[np.float32]:
    """What each new pixel of a row takes of each old one, shape (after, before).

    Example:
        >>> triangles(4, 2).round(2)
        array([[0.43, 0.43, 0.14, 0.  ],
               [0.  , 0.14, 0.43, 0.43]], dtype=float32)
    """
    # In single precision, as torch has it: places in a wide image are off by a little, and a copy must be so, too.
    step = np.float32(before / after)
    middles = (np.arange(after, dtype=np.float32)[:, None] + np.float32(0.5)) * step
    away = np.arange(before, dtype=np.float32) - middles + np.float32(0.5)
    height = np.maximum(np.float32(0.0), 1 - np.abs(away * min(1 / step, np.float32(1.0))))
    return np.asarray(height / height.sum(axis=1, keepdims=True))


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


def resized_axes(axes: ImageAxes, rows: int, columns: int) -> ImageAxes:
    """The axes of an image after `resize`: as many rows and columns as are wanted, over the same extents.

    Example:
        >>> axes = ImageAxes(Axis("frequency", "Hz", (30.0, 10.0)), Axis("time", "s", (0.0, 1.0)))
        >>> resized_axes(axes, rows=4, columns=1).rows.values
        (35.0, 25.0, 15.0, 5.0)
    """
    return axes._replace(rows=_resized(axes.rows, rows), columns=_resized(axes.columns, columns))


class Resize(Stage[ResizeConfig]):
    """`resize` of every image of a batch."""

    Config = ResizeConfig
    takes = "image"

    def axes(self) -> ImageAxes | None:
        """The axes that came in, with the new number of rows and columns over the same extents."""
        before = self.setting.axes
        return None if before is None else resized_axes(before, self.config.rows, self.config.columns)

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, plane, row, column), rows and columns as configured."""
        return resize(batch.values, self.config.rows, self.config.columns)
