"""Drawing: the look that every figure shares; colours for colour-blind eyes, dashes for grey printers, small type."""

from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FixedFormatter, FixedLocator, Formatter, FuncFormatter, Locator, MaxNLocator
from PIL import Image

INK, PALE_INK, GREY = "#1a1a1a", "#555555", "#9a9a9a"
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#E69F00", "#56B4E9"
"""Source: Okabe and Ito (2008), Color universal design; the purple is Tol's, which prints darker."""

Dash = tuple[float, tuple[float, ...]]
STYLES: tuple[tuple[str, Dash], ...] = (
    (BLUE, (0, (5, 1.5))),
    (VERMILION, (0, (1.2, 1.2))),
    (GREEN, (0, (5, 1.5, 1.2, 1.5))),
    (PURPLE, (0, (9, 2))),
    (ORANGE, (0, (3, 1, 1, 1, 1, 1))),
    (SKY, (0, (2, 3))),
)
"""Colour and dash, so that lines differ without colour too."""

OWN_STYLE: Mapping[str, int] = {"outer_race": 0, "inner_race": 1, "ball": 2, "cage": 3}
"""Labels that look the same in every figure."""

TITLE_PT, LABEL_PT, TICK_PT = 8.0, 7.0, 6.5
DOTS_PER_INCH = 160
"""Sharp in print at the width of a page, and small enough to be kept with every diagnosis."""


def style_of(label: str, place: int) -> tuple[str, Dash]:
    """Colour and dash of a label; known faults have their own, others take turns.

    Example:
        >>> style_of("inner_race", place=0)[0]
        '#D55E00'
    """
    return STYLES[OWN_STYLE.get(label, place) % len(STYLES)]


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure of its own, known to no global state."""
    figure = Figure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes, title: str, x_label: str, y_label: str = "") -> None:
    """Titles, labels with units, and as few lines as a chart can do with."""
    # Said in points above the axes: matplotlib would otherwise lay out every tick once more to find the place.
    axes.set_title(title, loc="left", fontsize=TITLE_PT, color=INK, y=1.0, pad=5)
    axes.set_xlabel(x_label, fontsize=LABEL_PT, color=PALE_INK, labelpad=2)
    axes.set_ylabel(y_label, fontsize=LABEL_PT, color=PALE_INK, labelpad=3)
    axes.tick_params(labelsize=TICK_PT, colors=PALE_INK, length=2.5, width=0.6, pad=2)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
        spine.set_color(PALE_INK)


def few_ticks(count: int) -> Locator:
    """Up to `count` steps between round values."""
    return MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10])


def short_numbers() -> Formatter:
    """Each tick says its own value; no factor hides at the end of the axis."""
    return FuncFormatter(lambda value, _: f"{value:.4g}".replace("-", "−"))


def named_ticks(axis: Axis, places: Sequence[float], names: Sequence[str], longest: int = 28) -> None:
    """Ticks at given places with given names, which are shown as they are written, up to a length."""
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(FixedFormatter([drawable(name, longest) for name in names]))


def drawable(text: str, longest: int = 28) -> str:
    """Text as the figures' font can draw it: one line, not too long, no formulae, unknown characters as question marks.

    Example:
        >>> drawable("valve\\nleak \\U0001f600")
        'valve leak ?'
        >>> drawable("a" * 40)
        'aaaaaaaaaaaaaaaaaaaaaaaaaaa…'
    """
    flat = " ".join(text.split())
    cut = flat if len(flat) <= longest else f"{flat[: longest - 1]}…"
    # matplotlib reads what stands between two dollars as a formula, unless they are escaped.
    return "".join(letter if _has_glyph(letter) else "?" for letter in cut).replace("$", r"\$")


@cache
def _has_glyph(letter: str) -> bool:
    return letter.isprintable() and get_font(findfont("DejaVu Sans")).get_char_index(ord(letter)) != 0


def png(figure: Figure) -> bytes:
    """A figure as PNG with a palette: a quarter of the size, the same bytes every time."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    colours = Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    file = BytesIO()
    flat = colours.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    flat.save(file, "png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return file.getvalue()
