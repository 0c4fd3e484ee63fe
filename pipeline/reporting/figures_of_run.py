"""Figures of a run: how well a trained model ranks recordings it has not seen, and how its training went."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score, roc_curve

from pipeline.evaluation.metrics import FEWEST_RECORDINGS
from pipeline.reporting.drawing import TICK_PT, drawable, few_ticks, named_ticks, new_figure, png, short_numbers, tidy
from pipeline.reporting.palette import BLUE, GREY, INK, PALE_INK, STYLES, Style, styles_of
from pipeline.reporting.wording import plain
from pipeline.whole_file import write_whole

Scores = npt.NDArray[np.floating[Any]]
History = Sequence[Mapping[str, float]]


def write_run_figures(
    folder: Path,
    labels: Sequence[str],
    scores: Scores,
    truth: Scores,
    history: History = (),
    stamps: Sequence[str] = (),
) -> list[Path]:
    """Draw a run's figures into a folder.

    Args:
        folder: made if it is not there.
        labels: names of the columns.
        scores: logits per recording, shape (n, label).
        truth: 0 or 1, shape (n, label).
        history: rows of `branch`, `epoch`, `loss`; none for a run without epochs.
        stamps: what qualifies the run; drawn into every figure.

    Returns:
        The files written: `scores.png`; `roc.png` where there are enough recordings (10) for a curve to mean
        something, and a label has both sides; `history.png` where there is a history.

    Raises:
        RequestError: when the disk is full or not writable.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     drawn = write_run_figures(Path(folder), ["ball"], np.array([[2.0], [-1.0]]), np.array([[1], [0]]))
        ...     [path.name for path in drawn]
        ['scores.png']
    """
    known = np.asarray(truth) > 0.5
    ranked = [k for k in range(len(labels)) if known[:, k].any() and not known[:, k].all()]
    figures: dict[str, Figure] = {}
    if len(known) >= FEWEST_RECORDINGS and ranked:
        figures["roc.png"] = roc_figure(labels, scores, known)
    if len(known):
        figures["scores.png"] = scores_figure(labels, scores, known)
    if history:
        figures["history.png"] = history_figure(history)
    for figure in figures.values():
        stamp(figure, stamps)
    return [write_whole(folder / name, [png(figure)]) for name, figure in figures.items()]


def stamp(figure: Figure, stamps: Sequence[str]) -> None:
    """Whatever qualifies the run, in the corner of its figure, so that a figure cannot be shown without it."""
    told = " · ".join(stamps).upper()
    figure.text(0.995, 0.985, told, ha="right", va="top", fontsize=TICK_PT, color=INK, fontweight="bold")


def roc_figure(labels: Sequence[str], scores: Scores, truth: npt.NDArray[np.bool_]) -> Figure:
    """Per label, the share of its recordings found against the share of others taken for it."""
    figure = new_figure(5.6, 3.6)
    axes = figure.add_axes((0.1, 0.125, 0.525, 0.78))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6)
    axes.text(0.56, 0.53, "by chance", fontsize=TICK_PT, color=PALE_INK, rotation=45, rotation_mode="anchor", va="top")
    for k, (label, style) in enumerate(styles_of(labels).items()):
        _roc_curve(axes, label, style, scores[:, k], truth[:, k])
    tidy(
        axes,
        f"ROC curves over {len(truth)} recordings",
        "false alarms, share of those without the label",
        "found, share of those with it",
    )
    axes.set_xlim(-0.02, 1)
    axes.set_ylim(0, 1.02)
    _legend(axes)
    return figure


def _roc_curve(axes: Axes, label: str, style: Style, scores: Scores, truth: npt.NDArray[np.bool_]) -> None:
    colour, dash = style
    name = drawable(plain(label), longest=20)
    if truth.all() or not truth.any():
        told = "all have it" if truth.any() else "none has it"
        axes.plot([], [], color=colour, linestyle=dash, label=f"{name}\nno AUROC: {told}")
        return
    taken, found, _ = roc_curve(truth, scores)
    auroc = 100.0 * roc_auc_score(truth, scores)
    axes.plot(taken, found, color=colour, linestyle=dash, linewidth=1.4, label=f"{name}\nAUROC {auroc:.1f} %")


def _legend(axes: Axes) -> None:
    """Beside the chart, where no curve runs."""
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.03, 1.02), fontsize=TICK_PT, frameon=False, handlelength=3.2,
        labelspacing=0.9, labelcolor=INK, borderaxespad=0.0,
    )  # fmt: skip


def scores_figure(labels: Sequence[str], scores: Scores, truth: npt.NDArray[np.bool_]) -> Figure:
    """Every recording's score for every label: those that have it above, the others below."""
    figure = new_figure(5.6, 0.95 + 0.52 * len(labels))
    bottom, top = 0.5 / figure.get_figheight(), 1 - 0.32 / figure.get_figheight()
    axes = figure.add_axes((0.22, bottom, 0.75, top - bottom))
    for k in range(len(labels)):
        _strip(axes, scores[truth[:, k], k], k - 0.2, BLUE, filled=True)
        _strip(axes, scores[~truth[:, k], k], k + 0.2, PALE_INK, filled=False)
    tidy(axes, f"Scores of {len(truth)} recordings: filled has the label, open does not", "score (logit)")
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.xaxis.set_major_locator(few_ticks(7))
    axes.xaxis.set_major_formatter(short_numbers())
    counts = truth.sum(axis=0)
    names = [f"{plain(label)[:20]} ({counts[k]})" for k, label in enumerate(labels)]
    named_ticks(axes.yaxis, range(len(labels)), names)
    for k in range(1, len(labels)):
        axes.axhline(k - 0.5, color=GREY, linewidth=0.4)
    return figure


def _strip(axes: Axes, scores: Scores, height: float, colour: str, filled: bool) -> None:
    """Dots side by side, moved a little up and down in turn so that equal ones stay apart."""
    heights = height + np.resize(np.array([0.0, 0.08, -0.08, 0.04, -0.04]), len(scores))
    inside = colour if filled else "none"
    axes.scatter(np.sort(scores), heights, s=11, edgecolors=colour, facecolors=inside, linewidths=0.7)


def history_figure(history: History) -> Figure:
    """Loss by epoch, one curve per branch."""
    figure = new_figure(5.6, 2.9)
    branches = sorted({int(row.get("branch", 0)) for row in history})
    axes = figure.add_axes((0.11, 0.155, 0.68 if len(branches) > 1 else 0.86, 0.73))
    for branch, (colour, dash) in zip(branches, cycle([(BLUE, "-"), *STYLES]), strict=False):
        rows = [row for row in history if int(row.get("branch", 0)) == branch]
        axes.plot(
            [row["epoch"] for row in rows], [row["loss"] for row in rows],
            color=colour, linestyle=dash, linewidth=1.3, marker="o", markersize=2.5, label=f"branch {branch + 1}",
        )  # fmt: skip
    tidy(axes, "Training loss", "epoch", "loss, mean over windows")
    axes.xaxis.set_major_locator(few_ticks(8))
    axes.yaxis.set_major_locator(few_ticks(5))
    axes.set_ylim(bottom=0.0)
    if len(branches) > 1:
        _legend(axes)
    return figure
