"""The sheet of one signal: right marks at the right places, small, the same every time."""

import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from PIL import Image

from pipeline.diagnosis.evidence import Evidence
from pipeline.preprocessing.base import Axis, ImageAxes
from pipeline.reporting.diagnosed.figure import signal_figure
from pipeline.reporting.drawing import drawable, new_figure
from pipeline.reporting.palette import STYLES, styles_of
from pipeline.reporting.panels.of_image import draw_image, draw_planes
from pipeline.reporting.panels.of_signal import (
    NAME_WIDTH,
    draw_scores,
    draw_spectrum,
    draw_waveform,
    stacked,
)
from pipeline.verdict import Verdict

LARGEST_BYTES = 200_000
HOSTILE = {"$\\frac{1}{0}$ $": 0.4, "<b>&\"'": 0.3, "x" * 300: 0.2, "泵 😀": 0.05, "مضخة": 0.04, "_": 0.01}


@pytest.fixture
def axes() -> Axes:
    return new_figure(3, 2).add_axes((0.2, 0.2, 0.7, 0.7))


def pixels(content: bytes) -> np.ndarray:
    """The picture as an independent reader sees it."""
    with Image.open(BytesIO(content)) as image:
        image.load()
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def test_a_sheet_is_a_png_as_wide_as_a_page_and_small_enough_to_keep(verdict: Verdict, evidence: Evidence) -> None:
    content = signal_figure(verdict, evidence)
    assert len(content) < LARGEST_BYTES
    drawn = pixels(content)
    assert drawn.shape == (688, 1184, 3)
    assert (drawn[0] == 255).all()
    assert (drawn < 100).any()


def test_a_sheet_has_the_same_bytes_every_time(verdict: Verdict, evidence: Evidence) -> None:
    content = signal_figure(verdict, evidence)
    assert content == signal_figure(verdict, evidence)
    with Image.open(BytesIO(content)) as image:
        assert set(image.info) <= {"dpi"}


def test_the_spectrum_peaks_at_the_line_of_the_fault_that_is_there(axes: Axes, evidence: Evidence) -> None:
    draw_spectrum(axes, evidence, "g")
    curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
    peak_hz = curve.get_xdata()[np.argmax(curve.get_ydata())]
    (name,) = [text for text in axes.texts if text.get_text().startswith("outer race")]
    assert name.get_text() == "outer race 105.9 Hz"
    marked_hz = [line.get_xdata()[0] for line in axes.lines if line.get_color() == name.get_color()]
    assert marked_hz[:2] == pytest.approx([105.9, 211.8])
    assert peak_hz == pytest.approx(105.9, abs=1.0)


def test_axes_have_names_and_units(axes: Axes, evidence: Evidence) -> None:
    draw_spectrum(axes, evidence, "m/s²")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("frequency, Hz", "amplitude, (m/s²)²")
    draw_waveform(axes, evidence, rate_known=True, unit="g")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time, s", "amplitude, g")
    draw_waveform(axes, evidence, rate_known=False, unit=None)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sample", "amplitude")
    draw_image(axes, evidence.image[0], evidence.axes, n_windows=8)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time, s", "frequency, Hz")
    draw_image(axes, evidence.image[0], None, n_windows=8)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("column", "row")


def test_without_speed_or_bearing_no_line_is_marked(axes: Axes, evidence: Evidence) -> None:
    draw_spectrum(axes, replace(evidence, lines_hz={}), None)
    assert len(axes.lines) == 1
    assert not axes.texts


def test_without_a_rate_the_spectrum_says_why_it_is_missing(axes: Axes, evidence: Evidence) -> None:
    nothing = np.zeros(0, dtype=np.float32)
    draw_spectrum(axes, replace(evidence, spectrum_hz=nothing, spectrum=nothing, lines_hz={}), None)
    assert "sampling rate is not known" in axes.texts[0].get_text()


def test_the_waveform_keeps_every_extreme(axes: Axes, evidence: Evidence) -> None:
    highest = evidence.highest.copy()
    highest[777] = 99.0
    draw_waveform(axes, replace(evidence, highest=highest), rate_known=True, unit=None)
    assert axes.collections[0].get_paths()[0].vertices[:, 1].max() == 99.0


@pytest.mark.parametrize(("first_hz", "last_hz", "origin"), [(20, 5400, "lower"), (5400, 20, "upper")])
def test_higher_frequencies_are_higher_up(axes: Axes, first_hz: float, last_hz: float, origin: str) -> None:
    rows = Axis("frequency", "Hz", tuple(np.linspace(first_hz, last_hz, 8)))
    draw_image(axes, np.zeros((8, 4)), ImageAxes(rows, Axis("time", "s", (0.0, 1.0, 2.0, 3.0))), n_windows=1)
    assert axes.images[0].origin == origin


def test_rows_of_time_run_downwards_as_the_network_reads_them(axes: Axes) -> None:
    rows = Axis("start", "s", (0.0, 1.0))
    draw_image(axes, np.zeros((2, 2)), ImageAxes(rows, Axis("time", "s", (0.0, 0.5))), n_windows=1)
    assert axes.images[0].origin == "upper"


def test_axes_of_another_size_than_the_image_are_not_believed(axes: Axes, evidence: Evidence) -> None:
    draw_image(axes, np.zeros((5, 5)), evidence.axes, n_windows=1)
    assert axes.get_ylabel() == "row"


