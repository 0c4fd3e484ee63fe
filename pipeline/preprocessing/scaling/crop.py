"""Crop: a part of an image, as a branch may want it: some rows, columns or planes, and their names with them."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage, StageConfig


def _part(value: Any) -> Any:
    span = (0, value) if isinstance(value, int) else tuple(value) if isinstance(value, list | tuple) else ()
    whole = len(span) == 2 and all(isinstance(place, int) and not isinstance(place, bool) for place in span)
    if not (whole and 0 <= span[0] < span[1]):
        raise ValueError("needs how many, such as 5, or a range [first, end], counted from 0 and without the end")
    return value


Part = Annotated[int | tuple[int, int], BeforeValidator(_part)]
"""The first so many, or `[first, end]`: from the `first`, counted from 0, up to but without the `end`."""


class CropConfig(StageConfig):
    """What is kept; all of what is not named."""

    rows: Part | None = Field(None, description="5 keeps the first five, [5, 10] the five after them")
    columns: Part | None = Field(None, description="as rows")
    planes: Part | None = Field(None, description="as rows")


def span(part: Part | None, there: int, what: str) -> slice:
    """The range a part means.

    Args:
        part: the first so many, `(first, end)`, or None for all.
        there: how many there are.
        what: of which, for the message.

    Raises:
        StageError: when that goes beyond what is there.

    Example:
        >>> span(5, 10, "columns"), span((5, 10), 10, "columns")
        (slice(0, 5, None), slice(5, 10, None))
    """
    first, end = (0, there) if part is None else (0, part) if isinstance(part, int) else part
    if end > there:
        raise StageError(f"crop: {what} up to {end} are wanted, the image has {there}; lower crop.{what}")
    return slice(first, end)


def crop(image: Tensor, rows: Part | None = None, columns: Part | None = None, planes: Part | None = None) -> Tensor:
    """Part of an image.

    Args:
        image: any unit, shape (..., plane, row, column).
        rows, columns, planes: the first so many, `(first, end)`, or None for all.

    Returns:
        Shape (..., plane, row, column), what was asked for.

    Raises:
        StageError: when that goes beyond the image.

    Example:
        >>> import torch
        >>> crop(torch.arange(6.0).reshape(1, 2, 3), rows=1, columns=(1, 3))
        tensor([[[1., 2.]]])
    """
    n_planes, n_rows, n_columns = image.shape[-3:]
    wanted = (span(planes, n_planes, "planes"), span(rows, n_rows, "rows"), span(columns, n_columns, "columns"))
    return image[(..., *wanted)]


def _cut(axis: Axis, part: slice) -> Axis:
    return axis._replace(values=axis.values[part], labels=axis.labels[part])


class Crop(Stage[CropConfig]):
    """`crop` of every image of a batch, its axes cut with it."""

    Config = CropConfig
    takes = "image"

    def __init__(self, config: CropConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.axes()  # refuses here what lies beyond an image whose size is known

    def axes(self) -> ImageAxes | None:
        """The axes that came in, what is kept of them."""
        before, options = self.setting.axes, self.config
        if before is None:
            return None
        return ImageAxes(
            _cut(before.rows, span(options.rows, len(before.rows.values), "rows")),
            _cut(before.columns, span(options.columns, len(before.columns.values), "columns")),
            before.planes and before.planes[span(options.planes, len(before.planes), "planes")],
        )

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, plane, row, column), what is kept."""
        return crop(batch.values, self.config.rows, self.config.columns, self.config.planes)
