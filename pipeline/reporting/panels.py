"""Panels: one chart of a signal's evidence each, drawn into axes that somebody else has placed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.reporting.drawing import (
    BLUE,
    DOTS_PER_INCH,
    GREY,
    INK,
    PALE_INK,
    TICK_PT,
    TITLE_PT,
    drawable,
    few_ticks,
    named_ticks,
    short_numbers,
    styles_of,
    tidy,
)  # fmt: skip
from pipeline.reporting.image_ticks import axis_label, image_ticks
from pipeline.reporting.wording import plain, score_text, score_word
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.image import AxesImage

    from pipeline.diagnosis.evidence import Evidence
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

DRAWN_CELLS = 700
"""More points than this lie closer than the dots of the page."""

NAME_GAP, NAME_WIDTH = 0.008, 0.36
"""Of a fault line's name, as shares of the axis."""

HARMONICS = (2, 3)
"""Multiples of a fault line that are marked too; more would hide the spectrum behind marks."""

LONGEST_LIST = 8
"""Labels with a bar; the rest is said in one line."""


def draw_waveform(axes: Axes, evidence: "Evidence", rate_known: bool, unit: str | None) -> None:
    """The whole signal as a band from minimum to maximum."""
    lowest = _thinned(evidence.lowest, np.minimum)
    highest = _thinned(evidence.highest, np.maximum)
    time = np.linspace(evidence.time_s[0], evidence.time_s[-1], len(lowest))
    axes.fill_between(time, lowest, highest, color=BLUE, linewidth=0.4)
    axes.set_xlim(time[0], time[-1] if time[-1] > time[0] else time[0] + 1)
    tidy(axes, "Waveform", "time, s" if rate_known else "sample", f"amplitude, {drawable(unit or 'as recorded')}")
    axes.xaxis.set_major_locator(few_ticks(6))
    axes.yaxis.set_major_locator(few_ticks(4))
    axes.yaxis.set_major_formatter(short_numbers())


def _thinned(values: Floats, keep: "np.ufunc", cells: int = DRAWN_CELLS) -> Floats:
    """Fewer points, none of the extremes lost."""
    if len(values) <= cells:
        return values
    kept: Floats = keep.reduceat(values, np.linspace(0, len(values), cells, endpoint=False).astype(int))
    return kept


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


def draw_spectrum(axes: Axes, evidence: "Evidence", unit: str | None) -> None:
    """Squared-envelope spectrum, with the lines where each fault would show."""
    tidy(axes, "Squared-envelope spectrum", "frequency, Hz", f"amplitude, {_squared(unit)}")
    if len(evidence.spectrum) == 0:
        axes.set_axis_off()
        axes.text(0.0, 0.5, "not drawn: the sampling rate is not known", fontsize=TICK_PT, color=PALE_INK)
        return
    spectrum = _thinned(evidence.spectrum, np.maximum)
    hertz = np.linspace(evidence.spectrum_hz[0], evidence.spectrum_hz[-1], len(spectrum))
    axes.plot(hertz, spectrum, color=INK, linewidth=0.6)
    top_hz = float(evidence.spectrum_hz[-1])
    highest = float(np.nanmax(spectrum, initial=0.0)) or 1.0
    lines_hz = {label: hz for label, hz in evidence.lines_hz.items() if 0 < hz <= top_hz}
    levels = draw_lines(axes, lines_hz, top_hz, highest)
    axes.set_xlim(0, top_hz)
    axes.set_ylim(0, highest * (1.05 + 0.13 * levels))
    axes.xaxis.set_major_locator(few_ticks(6))
    axes.set_yticks([tick for tick in few_ticks(4).tick_values(0, highest) if 0 <= tick <= highest])
    axes.yaxis.set_major_formatter(short_numbers())


def _squared(unit: str | None) -> str:
    if not unit:
        return "as recorded, squared"
    return drawable(f"({unit})²" if set(unit) & set("/* ") else f"{unit}²")


