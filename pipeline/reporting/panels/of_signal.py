"""Panels: one chart of a signal's evidence each, drawn into axes that somebody else has placed."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from pipeline.reporting.drawing import TICK_PT, drawable, few_ticks, named_ticks, short_numbers, tidy
from pipeline.reporting.palette import BLUE, GREY, INK, PALE_INK, styles_of
from pipeline.reporting.wording import plain, score_text, score_word
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from pipeline.diagnosis.evidence import Evidence

Floats = npt.NDArray[np.floating[Any]]

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
    tidy(
        axes, "Waveform", "time, s" if rate_known else "sample", f"amplitude, {drawable(unit)}" if unit else "amplitude"
    )
    axes.xaxis.set_major_locator(few_ticks(6))
    axes.yaxis.set_major_locator(few_ticks(4))
    axes.yaxis.set_major_formatter(short_numbers())


def _thinned(values: Floats, keep: "np.ufunc") -> Floats:
    """Fewer points, none of the extremes lost."""
    if len(values) <= DRAWN_CELLS:
        return values
    kept: Floats = keep.reduceat(values, np.linspace(0, len(values), DRAWN_CELLS, endpoint=False).astype(int))
    return kept


def draw_spectrum(axes: Axes, evidence: "Evidence", unit: str | None, named: Collection[str] = ()) -> None:
    """Squared-envelope spectrum, with the lines where each fault would show.

    Args:
        axes: where to draw.
        evidence: spectrum and lines.
        unit: of the samples.
        named: faults that the verdict speaks of: their lines are heavy, and only theirs have multiples. Where no line
            is theirs, all are alike.
    """
    tidy(axes, "Squared-envelope spectrum", "frequency, Hz", f"amplitude, {_squared(unit)}" if unit else "amplitude²")
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
    levels = draw_lines(axes, lines_hz, top_hz, highest, named)
    axes.set_xlim(0, top_hz)
    axes.set_ylim(0, highest * (1.05 + 0.13 * levels))
    axes.xaxis.set_major_locator(few_ticks(6))
    axes.set_yticks([tick for tick in few_ticks(4).tick_values(0, highest) if 0 <= tick <= highest])
    axes.yaxis.set_major_formatter(short_numbers())


def _squared(unit: str) -> str:
    return drawable(f"({unit})²" if set(unit) & set("/* ") else f"{unit}²")


def draw_lines(
    axes: Axes, lines_hz: Mapping[str, float], top_hz: float, highest: float, named: Collection[str] = ()
) -> int:
    """Fault lines with their names above the spectrum, their first multiples thinner and unnamed.

    Args:
        axes: of the spectrum.
        lines_hz: label -> its line.
        top_hz, highest: where the spectrum ends, to the right and above.
        named: labels whose lines stand out; all where none has one.

    Returns:
        How many rows of names there are.
    """
    starts = {label: _name_start(hz / top_hz) for label, hz in lines_hz.items()}
    levels = stacked(starts)
    styles = styles_of(lines_hz)
    heavy = set(lines_hz) & set(named) or set(lines_hz)
    for label, hz in lines_hz.items():
        colour, dash = styles[label]
        tip = highest * (1.05 + 0.13 * (levels[label] + 0.5))
        axes.plot(
            [hz, hz], [0, tip], color=colour, linestyle=dash, linewidth=1.1 if label in heavy else 0.5, zorder=1.5
        )
        multiples = [harmonic * hz for harmonic in HARMONICS if harmonic * hz < top_hz]
        for multiple in multiples if label in heavy else ():
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
