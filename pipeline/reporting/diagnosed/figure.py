"""Figures: the sheet of one signal, which a colleague can check by eye."""

from typing import TYPE_CHECKING

from pipeline.reporting.drawing import new_figure, png
from pipeline.reporting.panels.of_image import draw_planes
from pipeline.reporting.panels.of_signal import draw_scores, draw_spectrum, draw_waveform
from pipeline.reporting.wording import spoken_of
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from pipeline.diagnosis.evidence import Evidence

WIDTH_IN, HEIGHT_IN = 7.4, 4.3
"""The width of a printed page's text."""


def signal_figure(verdict: Verdict, evidence: "Evidence") -> bytes:
    """One signal on one sheet: waveform, scores, the image the network saw, envelope spectrum with fault lines.

    Args:
        verdict: gives scores, number of windows, and whether rate and unit (`condition`) are known.
        evidence: what was gathered with it.

    Returns:
        PNG, the same bytes for the same input, below 200 kB.
    """
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    unit = verdict.condition.get("unit")
    rate_known = verdict.condition.get("rate_hz") is not None
    draw_waveform(figure.add_axes((0.085, 0.62, 0.545, 0.315)), evidence, rate_known, unit)
    draw_scores(figure.add_axes((0.775, 0.62, 0.155, 0.315)), verdict)
    draw_planes(figure, (0.085, 0.1, 0.39, 0.385), evidence.image, evidence.axes, verdict.windows)
    draw_spectrum(figure.add_axes((0.575, 0.1, 0.41, 0.385)), evidence, unit, spoken_of(verdict))
    return png(figure)
