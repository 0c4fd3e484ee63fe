"""Explained panels: an image with what an explanation points at outlined, and the relevance of every cell beneath."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from pipeline.reporting.drawing import TICK_PT, TITLE_PT, drawable
from pipeline.reporting.palette import INK
from pipeline.reporting.panels.colour_bar import colour_bar
from pipeline.reporting.panels.of_image import (
    MOST_PLANES,
    Box,
    beside_names,
    contrast,
    draw_plane,
    plane_names,
    side_by_side,
    without_row_names,
)
from pipeline.reporting.panels.outlines import outline

if TYPE_CHECKING:
    from matplotlib.image import AxesImage

    from pipeline.diagnosis.explanation.explanation import Explanation

Floats = npt.NDArray[np.floating[Any]]

AGAINST, FOR = "#56B4E9", "#8F3500"
"""Sky blue and a dark vermilion: apart for colour-blind eyes, and light against dark on a grey printer."""

RELEVANCE = LinearSegmentedColormap.from_list("relevance", [AGAINST, "white", FOR])
ONLY_FOR = LinearSegmentedColormap.from_list("only_for", ["white", FOR])
"""For methods that find nothing against a label."""

UNIT_WORDS = {"log of peak over background": "height above background"}
"""Units that stages have names for which only their makers know."""

BAR_IN, BAR_GAP_IN = 0.1, 0.1
BAR_ROOM_IN = 0.62
"""Of a colour bar, the gap before it, and both with its ticks."""

BAR_LETTER_IN = 0.05
"""Mean width of a letter beside a bar."""

NAME_IN = 0.14
"""Of the line with a plane's name."""

EXTREME = 0.998
"""Of relevance without its sign, what lies beyond is drawn as this is."""


def draw_explained(figure: Figure, image_box: Box, relevance_box: Box, explanation: "Explanation") -> None:
    """The image in one row of panels and its relevance in another, plane below plane.

    Args:
        figure: where to draw.
        image_box, relevance_box: left, bottom, width and height, as shares of the figure, colour bar included.
        explanation: what to draw.
    """
    shown = shown_planes(explanation)
    names = [plane_names(explanation.axes, len(explanation.image))[place] for place in shown]
    of_many = f", {len(shown)} of its {len(explanation.image)} planes" if len(explanation.image) > len(shown) else ""
    which = f"window {explanation.window} of {explanation.windows}"
    share = explanation.pointed_at.mean()
    title = f"Image, {which}{of_many}; outlined: the {100 * share:.0f} % of it that matters most"
    image = [explanation.image[place] for place in shown]
    masks = [explanation.pointed_at[place] for place in shown]
    low, high = contrast(explanation.image)
    drawn = _row(figure, image_box, image, explanation, names, title, (low, high))
    for (axes, _), mask in zip(drawn, masks, strict=True):
        outline(axes, mask)
    _bar(figure, image_box, drawn[-1][1], UNIT_WORDS.get(explanation.unit, explanation.unit) or "value")
    relevance = [explanation.relevance[place] for place in shown]
    if not explanation.tells_planes:
        relevance, names = relevance[:1], ["all planes alike"]
    limit = float(np.quantile(np.abs(explanation.relevance), EXTREME)) or float(np.abs(relevance).max()) or 1.0
    against = bool(min(plane.min() for plane in relevance) < 0)
    title = "Relevance: dark speaks for the label" + ", light blue against it" * against
    limits = (-limit if against else 0.0, limit)
    drawn = _row(figure, relevance_box, relevance, explanation, names, title, limits, len(shown))
    for axes, picture in drawn:
        picture.set_cmap(RELEVANCE if against else ONLY_FOR)
        for spine in axes.spines.values():
            spine.set_visible(True)
    _bar(figure, relevance_box, drawn[-1][1], "no unit" if explanation.method == "grad_cam" else "part of the score")


def shown_planes(explanation: "Explanation") -> list[int]:
    """All planes, or of more than fit those with the most relevance, in their order."""
    count = len(explanation.image)
    if count <= MOST_PLANES:
        return list(range(count))
    weights = np.maximum(explanation.relevance, 0).sum(axis=(1, 2))
    return sorted(np.argsort(-weights, kind="stable")[:MOST_PLANES].tolist())


def _row(
    figure: Figure,
    box: Box,
    planes: Sequence[Floats],
    explanation: "Explanation",
    names: Sequence[str],
    title: str,
    limits: tuple[float, float],
    slots: int | None = None,
) -> list[tuple[Axes, "AxesImage"]]:
    """Planes side by side in one contrast, their names above, and the row's title above those."""
    width_in, height_in = figure.get_size_inches()
    left, bottom, width, height = beside_names(figure, box, explanation.axes)
    width -= BAR_ROOM_IN / width_in
    named = len(names) > 1 or len(explanation.image) > 1
    figure.text(left, bottom + height, drawable(title, 110), fontsize=TITLE_PT, color=INK, va="bottom")
    height -= NAME_IN / height_in if named else 0.05 / height_in
    drawn = []
    panels = side_by_side((left, bottom, width, height), slots or len(planes))
    for place, (panel, plane) in enumerate(zip(panels, planes, strict=False)):
        axes = figure.add_axes(panel)
        drawn.append((axes, draw_plane(axes, plane, explanation.axes, "", limits)))
        if named:
            axes.set_title(drawable(names[place], 24), loc="left", fontsize=TICK_PT, color=INK, y=1.0, pad=3)
        if place:
            without_row_names(axes)
    return drawn


def _bar(figure: Figure, box: Box, drawn: "AxesImage", words: str) -> None:
    """What the colours mean, at the right end of a row."""
    width_in, height_in = figure.get_size_inches()
    left = box[0] + box[2] - (BAR_ROOM_IN - BAR_GAP_IN) / width_in
    bar = figure.add_axes((left, box[1], BAR_IN / width_in, box[3] - NAME_IN / height_in))
    fits = max(8, int(box[3] * height_in / BAR_LETTER_IN))
    colour_bar(bar, drawn, drawable(words, fits), 4)
