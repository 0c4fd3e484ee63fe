"""By condition: a share and its interval for every load, speed or other condition, drawn below one another."""

from collections.abc import Mapping
from typing import Any

from pipeline.reporting.drawing import TICK_PT, few_ticks, named_ticks, new_figure, png, tidy
from pipeline.reporting.palette import BLUE, GREY, INK, PALE_INK, VERMILION
from pipeline.reporting.wording import plain

Figures = Mapping[str, Any]

MOST_ROWS = 40
"""More are in the table only."""

LONGEST = 34
"""Letters of a condition and its value that are drawn."""


def shown_share(coverage: Figures) -> str:
    """What is drawn: whether sets hold the truth, or, without sets, whether answers are right."""
    return "held" if coverage["held"] else "right"


def condition_figure(coverage: Figures, level: float | None) -> bytes:
    """Each condition's share with its interval, all of them on top, and what is promised.

    Args:
        coverage: as in the JSON of an evaluation.
        level: percent promised; None where nothing is.

    Returns:
        PNG.
    """
    key = shown_share(coverage)
    rows = [("all", coverage[key], True)]
    for name, values in coverage["by_condition"].items():
        rows += [(f"{plain(name)}: {value}", one[key], False) for value, one in values.items()]
    rows = [row for row in rows if row[1]][:MOST_ROWS]
    figure = new_figure(7.4, 0.75 + 0.19 * len(rows))
    bottom, top = 0.42 / figure.get_figheight(), 1 - 0.28 / figure.get_figheight()
    left = 0.03 + 0.0072 * min(LONGEST, max(len(name) for name, _, _ in rows))
    axes = figure.add_axes((left, bottom, 0.81 - left, top - bottom))
    for height, (_, one, whole) in enumerate(rows):
        colour = INK if whole else BLUE
        axes.plot([one["low"], one["high"]], [height] * 2, color=colour, linewidth=1.6 if whole else 1.0)
        axes.plot([one["value"]], [height], color=colour, marker="D" if whole else "o", markersize=4)
        axes.text(
            104, height, f"{one['n']} of {one['specimens']}", fontsize=TICK_PT, color=PALE_INK, va="center"
        )  # fmt: skip
    axes.text(104, -1.0, "recordings of specimens", fontsize=TICK_PT, color=PALE_INK, va="center")
    if level is not None and key == "held":
        axes.axvline(level, color=VERMILION, linewidth=0.9, linestyle=(0, (5, 2)), zorder=0)
        axes.text(level - 1, -1.0, "promised", fontsize=TICK_PT, color=VERMILION, ha="right", va="center")
    told = "sets that hold the truth, %" if key == "held" else "answers exactly right, %"
    tidy(axes, "", told)
    axes.set_xlim(0, 102)
    axes.set_ylim(len(rows) - 0.5, -1.6)
    axes.axhline(0.5, color=GREY, linewidth=0.4)
    axes.xaxis.set_major_locator(few_ticks(5))
    named_ticks(axes.yaxis, range(len(rows)), [name for name, _, _ in rows], longest=LONGEST)
    axes.tick_params(axis="y", length=0)
    return png(figure)
