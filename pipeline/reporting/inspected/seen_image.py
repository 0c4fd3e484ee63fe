"""Seen image: the sheet of one window as a net sees it, its image in figures and the pictures handed to backbones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from pipeline.reporting.drawing import TICK_PT, TITLE_PT, drawable, new_figure, png
from pipeline.reporting.palette import INK, PALE_INK
from pipeline.reporting.panels.colour_bar import colour_bar
from pipeline.reporting.panels.of_image import (
    LETTER_IN,
    beside_names,
    contrast,
    draw_plane,
    side_by_side,
    without_row_names,
)
from pipeline.reporting.wording import plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from pipeline.diagnosis.seen import Picture, Plane, Seen
    from pipeline.preprocessing.base import ImageAxes

Floats = npt.NDArray[np.floating[Any]]

WIDTH_IN = 7.4
"""The width of a printed page's text."""

HEAD_IN, IMAGE_IN, PICTURE_IN, WORDS_IN = 0.62, 2.3, 1.5, 0.16
"""Heights of the title, of a row of planes, of a row of pictures, and of a line of words."""

GAP_IN = 0.72
"""Under each row: tick labels, axis label, and the title of the row below."""

LEFT, RIGHT, BAR = 0.105, 0.875, 0.015
"""Where panels begin and end, and the width of a colour bar, as shares of the sheet."""

ROW = 3
"""Panels in a row, so that tick labels keep apart."""

BESIDE = 0.37
"""Where words begin that stand beside a picture."""

LONGEST_FLAT = 3
"""Letters of a column's name; a longer one stands on end."""

LONGEST_NAME = 30
"""Of a panel; a longer one would run into its neighbour's."""

OWN_NAMES_GAP = 0.085
"""Between panels that each tell their own rows."""


def seen_figure(seen: "Seen", title: str, words: Sequence[str] = ()) -> bytes:
    """One window as a net sees it, on one sheet.

    Args:
        seen: what to draw.
        title: file, channel and window.
        words: lines under the pictures: where it came from, what was done.

    Returns:
        PNG in full colours, the same bytes for the same input.
    """
    planes, pictures = _rows(seen.planes), _rows(_panels(seen.pictures))
    beside = bool(pictures) and len(pictures[-1]) == 1
    gaps_in = [GAP_IN + _names_in(row) for row in (*planes, *pictures)]
    height_in = HEAD_IN + len(planes) * IMAGE_IN + len(pictures) * PICTURE_IN + sum(gaps_in)
    height_in += 0 if beside else WORDS_IN * (len(words) + 1)
    figure = new_figure(WIDTH_IN, height_in)
    told = drawable(title, 100)
    figure.text(0.02, 1 - 0.2 / height_in, told, fontsize=TITLE_PT + 1, color=INK, va="center", weight="bold")
    top_in = height_in - HEAD_IN
    limits = seen_limits(seen)
    for row in planes:
        _draw_row(figure, row, (top_in - IMAGE_IN) / height_in, IMAGE_IN / height_in, limits, seen.unit)
        top_in -= IMAGE_IN + gaps_in.pop(0)
    for panels in pictures:
        _draw_pictures(figure, panels, (top_in - PICTURE_IN) / height_in, PICTURE_IN / height_in)
        top_in -= PICTURE_IN + (last_in := gaps_in.pop(0))
    # Beside a single picture there is room for the words; else they stand below.
    place = (BESIDE, top_in + PICTURE_IN + last_in) if beside else (0.02, top_in + WORDS_IN)
    for line, words_of_line in enumerate(words):
        height = (place[1] - (line + 0.5) * WORDS_IN) / height_in
        told = drawable(words_of_line, 84 if beside else 140)
        figure.text(place[0], height, told, fontsize=TICK_PT, color=PALE_INK, va="center")
    return png(figure, palette=False)


def seen_limits(seen: "Seen") -> tuple[float, float]:
    """What is darkest and brightest: what is black and white in the pictures where they agree, else what is there."""
    told = {picture.limits for picture in seen.pictures if picture.limits}
    return told.pop() if len(told) == 1 else contrast(seen.image)


