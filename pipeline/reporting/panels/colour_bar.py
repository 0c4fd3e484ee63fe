"""Colour bar: what the colours of an image mean, beside it."""

from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from pipeline.reporting.drawing import TICK_PT, few_ticks, short_numbers
from pipeline.reporting.palette import PALE_INK


def colour_bar(bar: Axes, drawn: AxesImage, words: str, n_ticks: int, extend: str = "neither") -> None:
    """Draw the bar of an image.

    Args:
        bar: where.
        drawn: the image.
        words: the quantity and its unit, drawable, no longer than the bar is high.
        n_ticks: how many round values there is room for.
        extend: which ends are pointed, as values lie beyond: "neither", "min", "max" or "both".
    """
    made = bar.figure.colorbar(drawn, cax=bar, extend=extend)
    made.locator = few_ticks(n_ticks)
    made.formatter = short_numbers()
    made.update_ticks()
    made.outline.set_linewidth(0.6)
    bar.tick_params(labelsize=TICK_PT, colors=PALE_INK, length=2.5, width=0.6, pad=2)
    bar.set_ylabel(words, fontsize=TICK_PT, color=PALE_INK, labelpad=2)
