"""Image panels: images as a net sees them, plane beside plane, with what their rows and columns stand for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.reporting.drawing import DOTS_PER_INCH, TICK_PT, TITLE_PT, drawable, few_ticks, named_ticks, tidy
from pipeline.reporting.palette import INK
from pipeline.reporting.panels.ticks import axis_label, image_ticks
from pipeline.reporting.wording import plain

if TYPE_CHECKING:
    from matplotlib.image import AxesImage

    from pipeline.preprocessing.base import ImageAxes

Floats = npt.NDArray[np.floating[Any]]

Box = tuple[float, float, float, float]
"""Left, bottom, width, height, as shares of a figure."""

MOST_PLANES, PLANE_GAP = 4, 0.012
"""Planes of an image side by side on a sheet, and the gap between them as a share of its width."""

NAME_HEIGHT = 0.035
"""Of the line with a plane's name, as a share of a sheet's height."""

NARROW_IN = 2.0
"""A panel of less has fewer round values along it."""

LINE_IN, LETTER_IN = 0.115, 0.062
"""Height of a line of tick labels, and width of a letter."""


def draw_image(axes: Axes, image: Floats, image_axes: "ImageAxes | None", n_windows: int) -> None:
    """One plane of what the network saw of the first window; high frequencies are high up, other rows as they come."""
    draw_plane(axes, image, image_axes, f"Image the network saw, {_which(n_windows)}", contrast(image))


def draw_planes(figure: Figure, box: Box, image: Floats, image_axes: "ImageAxes | None", n_windows: int) -> None:
    """What the network saw of the first window, its planes side by side in one box of a figure, in one contrast.

    Args:
        figure: where to draw.
        box: left, bottom, width and height, as shares of the figure.
        image: (plane, row, column).
        image_axes: what rows, columns and planes stand for.
        n_windows: how many the signal gave.
    """
    left, bottom, width, height = box = beside_names(figure, box, image_axes)
    if len(image) == 1:
        draw_image(figure.add_axes(box), image[0], image_axes, n_windows)
        return
    names = plane_names(image_axes, len(image))
    shown = names[:MOST_PLANES]
    rest = f", {len(shown)} of its {len(names)} planes" if len(names) > len(shown) else ""
    title = f"Image the network saw, {_which(n_windows)}{rest}"
    figure.text(left, bottom + height, title, fontsize=TITLE_PT, color=INK, va="bottom")
    limits = contrast(image)
    for place, panel in enumerate(side_by_side((left, bottom, width, height - NAME_HEIGHT), len(shown))):
        axes = figure.add_axes(panel)
        draw_plane(axes, image[place], image_axes, "", limits)
        axes.set_title(drawable(shown[place], 18), loc="left", fontsize=TICK_PT, color=INK, y=1.0, pad=3)
        if place:
            without_row_names(axes)


def side_by_side(box: Box, count: int, gap: float = PLANE_GAP) -> list[Box]:
    """Panels of one width that share a box.

    Example:
        >>> side_by_side((0.1, 0.2, 0.6, 0.5), 2, gap=0.2)
        [(0.1, 0.2, 0.2, 0.5), (0.5, 0.2, 0.2, 0.5)]
    """
    left, bottom, width, height = box
    step = (width + gap) / count
    return [(left + place * step, bottom, step - gap, height) for place in range(count)]


def beside_names(figure: Figure, box: Box, image_axes: "ImageAxes | None") -> Box:
    """A box whose left edge leaves room for the names of rows.

    Example:
        >>> beside_names(Figure(figsize=(10, 5)), (0.05, 0.1, 0.5, 0.5), None)
        (0.05, 0.1, 0.5, 0.5)
    """
    left, bottom, width, height = box
    labels = image_axes.rows.labels if image_axes else ()
    names_in = LETTER_IN * max(map(len, labels), default=0) + 2.5 * LINE_IN if labels else 0.0
    missing = max(0.0, names_in / figure.get_size_inches()[0] - left)
    return left + missing, bottom, width - missing, height


def plane_names(image_axes: "ImageAxes | None", count: int) -> Sequence[str]:
    """What each plane shows; planes without names are channels, and counted.

    Example:
        >>> plane_names(None, 2)
        ['plane 1', 'plane 2']
    """
    if image_axes is not None and len(image_axes.planes) == count:
        return [plain(name) for name in image_axes.planes]
    return [f"plane {place + 1}" for place in range(count)]


def without_row_names(axes: Axes) -> None:
    """The rows are those of the panel to the left."""
    axes.set_ylabel("")
    named_ticks(axes.yaxis, (), ())


def _which(n_windows: int) -> str:
    return f"window 1 of {n_windows}" if n_windows > 1 else "its only window"


def draw_plane(
    axes: Axes,
    plane: Floats,
    image_axes: "ImageAxes | None",
    title: str,
    limits: tuple[float, float],
    upright: bool = False,
) -> "AxesImage":
    """One plane of an image, or a picture in its own colours, with what its rows and columns stand for.

    Args:
        axes: where to draw.
        plane: (row, column), or (row, column, 3) from 0 to 1.
        image_axes: what rows and columns stand for; of another size they are not believed.
        title: of the panel.
        limits: what is darkest and brightest.
        upright: whether names of columns stand on end, so that more of them fit.
    """
    if image_axes and (len(image_axes.rows.values), len(image_axes.columns.values)) != plane.shape[:2]:
        image_axes = None
    upward = image_axes is not None and _rises(image_axes.rows.unit, image_axes.rows.values)
    origin: Literal["lower", "upper"] = "lower" if upward else "upper"
    low, high = limits
    drawn = axes.imshow(
        plane, aspect="auto", cmap="viridis", origin=origin, vmin=low, vmax=high, interpolation="nearest"
    )
    rows, columns = (axis_label(image_axes.rows), axis_label(image_axes.columns)) if image_axes else ("row", "column")
    tidy(axes, title, columns, rows)
    if image_axes:
        few, many = _along(axes.bbox.width), int(axes.bbox.height / DOTS_PER_INCH / LINE_IN)
        across = _across(axes.bbox.width, image_axes.columns.labels, upright)
        named_ticks(axes.xaxis, *image_ticks(image_axes.columns, few, across))
        named_ticks(axes.yaxis, *image_ticks(image_axes.rows, most_labels=many))
        axes.tick_params(axis="x", labelrotation=90 if upright else 0)
    else:
        axes.xaxis.set_major_locator(few_ticks(5))
        axes.yaxis.set_major_locator(few_ticks(5))
    return drawn


def _along(width_dots: float) -> int:
    """How many round values fit along the lower edge of a panel."""
    return 5 if width_dots / DOTS_PER_INCH > NARROW_IN else 3


def _across(width_dots: float, labels: Sequence[str], upright: bool) -> int:
    """How many names of columns fit along it."""
    one_in = LINE_IN * 0.9 if upright else LETTER_IN * (max(map(len, labels), default=0) + 2)
    return max(1, int(width_dots / DOTS_PER_INCH / one_in))


def _rises(unit: str, values: Sequence[float]) -> bool:
    """Whether the first row belongs at the bottom."""
    return unit == "Hz" and values[0] < values[-1]


def contrast(image: Floats) -> tuple[float, float]:
    """Limits that one wild cell does not set."""
    finite = image[np.isfinite(image)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = np.quantile(finite, [0.002, 0.998])
    return float(low), float(high if high > low else low + 1)
