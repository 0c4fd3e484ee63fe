"""The manifests against the real recordings: the files are as described, and physics agrees."""

import numpy as np
import pytest

from pipeline.catalog.corpora import CORPORA, check_corpus, load_corpus
from pipeline.catalog.opening import open_row


@pytest.mark.parametrize("name", CORPORA)
def test_every_file_is_what_its_manifest_says(real_data, name):
    differing = {check.file: check.status for check in check_corpus(name, real_data) if check.status != "ok"}
    assert differing == {}


@pytest.mark.parametrize("name", CORPORA)
def test_every_signal_opens_with_the_rate_speed_and_part_of_its_manifest(real_data, name):
    catalog = load_corpus(name, real_data)
    for row in catalog.rows[:: max(1, len(catalog) // 12)]:
        signal = open_row(row, catalog.root)
        assert signal.n_samples == row.n_samples
        assert (signal.rate_hz, signal.speed_rpm) == (row.rate_hz, row.speed_rpm)
        assert (signal.bearing, signal.labels, signal.specimen) == (row.bearing, row.labels, row.specimen)
        assert signal.origins["rate_hz"] == row.rate_from


def spectrum(signal):
    """Magnitude and frequency in Hz."""
    samples = signal.samples[0] - signal.samples[0].mean()
    count = 1 << 20
    magnitude = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), count))
    return magnitude, np.arange(len(magnitude)) * signal.rate_hz / count


def line_db(magnitude, hz, at_hz):
    """Height of the strongest line within 0.1 Hz, over the median of 6 Hz to either side."""
    around = np.median(magnitude[np.abs(hz - at_hz) < 6])
    return 20 * np.log10(magnitude[np.abs(hz - at_hz) < 0.1].max() / around)


def shaft_rpm(signal):
    """The speed whose first ten harmonics stand out most; bins are 0.7 rpm wide at the first, 0.07 at the tenth."""
    magnitude, hz = spectrum(signal)
    around = [np.median(magnitude[np.abs(hz - 29.2 * order) < 6]) for order in range(1, 11)]
    speeds = np.arange(1700, 1810, 0.2)
    score = sum(
        np.log(np.interp(order * speeds / 60, hz, magnitude) / background)
        for order, background in enumerate(around, start=1)
    )
    return speeds[np.argmax(score)]


@pytest.mark.parametrize("signal", ["279/DE", "279/FE", "158/DE", "158/FE"])
def test_cwru_corrected_speeds_are_those_of_the_shaft_lines(real_data, signal):
    catalog = load_corpus("cwru", real_data)
    row = catalog[signal]
    assert shaft_rpm(open_row(row, catalog.root)) == pytest.approx(row.speed_rpm, abs=0.5)


@pytest.mark.parametrize("end", ["DE", "FE"])
def test_cwru_97_has_its_shaft_line_where_48_khz_puts_it(real_data, end):
    catalog = load_corpus("cwru", real_data)
    magnitude, hz = spectrum(open_row(catalog[f"97/{end}"], catalog.root))
    assert line_db(magnitude, hz, 29.93) > 15
    assert line_db(magnitude, hz, 29.93 / 4) < 12  # where a rate of 12 kHz would put the shaft line


def test_cwru_189_hears_one_end_twice(real_data):
    from pipeline.readers.choose import read_recording

    samples = read_recording(real_data / "cwru" / "189.mat").samples
    assert np.corrcoef(samples)[0, 1] == pytest.approx(1.0, abs=1e-12)


def test_the_gearbox_shaft_line_is_where_the_inferred_rate_puts_it(real_data):
    catalog = load_corpus("gearbox", real_data)
    magnitude, hz = spectrum(open_row(catalog["h30hz0/a1"], catalog.root))
    near = (hz > 25) & (hz < 35)
    assert hz[near][np.argmax(magnitude[near])] == pytest.approx(30, abs=0.5)
