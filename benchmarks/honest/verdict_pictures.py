"""Verdict pictures: said against true, risk against answers, and whom the model would rather not answer for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from honest.pictures import beside, look
from honest.promises import line_db
from pipeline.evaluation.judged import CONFIDENT, Judged, likeliest, likely_wrong, probabilities_of, truth_of
from pipeline.evaluation.reliability import reliability_curve
from pipeline.evaluation.risk_coverage import risk_coverage
from pipeline.reporting.drawing import TICK_PT, new_figure, png, tidy
from pipeline.reporting.palette import GREY, INK, PALE_INK
from pipeline.whole_file import write_whole

Both = Sequence[tuple[Judged, Judged]]
LABELS = ("ball", "inner_race", "outer_race")


def draw(path: Path, told: Both) -> None:
    """Three panels beside the JSON."""
    figure = new_figure(7.4, 3.1)
    left, middle, right = (figure.add_axes((x, 0.32, 0.26, 0.5)) for x in (0.07, 0.4, 0.73))
    ways = {"scores as they are": [plain for _, plain in told], "calibrated": [ours for ours, _ in told]}
    for number, (name, some) in enumerate(ways.items()):
        reliability(left, number, name, some)
        risk(middle, number, some)
    tidy(left, "said and true, by label", "probability said", "share true")
    left.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, zorder=0)
    tidy(middle, "wrong among those answered", "share answered", "share wrong")
    abstained(right, [ours for ours, _ in told])
    figure.text(0.01, 0.98, "H1: bearings never met, 100 splits", fontsize=8.0, color=INK, va="top")
    handles, names = left.get_legend_handles_labels()
    figure.legend(
        handles, names, loc="lower left", bbox_to_anchor=(0.05, 0.0), ncols=2, fontsize=TICK_PT, frameon=False,
        labelcolor=PALE_INK, handlelength=4.0,
    )  # fmt: skip
    write_whole(beside(path), [png(figure)])


def reliability(axes: Axes, number: int, name: str, some: Sequence[Judged]) -> None:
    """Share true against probability said, in bins of equal width."""
    said, true = probabilities_of(some, LABELS).reshape(-1), truth_of(some, LABELS).reshape(-1)
    bins = reliability_curve(said, true, specimens=[one.specimen for one in some for _ in LABELS])
    _line(axes, number, name, [each.probability for each in bins], [each.share for each in bins])


def risk(axes: Axes, number: int, some: Sequence[Judged]) -> None:
    """Share wrong against share answered, the surest first."""
    sure = np.array([likeliest(one, LABELS, multiclass=False)[1] for one in some])
    wrong = np.array([likely_wrong(one, LABELS, multiclass=False) for one in some])
    curve = risk_coverage(sure, wrong)
    every = np.linspace(len(wrong) * 0.02, len(wrong) - 1, 60).astype(int)
    style = look(number)
    axes.plot(curve.coverage[every], curve.risk[every], color=style.colour, linestyle=style.dash, linewidth=1.1)


def abstained(axes: Axes, ours: Sequence[Judged]) -> None:
    """Share not answered with confidence, by bearing, against the height of its fault's line."""
    by_part: dict[str, list[Judged]] = {}
    for one in ours:
        if one.truth != ("healthy",):
            by_part.setdefault(one.specimen, []).append(one)
    for some in by_part.values():
        db = line_db(some[0])
        share = np.mean([one.outcome != CONFIDENT for one in some])
        weak = db is not None
        axes.plot(25 if db is None else db, share, "o" if weak else "s", color=look(int(not weak)).colour, markersize=4)
    tidy(axes, "not answered, by bearing", "height of its line, dB (25: 23 or more)", "share not CONFIDENT")


def _line(axes: Axes, number: int, name: str, across: Sequence[float], up: Sequence[float]) -> None:
    style = look(number)
    axes.plot(
        across, up, color=style.colour, linewidth=1.1, linestyle=style.dash, marker=style.marker, markersize=3.5,
        markerfacecolor=style.inside, label=name,
    )  # fmt: skip
