"""Explained sheet: one signal on one page of A4, to be printed and put beside the machine."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from pipeline.reporting.drawing import TICK_PT, TITLE_PT, new_figure, png
from pipeline.reporting.explained.panels import draw_explained
from pipeline.reporting.explained.words import explanation_lines, provenance
from pipeline.reporting.palette import INK, PALE_INK, VERMILION
from pipeline.reporting.panels.of_image import draw_planes
from pipeline.reporting.panels.of_signal import draw_scores, draw_spectrum, draw_waveform
from pipeline.reporting.paragraphs import wrapped
from pipeline.reporting.second_opinions import second_opinions
from pipeline.reporting.wording import MEANINGS, sentence, spoken_of
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from pipeline.diagnosis.evidence import Evidence
    from pipeline.diagnosis.explanation.explanation import Explanation

WIDTH_IN, HEIGHT_IN = 8.27, 11.69
"""A4, upright."""

LEFT_IN, RIGHT_IN, TOP_IN, BOTTOM_IN = 0.65, 0.45, 0.42, 0.42
PANELS_LEFT_IN = 0.95
"""Where axes begin, so that their labels fit."""

ANSWER_PT, TEXT_PT = 11.0, 8.0
WAVEFORM_IN, SPECTRUM_IN, TALLEST_IMAGE_IN, ALONE_IN = 1.05, 1.2, 1.85, 2.4
TITLE_IN, GAP_IN, UNDER_SPECTRUM_IN = 0.34, 0.64, 0.42
"""Above a panel for its title; between panels, for labels and the next title; under the last one, for its labels."""

LONGEST_TOLD = 3
"""Lines of a paragraph about the explanation."""

LINE = 1.35
"""Height of a line of text, in its own size."""

TEXT_IN = WIDTH_IN - LEFT_IN - RIGHT_IN

MOST_WARNINGS, FEW_WARNINGS = 4, 2
"""That are told, the rest is counted; and those that may take two lines each."""


def explained_sheet(
    verdict: Verdict, evidence: "Evidence | None" = None, explanation: "Explanation | None" = None
) -> Figure:
    """One signal on one page: verdict in words, waveform, probabilities, image with its explanation, envelope spectrum.

    Args:
        verdict: of any kind; one that is UNUSABLE has a page that says why.
        evidence: gathered with it; None leaves the pictures out, and one without an image has the waveform alone.
        explanation: of one of its labels; without one the image stands alone.

    Returns:
        A figure of A4; `as_png` and `as_pdf` make files of it.
    """
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    page = _Page(figure)
    source = PurePath(verdict.source).name or verdict.source
    name = _cut(source, 55) + (f", {_cut(verdict.channel, 24)}" if verdict.channel else "")
    page.say(f"{verdict.verdict}: {name}", TITLE_PT + 1, PALE_INK, weight="bold", lines=1)
    page.down(0.05)
    page.say(sentence(verdict), ANSWER_PT, INK, weight="bold", lines=5)
    page.down(0.04)
    page.say(f"{verdict.verdict}: {MEANINGS[verdict.verdict]}", TEXT_PT, INK, lines=3)
    for line in second_opinions(verdict):
        page.say(line, TEXT_PT, INK, lines=3)
    _warn(page, verdict.warnings)
    foot_in = _sign(figure, provenance(verdict))
    if evidence is not None and evidence.image.size:
        _draw(page, foot_in, verdict, evidence, explanation)
    elif evidence is not None and np.isfinite(evidence.highest).any():
        _draw_bare(page, verdict, evidence)
    return figure


def as_png(figure: Figure) -> bytes:
    """The page as PNG, in full colours, the same bytes for the same page."""
    return png(figure, palette=False)


def as_pdf(figure: Figure) -> bytes:
    """The page as PDF, its text as text, the same bytes for the same page."""
    file = BytesIO()
    canvas = FigureCanvasPdf(figure)
    told = {"CreationDate": None, "Producer": "Faultprint", "Creator": None}
    canvas.print_pdf(file, metadata=told)  # type: ignore[no-untyped-call]
    return file.getvalue()


class _Page:
    """A page that is filled from the top."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.top_in = HEIGHT_IN - TOP_IN

    def down(self, inches: float) -> None:
        self.top_in -= inches

    def say(self, text: str, size: float, colour: str, weight: str = "normal", lines: int = 2) -> None:
        """A paragraph as wide as the page, cut after so many lines."""
        for line in wrapped(text, TEXT_IN, size, lines, weight):
            self.top_in -= size * LINE / 72
            self.figure.text(
                LEFT_IN / WIDTH_IN, self.top_in / HEIGHT_IN, line, fontsize=size, color=colour, weight=weight
            )

    def box(self, left_in: float, width_in: float, height_in: float) -> tuple[float, float, float, float]:
        """A box whose upper edge is where the page is filled to."""
        bottom_in = self.top_in - height_in
        return left_in / WIDTH_IN, bottom_in / HEIGHT_IN, width_in / WIDTH_IN, height_in / HEIGHT_IN