def _names_in(panels: "Sequence[Plane | Panel]") -> float:
    """Room for names of columns that stand on end under a row of panels."""
    labels = [label for panel in panels if _upright(panel.axes) and panel.axes for label in panel.axes.columns.labels]
    return LETTER_IN * max(map(len, labels), default=0)


def _upright(axes: "ImageAxes | None") -> bool:
    """Whether columns have names that are longer than a number."""
    return axes is not None and max(map(len, axes.columns.labels), default=0) > LONGEST_FLAT


def _rows(panels: Sequence[Any]) -> list[Sequence[Any]]:
    return [panels[start : start + ROW] for start in range(0, len(panels), ROW)]


class Panel(NamedTuple):
    """One panel of pictures: its title, what is drawn in which limits, and its axes."""

    title: str
    values: Floats
    axes: "ImageAxes | None"
    limits: tuple[float, float]


def _panels(pictures: "Sequence[Picture]") -> list[Panel]:
    """A panel per picture; a branch without one has a panel per plane."""
    panels = []
    for picture in pictures:
        which = f"Branch {picture.branch}: " if len(pictures) > 1 else ""
        if picture.colours is not None:
            name = f"{which}{picture.reader}" if which else f"Picture for {picture.reader}"
            panels.append(Panel(name, picture.colours, picture.axes, (0.0, 1.0)))
        for plane in picture.planes:
            name = f"{which}{plain(plane.name)}" if plane.name else f"{which}{picture.reader}"
            panels.append(Panel(name, plane.values, plane.axes, contrast(plane.values)))
    return panels


def _draw_row(
    figure: "Figure",
    planes: "Sequence[Plane]",
    bottom: float,
    height: float,
    limits: tuple[float, float],
    unit: str,
) -> None:
    """Planes beside each other in one contrast, and the colour bar of the row."""
    alike = all(_same_rows(plane, planes[0]) for plane in planes)
    box = beside_names(figure, (LEFT, bottom, RIGHT - LEFT, height), planes[0].axes)
    drawn = None
    for place, panel in enumerate(side_by_side(box, len(planes), 0.02 if alike else OWN_NAMES_GAP)):
        axes = figure.add_axes(panel)
        plane = planes[place]
        drawn = draw_plane(axes, plane.values, plane.axes, _plane_title(plane), limits, _upright(plane.axes))
        if place and alike:
            without_row_names(axes)
    assert drawn is not None
    _draw_bar(figure.add_axes((RIGHT + 0.015, bottom, BAR, height)), drawn, planes, limits, unit)


def _same_rows(plane: "Plane", first: "Plane") -> bool:
    return (plane.axes and plane.axes.rows) == (first.axes and first.axes.rows)


def _plane_title(plane: "Plane") -> str:
    return drawable(plain(plane.name), LONGEST_NAME) if plane.name else "Image after the shared stages"


def _draw_bar(bar: Axes, drawn: "AxesImage", planes: "Sequence[Plane]", limits: tuple[float, float], unit: str) -> None:
    """What the colours mean; pointed where values lie beyond."""
    values = np.concatenate([plane.values[np.isfinite(plane.values)] for plane in planes])
    lowest, highest = values.min(initial=limits[0]), values.max(initial=limits[1])
    beyond = {(True, True): "both", (True, False): "min", (False, True): "max", (False, False): "neither"}
    slack = 1e-6 * (limits[1] - limits[0])
    extend = beyond[lowest < limits[0] - slack, highest > limits[1] + slack]
    colour_bar(bar, drawn, drawable(unit or "value", 40), 6, extend)


def _draw_pictures(figure: "Figure", panels: Sequence[Panel], bottom: float, height: float) -> None:
    """Square pictures, from the left; somewhat narrower where names of rows leave less room."""
    left, bottom, width, height = beside_names(figure, (LEFT, bottom, RIGHT - LEFT, height), panels[0].axes)
    gap = max(OWN_NAMES_GAP, left) if len(panels) > 1 else 0.0
    _, _, room, _ = side_by_side((left, bottom, width, height), len(panels), gap)[0]
    square = min(PICTURE_IN / WIDTH_IN, room)
    for place, panel in enumerate(panels):
        axes = figure.add_axes((left + place * (square + gap), bottom, square, height))
        title = drawable(panel.title, LONGEST_NAME)
        draw_plane(axes, panel.values, panel.axes, title, panel.limits, _upright(panel.axes))
