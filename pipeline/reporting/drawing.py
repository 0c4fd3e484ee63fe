"""Drawing: the look that every figure shares: small type, few lines, the same bytes every time."""

from base64 import b64encode
from collections.abc import Sequence
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

from pipeline.reporting.palette import INK, PALE_INK

TITLE_PT, LABEL_PT, TICK_PT = 8.0, 7.0, 6.5
DOTS_PER_INCH = 160
"""Sharp in print at the width of a page, and small enough to be kept with every diagnosis."""


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure of its own, known to no global state."""
    return Figure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH)


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
    return FuncFormatter(lambda value, _: f"{value:.4g}".replace("-", "\N{MINUS SIGN}"))


def named_ticks(axis: Axis, places: Sequence[float], names: Sequence[str], longest: int = 28) -> None:
    """Ticks at given places with given names, which are shown as they are written, up to a length."""
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(FixedFormatter([drawable(name, longest) for name in names]))


def drawable(text: str, longest: int = 28) -> str:
    """Text as the figures' font can draw it: one line, not too long, no formulae, unknown characters as question marks.

    Example:
        >>> drawable("valve\\nleak \\u6cf5")
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


def png(figure: Figure, palette: bool = True) -> bytes:
    """A figure as PNG, the same bytes every time.

    Args:
        figure: what to draw.
        palette: 256 colours, a quarter of the size; False for pictures whose every colour counts.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    colours = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    page = Image.fromarray(np.ascontiguousarray(colours))
    file = BytesIO()
    (_with_palette(page) if palette else page).save(file, "png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return file.getvalue()


def data_uri(picture: bytes) -> str:
    """A PNG as a page holds it, without a file of its own.

    Example:
        >>> data_uri(b"PNG")
        'data:image/png;base64,UE5H'
    """
    return f"data:image/png;base64,{b64encode(picture).decode()}"


def _with_palette(page: Image.Image) -> Image.Image:
    flat = page.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    # The octree rounds white down by one, which shows on a white page.
    flat.putpalette([255 if value >= 254 else value for value in flat.getpalette() or []])
    return flat
