"""Curves: how far probabilities, and abstaining, can be trusted, drawn."""

from collections.abc import Mapping
from typing import Any, Literal

from matplotlib.axes import Axes

from pipeline.reporting.drawing import TICK_PT, few_ticks, new_figure, png, short_numbers, tidy
from pipeline.reporting.palette import BLUE, GREY, INK, VERMILION

WIDTH_IN, HEIGHT_IN = 4.4, 3.7

Figures = Mapping[str, Any]


def reliability_figure(calibration: Figures, word: str) -> bytes:
    """What was said with each probability against how often it was true, and how often each was said.

    Args:
        calibration: as in the JSON of an evaluation.
        word: what the numbers may be called: probability, or score.

    Returns:
        PNG.
    """
    curve = calibration["curve"]
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    axes, below = figure.add_axes((0.12, 0.325, 0.85, 0.6)), figure.add_axes((0.12, 0.115, 0.85, 0.13))
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8)
    said, true = [one["probability"] for one in curve], [one["share"] for one in curve]
    for one in curve:
        axes.plot([one["probability"]] * 2, [one["low"], one["high"]], color=BLUE, linewidth=1.0, alpha=0.75)
    axes.plot(said, true, color=BLUE, linewidth=0.9, linestyle=(0, (4, 2)), marker="o", markersize=4)
    tidy(axes, f"Reliability: {calibration['of']}", "", "true, %")
    _percent_axis(axes)
    axes.set_ylim(-2, 102)
    axes.yaxis.set_major_locator(few_ticks(5))
    below.bar(said, [one["n"] for one in curve], width=1.6, color=GREY)
    tidy(below, "", f"{word} said, %", "how many")
    _percent_axis(below)
    below.yaxis.set_major_locator(few_ticks(2))
    below.yaxis.set_major_formatter(short_numbers())
    return png(figure)


def risk_coverage_figure(risk: Figures) -> bytes:
    """Errors among the answers given, from the surest only to all; and where the verdicts themselves stand.

    Args:
        risk: `risk_coverage` as in the JSON of an evaluation.

    Returns:
        PNG.
    """
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    axes = figure.add_axes((0.12, 0.115, 0.85, 0.81))
    axes.plot(risk["coverage"], risk["risk"], color=INK, linewidth=1.3, drawstyle="steps-post")
    highest = max(risk["risk"])
    own = risk.get("own_point")
    if own and own["risk"]:
        share, at = own["risk"]["of_recordings"], own["coverage"]
        highest = max(highest, share)
        axes.plot([at], [share], color=VERMILION, marker="D", markersize=6, linestyle="", clip_on=False)
    top = max(5.0, 1.25 * highest)
    if own and own["risk"]:
        _name_point(axes, at, share, top)
    tidy(axes, "Risk-coverage: errors when only the surest are answered", "answered, % of recordings", "wrong, %")
    _percent_axis(axes)
    axes.set_ylim(-0.015 * top, top)
    axes.yaxis.set_major_locator(few_ticks(5))
    axes.yaxis.set_major_formatter(short_numbers())
    return png(figure)


def _name_point(axes: Axes, at: float, share: float, top: float) -> None:
    """The name of the diamond above all curves, with a line down to it, so that nothing is drawn over it."""
    side: Literal["left", "right"] = "left" if at < 60 else "right"
    height = 0.955 * top
    axes.plot([at, at], [share, height], color=VERMILION, linewidth=0.6, linestyle=(0, (1.2, 2)))
    near = at + (1.5 if side == "left" else -1.5)
    axes.text(near, height, "CONFIDENT verdicts", fontsize=TICK_PT, color=VERMILION, ha=side, va="center")


def _percent_axis(axes: Axes) -> None:
    axes.set_xlim(-2, 102)
    axes.xaxis.set_major_locator(few_ticks(5))