def draw_lines(axes: Axes, lines_hz: Mapping[str, float], top_hz: float, highest: float) -> int:
    """Fault lines with their names above the spectrum, their first multiples thinner and unnamed.

    Returns:
        How many rows of names there are.
    """
    starts = {label: _name_start(hz / top_hz) for label, hz in lines_hz.items()}
    levels = stacked(starts)
    styles = styles_of(lines_hz)
    for label, hz in lines_hz.items():
        colour, dash = styles[label]
        tip = highest * (1.05 + 0.13 * (levels[label] + 0.5))
        axes.plot([hz, hz], [0, tip], color=colour, linestyle=dash, linewidth=1.1, zorder=1.5)
        for multiple in (harmonic * hz for harmonic in HARMONICS if harmonic * hz < top_hz):
            axes.plot([multiple, multiple], [0, highest], color=colour, linestyle=dash, linewidth=0.5, zorder=1.4)
        name = drawable(f"{plain(label)} {hz:.1f} Hz")
        side: Literal["left", "right"] = "left" if starts[label] > hz / top_hz else "right"
        place = hz + (NAME_GAP if side == "left" else -NAME_GAP) * top_hz
        text = axes.text(place, tip, name, ha=side, va="center", fontsize=TICK_PT, color=colour)
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.4})
    return max(levels.values(), default=-1) + 1


def _name_start(share: float) -> float:
    """Names stand to the right of their lines, and to the left where they would leave the chart."""
    return share + NAME_GAP if share + NAME_GAP + NAME_WIDTH < 1 else share - NAME_GAP - NAME_WIDTH


def stacked(starts: Mapping[str, float], width: float = NAME_WIDTH) -> dict[str, int]:
    """Rows for names that would otherwise run into each other, the leftmost highest.

    Args:
        starts: where each name starts, as a share of the axis.
        width: of a name, as a share of the axis.

    Returns:
        Row of each name, 0 the lowest.

    Example:
        >>> stacked({"outer": 0.3, "ball": 0.4, "cage": 0.03})
        {'cage': 0, 'outer': 1, 'ball': 0}
    """
    rows: dict[str, int] = {}
    taken_from = [2.0] * len(starts)
    for label, start in sorted(starts.items(), key=lambda item: -item[1]):
        row = next(k for k, taken in enumerate(taken_from) if start + width <= taken)
        rows[label], taken_from[row] = row, start
    return {label: rows[label] for label in sorted(starts, key=starts.__getitem__)}


def draw_scores(axes: Axes, verdict: Verdict) -> None:
    """One bar per label, the highest on top; bars of the answer are dark."""
    ranked = sorted(verdict.probabilities.items(), key=lambda item: -item[1])[:LONGEST_LIST]
    heights = range(len(ranked))
    colours = [BLUE if label in verdict.labels else GREY for label, _ in ranked]
    axes.barh(heights, [score for _, score in ranked], height=0.62, color=colours)
    for height, (_, score) in zip(heights, ranked, strict=True):
        axes.text(score + 0.03, height, score_text(score), fontsize=TICK_PT, color=INK, va="center")
    word = score_word(verdict.calibrated)
    tidy(axes, "Probabilities" if verdict.calibrated else "Scores (not calibrated)", word)
    axes.set_xlim(0, 1)
    axes.set_ylim(max(len(ranked), 4) - 0.5, -0.5)
    named_ticks(axes.xaxis, (0, 0.5, 1), ("0", "0.5", "1"))
    named_ticks(axes.yaxis, heights, [_bar_name(label, verdict.task) for label, _ in ranked], longest=19)
    axes.tick_params(axis="y", length=0)


def _bar_name(label: str, task: str | None) -> str:
    """`healthy` is no output of a multilabel model, and says so."""
    return "healthy (derived)" if task == "multilabel" and label == HEALTHY else plain(label)