def _warn(page: _Page, warnings: Sequence[str]) -> None:
    """Stamps and warnings, as many as fit."""
    if not warnings:
        return
    page.down(0.04)
    shown = warnings[:MOST_WARNINGS]
    lines = 1 if len(warnings) > FEW_WARNINGS else 2
    for line in shown:
        page.say(f"Mind: {line}", TICK_PT + 0.5, VERMILION, lines=lines)
    if len(warnings) > len(shown):
        page.say(f"Mind: {len(warnings) - len(shown)} more warnings are in explanation.json", TICK_PT + 0.5, VERMILION)


def _cut(name: str, longest: int) -> str:
    """A name in one line, not too long."""
    flat = " ".join(name.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def _draw_bare(page: _Page, verdict: Verdict, evidence: "Evidence") -> None:
    """All that a signal shows which no model could use."""
    page.down(TITLE_IN)
    axes = page.figure.add_axes(page.box(PANELS_LEFT_IN, WIDTH_IN - PANELS_LEFT_IN - RIGHT_IN, ALONE_IN))
    draw_waveform(axes, evidence, verdict.condition.get("rate_hz") is not None, verdict.condition.get("unit"))


def _draw(
    page: _Page, foot_in: float, verdict: Verdict, evidence: "Evidence", explanation: "Explanation | None"
) -> None:
    """The panels, as tall as what is said above and below them leaves room for."""
    figure, unit = page.figure, verdict.condition.get("unit")
    rate_known = verdict.condition.get("rate_hz") is not None
    width_in = WIDTH_IN - PANELS_LEFT_IN - RIGHT_IN
    page.down(TITLE_IN)
    draw_waveform(figure.add_axes(page.box(PANELS_LEFT_IN, 4.2, WAVEFORM_IN)), evidence, rate_known, unit)
    draw_scores(figure.add_axes(page.box(PANELS_LEFT_IN + 5.4, 1.15, WAVEFORM_IN)), verdict)
    page.down(WAVEFORM_IN + GAP_IN)
    if explanation is None:
        draw_planes(
            figure, page.box(PANELS_LEFT_IN, width_in, ALONE_IN), evidence.image, evidence.axes, verdict.windows
        )
        page.down(ALONE_IN + GAP_IN)
    else:
        told = explanation_lines(explanation, verdict)
        text_in = sum(len(wrapped(line, TEXT_IN, TEXT_PT, LONGEST_TOLD)) for line in told) * TEXT_PT * LINE / 72
        room_in = page.top_in - foot_in - text_in - 2 * GAP_IN - SPECTRUM_IN - UNDER_SPECTRUM_IN - TITLE_IN / 2
        image_in = min(TALLEST_IMAGE_IN, room_in / 2)
        image_box = page.box(PANELS_LEFT_IN, width_in, image_in)
        page.down(image_in + GAP_IN)
        draw_explained(figure, image_box, page.box(PANELS_LEFT_IN, width_in, image_in), explanation)
        page.down(image_in + GAP_IN - TITLE_IN / 2)
        for line in told:
            page.say(line, TEXT_PT, INK, lines=LONGEST_TOLD)
        page.down(TITLE_IN)
    draw_spectrum(figure.add_axes(page.box(PANELS_LEFT_IN, width_in, SPECTRUM_IN)), evidence, unit, spoken_of(verdict))


def _sign(figure: Figure, lines: Sequence[str]) -> float:
    """Where it all comes from, at the foot of the page; returns how high that reaches, in inches."""
    bottom_in = BOTTOM_IN
    parts = [part for line in lines for part in wrapped(line, TEXT_IN, TICK_PT, 2)]
    for line in reversed(parts):
        figure.text(LEFT_IN / WIDTH_IN, bottom_in / HEIGHT_IN, line, fontsize=TICK_PT, color=PALE_INK)
        bottom_in += TICK_PT * LINE / 72
    return bottom_in
