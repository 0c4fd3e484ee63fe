"""Palette: colours for colour-blind eyes, dashes for grey printers, the same for a label in every figure and page."""

from collections.abc import Iterable, Mapping
from itertools import cycle

INK, PALE_INK, GREY = "#1a1a1a", "#555555", "#9a9a9a"
BLUE, VERMILION, GREEN, PURPLE, ORANGE, BROWN = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#B87400", "#7F4F24"
"""Source: Okabe and Ito (2008), Color universal design; the last three darkened, as they colour text too."""

Dash = str | tuple[float, tuple[float, ...]]
Style = tuple[str, Dash]
OWN_STYLE: Mapping[str, Style] = {
    "healthy": (INK, "-"),
    "outer_race": (BLUE, (0, (5, 1.5))),
    "inner_race": (VERMILION, (0, (1.2, 1.2))),
    "ball": (GREEN, (0, (5, 1.5, 1.2, 1.5))),
    "cage": (PURPLE, (0, (9, 2))),
}
"""Labels that look the same in every figure; colour and dash, so that lines differ without colour too."""

STYLES: tuple[Style, ...] = (
    (ORANGE, (0, (3, 1, 1, 1, 1, 1))),
    (BROWN, (0, (2, 3))),
    (PURPLE, (0, (9, 2))),
    (GREEN, (0, (1.2, 3))),
    (VERMILION, (0, (7, 1.5))),
    (BLUE, "-"),
)
"""For all other labels, in turn."""


def styles_of(labels: Iterable[str]) -> dict[str, Style]:
    """Colour and dash of each label: known ones have their own, others take turns.

    Example:
        >>> styles_of(["inner_race", "leak"])["inner_race"]
        ('#D55E00', (0, (1.2, 1.2)))
    """
    turns = cycle(STYLES)
    return {label: OWN_STYLE[label] if label in OWN_STYLE else next(turns) for label in labels}
