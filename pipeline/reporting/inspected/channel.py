"""Inspection: the sheet of one channel as recorded: waveform, spectrum, spectrogram, envelope spectrum."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from pipeline.reporting.drawing import TITLE_PT, drawable, few_ticks, new_figure, png, short_numbers, tidy
from pipeline.reporting.palette import BLUE, INK, PALE_INK
from pipeline.reporting.panels.of_signal import draw_lines

if TYPE_CHECKING:
    from pipeline.signals.portrait import Portrait

Floats = npt.NDArray[np.floating[Any]]

WIDTH_IN, HEIGHT_IN = 7.4, 6.6
"""The width of a printed page's text."""

DRAWN_CELLS = 900
"""More points than this lie closer than the dots of the page."""

DECADES, FEWEST_DECADES = 7, 3
"""Of a spectrum below its highest line; what lies deeper is rounding."""


def inspection_figure(portrait: "Portrait", source: str) -> bytes:
    """One channel on one sheet.

    Args:
        portrait: what to draw.
        source: the file, for the title.

    Returns:
        PNG, the same bytes for the same input.
    """
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    title = f"{drawable(source, 60)}, {drawable(portrait.channel, 40)}"
    figure.text(0.085, 0.975, title, fontsize=TITLE_PT + 1, color=INK, va="center", weight="bold")
    draw_outline(figure.add_axes((0.085, 0.755, 0.9, 0.165)), portrait)
    draw_density(figure.add_axes((0.085, 0.42, 0.39, 0.235)), portrait)
    draw_spectrogram(figure.add_axes((0.575, 0.42, 0.41, 0.235)), portrait)
    draw_envelope(figure.add_axes((0.085, 0.08, 0.9, 0.235)), portrait)
    return png(figure)


def draw_outline(axes: Axes, portrait: "Portrait") -> None:
    """The whole waveform as a band from minimum to maximum; gaps where there is no number."""
    rate = portrait.rate_hz or 1.0
    time = (np.arange(len(portrait.lowest)) + 0.5) * (portrait.n_samples / rate / len(portrait.lowest))
    axes.fill_between(time, portrait.lowest, portrait.highest, color=BLUE, linewidth=0.4)
    axes.set_xlim(0, portrait.n_samples / rate)
    tidy(axes, "Waveform", "time, s" if portrait.rate_hz else "sample", f"amplitude, {_unit(portrait)}")
    axes.xaxis.set_major_locator(few_ticks(8))
    axes.yaxis.set_major_locator(few_ticks(4))
    axes.yaxis.set_major_formatter(short_numbers())


def draw_density(axes: Axes, portrait: "Portrait") -> None:
    """Power density on a logarithmic scale; of many lines in one dot the highest is drawn."""
    hertz, power = _thinned(portrait.spectrum_hz, portrait.spectrum)
    per = "/Hz" if portrait.rate_hz else " x sample"
    title = f"Power spectrum{_part(portrait, portrait.n_spectrum)}"
    tidy(axes, title, _frequency(portrait), f"density, {_squared(portrait)}{per}")
    highest = float(power.max(initial=0.0))
    if highest <= 0:
        _say(axes, "not drawn: the samples never change")
        return
    axes.semilogy(hertz, np.maximum(power, highest * 10.0**-DECADES), color=INK, linewidth=0.6)
    axes.set_xlim(0, hertz[-1])
    # A flat spectrum would otherwise be blown up, and its axis have no power of ten.
    lowest, highest = axes.get_ylim()
    axes.set_ylim(min(lowest, highest / 10.0**FEWEST_DECADES), highest)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(few_ticks(5))


def draw_spectrogram(axes: Axes, portrait: "Portrait") -> None:
    """Power over time, in dB; the darkest 5 % of the cells set the bottom of the scale."""
    title = f"Spectrogram{_part(portrait, portrait.n_stretch, 'first ')}"
    tidy(axes, title, "time, s" if portrait.rate_hz else "sample", _frequency(portrait))
    level = portrait.level_db
    low, high = np.quantile(level, [0.05, 0.999])
    if not high > low:
        _say(axes, "not drawn: the samples never change")
        return
    rate = portrait.rate_hz or 1.0
    extent = (0.0, portrait.n_stretch / rate, 0.0, rate / 2)
    axes.imshow(level, aspect="auto", origin="lower", cmap="viridis", vmin=low, vmax=high, extent=extent)
    axes.xaxis.set_major_locator(few_ticks(5))
    axes.yaxis.set_major_locator(few_ticks(5))


def draw_envelope(axes: Axes, portrait: "Portrait") -> None:
    """Squared-envelope spectrum, with the lines where each fault would show."""
    band = f" of {portrait.band_hz[0]:.0f}-{portrait.band_hz[1]:.0f} Hz" if portrait.band_hz else ""
    title = f"Squared-envelope spectrum{band}{_part(portrait, portrait.n_stretch, 'first ')}"
    tidy(axes, title, _frequency(portrait), f"amplitude, {_squared(portrait)}")
    hertz, envelope = _thinned(portrait.envelope_hz, portrait.envelope)
    highest = float(envelope.max(initial=0.0))
    if highest <= 0:
        _say(axes, "not drawn: nothing beats, or the recording is too short")
        return
    axes.plot(hertz, envelope, color=INK, linewidth=0.6)
    top_hz = float(hertz[-1])
    lines_hz = {label: hz for label, hz in portrait.lines_hz.items() if 0 < hz <= top_hz}
    levels = draw_lines(axes, lines_hz, top_hz, highest)
    axes.set_xlim(0, top_hz)
    axes.set_ylim(0, highest * (1.05 + 0.13 * levels))
    axes.xaxis.set_major_locator(few_ticks(8))
    axes.set_yticks([tick for tick in few_ticks(4).tick_values(0, highest) if 0 <= tick <= highest])
    axes.yaxis.set_major_formatter(short_numbers())


def _thinned(hertz: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Fewer points, none of the lines lost."""
    if len(values) <= DRAWN_CELLS:
        return hertz, values
    starts = np.linspace(0, len(values), DRAWN_CELLS, endpoint=False).astype(int)
    return hertz[starts], np.maximum.reduceat(values, starts)


def _part(portrait: "Portrait", n_shown: int, which: str = "") -> str:
    """What of the recording a picture is made of, where that is not all."""
    if n_shown >= portrait.n_samples:
        return ""
    if portrait.rate_hz is None:
        return f", {which}{n_shown} of {portrait.n_samples} samples"
    return f", {which}{n_shown / portrait.rate_hz:.3g} of {portrait.n_samples / portrait.rate_hz:.4g} s"


def _frequency(portrait: "Portrait") -> str:
    return "frequency, Hz" if portrait.rate_hz else "frequency, cycles per sample (rate not known)"


def _unit(portrait: "Portrait") -> str:
    return drawable(portrait.unit or "as recorded")


def _squared(portrait: "Portrait") -> str:
    unit = portrait.unit
    if not unit:
        return "(as recorded)²"
    return drawable(f"({unit})²" if set(unit) & set("/* ") else f"{unit}²")


def _say(axes: Axes, words: str) -> None:
    axes.set_axis_off()
    axes.text(0.0, 0.5, words, fontsize=TITLE_PT, color=PALE_INK, transform=axes.transAxes)
