"""The sheet of a channel: right marks, right units, whatever the recording."""

import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from PIL import Image

from pipeline.reporting.drawing import new_figure
from pipeline.reporting.inspected.channel import (
    draw_density,
    draw_envelope,
    draw_outline,
    draw_spectrogram,
    inspection_figure,
)
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.portrait import Portrait, fault_lines, portrait_of
from pipeline.signals.quality.survey import survey

RATE_HZ, SPEED_RPM = 12000.0, 1772.0
OUTER_HZ = 3.5848 * SPEED_RPM / 60


def made(samples: np.ndarray, rate_hz: float | None = RATE_HZ, unit: str | None = "g") -> Portrait | None:
    (found,), _ = survey([samples[None]], 1, samples.size)
    lines_hz = fault_lines(bearing_of("6205"), None, SPEED_RPM)
    return portrait_of("DE", found, rate_hz, unit, SPEED_RPM, lines_hz)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    rng, time_s = np.random.default_rng(0), np.arange(48000) / RATE_HZ
    beating = rng.standard_normal(time_s.size) * (1 + 0.9 * np.cos(2 * np.pi * OUTER_HZ * time_s))
    return made(beating + np.sin(2 * np.pi * 3000 * time_s))


@pytest.fixture
def axes() -> Axes:
    return new_figure(3, 2).add_axes((0.2, 0.2, 0.7, 0.7))


def test_a_sheet_is_a_png_as_wide_as_a_page_with_the_same_bytes_every_time(portrait: Portrait) -> None:
    content = inspection_figure(portrait, "pump.mat")
    assert content == inspection_figure(portrait, "pump.mat")
    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.size) == ("PNG", (1184, 1056))


def test_the_envelope_peaks_at_the_line_of_the_fault_that_is_there(axes: Axes, portrait: Portrait) -> None:
    draw_envelope(axes, portrait)
    curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
    assert curve.get_xdata()[np.argmax(curve.get_ydata())] == pytest.approx(OUTER_HZ, abs=0.5)
    assert f"outer race {OUTER_HZ:.1f} Hz" in [text.get_text() for text in axes.texts]


def test_the_spectrum_is_logarithmic_and_keeps_a_single_line(axes: Axes, portrait: Portrait) -> None:
    draw_density(axes, portrait)
    assert axes.get_yscale() == "log"
    curve = axes.lines[0]
    assert curve.get_xdata()[np.argmax(curve.get_ydata())] == pytest.approx(3000, abs=10)
    assert axes.get_ylabel() == "density, g²/Hz"


def test_the_spectrogram_has_hertz_upwards_and_seconds_to_the_right(axes: Axes, portrait: Portrait) -> None:
    draw_spectrogram(axes, portrait)
    assert axes.images[0].get_extent() == [0.0, 4.0, 0.0, 6000.0]
    assert axes.images[0].origin == "lower"
    rows = axes.images[0].get_array()
    assert rows.mean(axis=1).argmax() == pytest.approx(rows.shape[0] / 2, abs=1)


def test_a_part_of_a_long_recording_says_so(axes: Axes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.signals.quality.survey.WHOLE", 24000)
    long = made(np.random.default_rng(0).standard_normal(96000))
    draw_envelope(axes, long)
    assert axes.get_title(loc="left") == "Squared-envelope spectrum, first 0.5 of 8 s"
    draw_outline(axes, long)
    assert axes.get_title(loc="left") == "Waveform"
    assert axes.get_xlim() == (0, 8)
    beside = new_figure(3, 2).add_axes((0.2, 0.2, 0.7, 0.7))
    draw_density(beside, long)
    assert beside.get_title(loc="left") == "Power spectrum, 2 of 8 s"


def test_without_a_rate_axes_count_samples_and_no_line_is_marked(axes: Axes) -> None:
    unknown = made(np.random.default_rng(0).standard_normal(9000), rate_hz=None, unit=None)
    draw_outline(axes, unknown)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sample", "amplitude, as recorded")
    draw_envelope(axes, unknown)
    assert axes.get_xlabel() == "frequency, cycles per sample (rate not known)"
    assert not axes.texts


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(500),
        np.full(500, np.nan),
        np.r_[np.zeros(400), np.nan, np.ones(99)],
        np.ones(64),
        np.arange(3000.0) * 1e300,
    ],
)
def test_odd_recordings_are_drawn_or_left_out(samples: np.ndarray) -> None:
    found = made(samples)
    assert found is None or inspection_figure(found, "odd\n$x$.mat")


def test_too_short_a_recording_has_no_portrait() -> None:
    assert made(np.ones(63)) is None


def test_the_sheet_needs_neither_pyplot_nor_torch() -> None:
    code = "import sys, pipeline.reporting.inspected.channel; print({'matplotlib.pyplot', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
