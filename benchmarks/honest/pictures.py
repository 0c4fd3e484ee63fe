"""Pictures: a benchmark's figure, beside its JSON; told apart by marker and dash as well as by colour."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from pipeline.reporting.drawing import TICK_PT, drawable, few_ticks, named_ticks, new_figure, png, tidy
from pipeline.reporting.palette import BLUE, BROWN, GREEN, GREY, INK, ORANGE, PALE_INK, PURPLE, VERMILION, Dash
from pipeline.whole_file import write_whole

MARKS = ((BLUE, "o", True), (VERMILION, "D", False), (GREEN, "s", False), (PURPLE, "^", False))
"""Colour, marker and whether it is filled: the honest column first."""
DASHES: tuple[Dash, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
COLOURS, SHAPES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, BROWN, INK, PALE_INK), "oDs^vPX*"


CHARACTER = 0.011
"""Of a tick's name, as a share of a figure's width."""


class Look(NamedTuple):
    """How a curve is drawn."""

    colour: str
    marker: str
    dash: Dash
    inside: str


def look(number: int) -> Look:
    """Of the n-th curve; no two of the first 32 look the same, nor would they in grey.

    Example:
        >>> len({look(number)[1:] for number in range(16)})
        16
    """
    turn = number + number // len(COLOURS)
    colour = COLOURS[number % len(COLOURS)]
    inside = colour if number < len(COLOURS) else "white"
    return Look(colour, SHAPES[turn % len(SHAPES)], DASHES[turn % len(DASHES)], inside)


class Curve(NamedTuple):
    """One method in one panel.

    Attributes:
        name: the same in all panels.
        values: one per tick; None where there is none.
    """

    name: str
    values: Sequence[float | None]


def beside(path: Path) -> Path:
    """Where the figure of a JSON goes.

    Example:
        >>> beside(Path("results/leak.json")).name
        'leak.png'
    """
    return path.with_suffix(".png")


def called(row: Mapping[str, Any]) -> str:
    """A row's name: what it reads, and how.

    Example:
        >>> called({"image": None, "method": "random forest"})
        'samples: random forest'
    """
    return f"{row['image'] or 'samples'}: {row['method']}"


def dots(path: Path, columns: Sequence[str], lines: Sequence[tuple[str, Sequence[float | None]]], title: str) -> None:
    """One line per method, a marker per column, so that honest and leaky stand side by side.

    Args:
        path: the PNG.
        columns: what each marker stands for, the honest figure first.
        lines: name of the method, and a figure in percent per column.
        title: what is drawn.
    """
    figure = new_figure(7.2, 0.95 + 0.24 * len(lines))
    bottom, top = 0.42 / figure.get_figheight(), 1 - 0.5 / figure.get_figheight()
    axes = figure.add_axes((0.44, bottom, 0.53, top - bottom))
    for place, (_, values) in enumerate(lines):
        known = [value for value in values if value is not None]
        axes.plot([min(known), max(known)], [place, place], color=GREY, linewidth=0.6, zorder=1)
    for number, (column, (colour, marker, filled)) in enumerate(zip(columns, MARKS, strict=False)):
        found = [(values[number], place) for place, (_, values) in enumerate(lines) if values[number] is not None]
        axes.scatter(
            [value for value, _ in found if value is not None], [place for _, place in found], s=20, marker=marker,
            edgecolors=colour, facecolors=colour if filled else "white", linewidths=0.9, label=column, zorder=2,
        )  # fmt: skip
    tidy(axes, "", "macro AUROC, %")
    figure.text(0.01, 1 - 0.08 / figure.get_figheight(), title, fontsize=8.0, color=INK, va="top")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.xaxis.set_major_locator(few_ticks(8))
    named_ticks(axes.yaxis, range(len(lines)), [name for name, _ in lines], longest=62)
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(columns), fontsize=TICK_PT, frameon=False,
        labelcolor=INK, borderaxespad=0.2, handletextpad=0.2, columnspacing=1.0,
    )  # fmt: skip
    write_whole(path, [png(figure)])


def curves(path: Path, panels: Mapping[str, Sequence[Curve]], ticks: Sequence[str], x_label: str, title: str) -> None:
    """Figures against an amount, panel by panel on one scale; a method looks the same in all of them.

    Nothing is written where there is no curve.

    Args:
        path: the PNG.
        panels: title to curves.
        ticks: names of the places along each curve.
        x_label: what they are.
        title: what is drawn.
    """
    names = list(dict.fromkeys(curve.name for drawn in panels.values() for curve in drawn))
    if not names:
        return
    low = 0.6 + 0.14 * -(-len(names) // 2)
    figure = new_figure(7.4, 3.0 + low)
    height, width = figure.get_figheight(), 0.91 / len(panels)
    first: Axes | None = None
    for number, (told, drawn) in enumerate(panels.items()):
        place = (0.07 + number * width, low / height, width - 0.045, (height - low - 0.5) / height)
        axes = figure.add_axes(place, sharey=first) if first else figure.add_axes(place)
        for curve in drawn:
            style = look(names.index(curve.name))
            places = [at for at, value in enumerate(curve.values) if value is not None]
            axes.plot(
                places, [value for value in curve.values if value is not None], color=style.colour, linewidth=1.1,
                linestyle=style.dash, marker=style.marker, markersize=3.5, markerfacecolor=style.inside,
                label=drawable(curve.name, 60),
            )  # fmt: skip
        tidy(axes, told, x_label, "macro AUROC, %" if first is None else "")
        named_ticks(axes.xaxis, range(len(ticks)), ticks)
        if CHARACTER * max(map(len, ticks)) > place[2] / len(ticks):
            axes.tick_params(axis="x", labelrotation=60)
        axes.set_xlim(-0.3, len(ticks) - 0.7)
        axes.grid(axis="y", color=GREY, linewidth=0.3)
        first = first or axes
    figure.text(0.01, 1 - 0.08 / height, title, fontsize=8.0, color=INK, va="top")
    assert first is not None
    handles, shown = _named_once(figure.axes)
    figure.legend(
        handles, shown, loc="lower left", bbox_to_anchor=(0.05, 0.005), ncols=2, fontsize=TICK_PT,
        frameon=False, labelcolor=PALE_INK, handlelength=4.0,
    )  # fmt: skip
    write_whole(path, [png(figure)])


def _named_once(panels: Sequence[Axes]) -> tuple[list[Artist], list[str]]:
    """Every curve that some panel has, for one legend."""
    found: dict[str, Artist] = {}
    for axes in panels:
        handles, names = axes.get_legend_handles_labels()
        found |= dict(zip(names, handles, strict=True))
    return list(found.values()), list(found)