def test_every_plane_is_drawn_under_its_name_in_one_contrast() -> None:
    carriers = Axis("carrier", "Hz", (3000.0, 2000.0), ("2-4 kHz", "1-3 kHz"))
    harmonics = Axis("harmonic", "", (1.0, 2.0, 3.0), ("1", "2", "3"))
    image_axes = ImageAxes(carriers, harmonics, ("outer_race", "inner_race", "ball"))
    image = np.zeros((3, 2, 3), dtype=np.float32)
    image[1] = 5.0
    figure = new_figure(7.4, 4.3)
    draw_planes(figure, (0.085, 0.1, 0.39, 0.385), image, image_axes, n_windows=8)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["outer race", "inner race", "ball"]
    assert [axes.images[0].get_array().max() for axes in figure.axes] == [0.0, 5.0, 0.0]
    assert len({axes.images[0].get_clim() for axes in figure.axes}) == 1
    first, *others = figure.axes
    assert first.yaxis.get_major_formatter().seq == ["2-4 kHz", "1-3 kHz"]
    assert all(axes.get_ylabel() == "" for axes in others)
    assert [text.get_text() for text in figure.texts] == ["Image the network saw, window 1 of 8"]


def test_channels_are_counted_and_those_without_room_are_told() -> None:
    figure = new_figure(7.4, 4.3)
    draw_planes(figure, (0.085, 0.1, 0.39, 0.385), np.zeros((6, 2, 2), dtype=np.float32), None, n_windows=1)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["plane 1", "plane 2", "plane 3", "plane 4"]
    assert figure.texts[0].get_text() == "Image the network saw, its only window, 4 of its 6 planes"


def test_a_sheet_of_three_planes_is_small_too(verdict: Verdict, evidence: Evidence) -> None:
    noise = np.random.default_rng(0).standard_normal((3, 224, 224)).astype(np.float32)
    assert len(signal_figure(verdict, replace(evidence, image=noise, axes=None))) < LARGEST_BYTES


def test_bars_are_ranked_and_those_of_the_answer_stand_out(axes: Axes, verdict: Verdict) -> None:
    draw_scores(axes, verdict)
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == sorted(verdict.probabilities.values(), reverse=True)
    colours = {bar.get_facecolor() for bar in axes.patches}
    assert len(colours) == 2
    assert axes.patches[0].get_facecolor() != axes.patches[1].get_facecolor()
    assert axes.get_title(loc="left") == "Scores (not calibrated)"


def test_a_derived_healthy_says_so(axes: Axes, verdict: Verdict) -> None:
    draw_scores(axes, replace(verdict, task="multilabel"))
    assert "healthy (derived)" in axes.yaxis.get_major_formatter().seq


@pytest.mark.parametrize(
    "image",
    [np.full((16, 16), np.nan), np.zeros((16, 16)), np.full((1, 1), 1e30), np.random.default_rng(0).random((1500, 9))],
)
def test_odd_images_are_drawn_all_the_same(verdict: Verdict, evidence: Evidence, image: np.ndarray) -> None:
    odd = replace(evidence, image=image[None].astype(np.float32), axes=None, lines_hz={})
    assert len(signal_figure(verdict, odd)) < LARGEST_BYTES


def test_hostile_labels_are_text(verdict: Verdict, evidence: Evidence) -> None:
    odd = replace(verdict, probabilities=HOSTILE, labels=("泵 😀",))
    lines_hz = dict(zip(HOSTILE, (30.0, 60.0, 90.0, 120.0, 150.0, 350.0), strict=True))
    pixels(signal_figure(odd, replace(evidence, lines_hz=lines_hz)))


def test_text_for_figures_is_short_and_holds_no_formula() -> None:
    assert drawable("$a$") == r"\$a\$"
    assert drawable("泵\n\x00") == "? ?"
    assert len(drawable("x" * 300)) == 28


def test_noise_everywhere_still_fits_the_limit(verdict: Verdict, evidence: Evidence) -> None:
    rng = np.random.default_rng(0)
    noisy = replace(
        evidence,
        image=rng.standard_normal((1, 448, 448)).astype(np.float32),
        axes=None,
        spectrum=rng.random(40000).astype(np.float32),
        spectrum_hz=np.linspace(0.1, 354, 40000, dtype=np.float32),
    )
    assert len(signal_figure(verdict, noisy)) < LARGEST_BYTES


@given(st.lists(st.floats(0, 1), max_size=8))
def test_names_of_lines_never_run_into_each_other(starts: list[float]) -> None:
    named = {f"label {k}": start for k, start in enumerate(starts)}
    rows = stacked(named)
    assert rows.keys() == named.keys()
    for one in named:
        for other in named:
            if one < other and rows[one] == rows[other]:
                assert abs(named[one] - named[other]) >= NAME_WIDTH


def test_no_two_lines_of_a_figure_look_alike() -> None:
    known = ["healthy", "outer_race", "inner_race", "ball", "imbalance", "looseness"]
    styles = list(styles_of(known).values())
    assert len(set(styles)) == len(known)
    assert len({dash for _, dash in styles}) == len(known), "without colour they must differ by dash"
    assert len(set(STYLES)) == len(STYLES)


def test_reporting_needs_neither_pyplot_nor_torch() -> None:
    code = "import sys, pipeline.reporting.diagnosed.page; print({'matplotlib.pyplot', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
