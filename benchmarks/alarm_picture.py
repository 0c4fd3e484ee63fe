"""Alarm picture: by which severity faults raise an alarm, and what an earlier one costs in needless ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alarm_scores import STEPS_DB
from honest.pictures import beside, look
from matplotlib.axes import Axes

from pipeline.reporting.drawing import TICK_PT, new_figure, png, tidy
from pipeline.reporting.palette import GREY, INK, PALE_INK
from pipeline.whole_file import write_whole

Row = Mapping[str, Any]


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Two panels beside the JSON."""
    figure = new_figure(7.4, 4.0)
    left, right = figure.add_axes((0.07, 0.3, 0.42, 0.56)), figure.add_axes((0.57, 0.3, 0.41, 0.56))
    by_severity(left, [row for row in rows if row["job"] == "rules"])
    trade_off(right, [row for row in rows if row["job"] == "trade-off"])
    figure.text(0.01, 0.98, "Alarms on simulated machines with growing faults", fontsize=8.0, color=INK, va="top")
    for axes, place in ((left, 0.05), (right, 0.57)):
        handles, names = axes.get_legend_handles_labels()
        figure.legend(
            handles, names, loc="lower left", bbox_to_anchor=(place, 0.005), ncols=1, fontsize=TICK_PT, frameon=False,
            labelcolor=PALE_INK, handlelength=4.0, borderaxespad=0.0, labelspacing=0.2,
        )  # fmt: skip
    write_whole(beside(path), [png(figure)])


def by_severity(axes: Axes, rows: Sequence[Row]) -> None:
    """A curve per way: the share of faults with an alarm by each severity."""
    for number, row in enumerate(rows):
        known = [(step, share) for step, share in zip(STEPS_DB, row["alarmed_by"], strict=True) if share is not None]
        _line(axes, number, [step for step, _ in known], [share for _, share in known], row["method"])
    tidy(axes, "faults with an alarm, of those grown so far", "severity, dB over the machine's background", "%")
    axes.grid(axis="y", color=GREY, linewidth=0.3)


def trade_off(axes: Axes, rows: Sequence[Row]) -> None:
    """A curve per family: each mark is a threshold."""
    for number, method in enumerate(dict.fromkeys(row["method"] for row in rows)):
        mine = [row for row in rows if row["method"] == method and row["severity_db"] is not None]
        needless, severities = [row["needless_per_year"] for row in mine], [row["severity_db"] for row in mine]
        _line(axes, number, needless, severities, f"{method}, thresholds 0.5 to 0.999")
    tidy(axes, "lateness against needless alarms", "needless alarms per machine-year", "median severity at alarm, dB")
    axes.set_xscale("symlog", linthresh=0.01)
    axes.set_xlim(left=-0.001)
    axes.grid(color=GREY, linewidth=0.3)


def _line(axes: Axes, number: int, across: Sequence[float], up: Sequence[float], name: str) -> None:
    style = look(number)
    axes.plot(
        across, up, color=style.colour, linewidth=1.1, linestyle=style.dash, marker=style.marker, markersize=3.5,
        markerfacecolor=style.inside, label=name,
    )  # fmt: skip
