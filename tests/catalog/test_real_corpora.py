"""The manifests against the real recordings: the files are as described, and physics agrees."""

import gzip
import hashlib

import numpy as np
import pytest
from scipy.io import loadmat

from pipeline.catalog.corpora import CORPORA, check_corpus, load_corpus, tallied
from pipeline.catalog.corpora.content import known_contents
from pipeline.catalog.opening import open_row

AT_HAND = {"cwru": 111, "femto": 20, "gearbox": 4, "hit_sm": 14, "mfpt": 4}
"""Corpora of which real recordings were at hand when the manifests were written, and how many files."""


@pytest.mark.parametrize("name", AT_HAND)
def test_every_file_is_what_its_manifest_says_to_the_last_sample(real_data, name):
    checks = check_corpus(name, real_data, with_hash=True)
    differing = {check.file: check.status for check in checks if check.status not in ("ok", "missing")}
    assert differing == {}
    assert tallied(checks)["ok"] >= AT_HAND[name]
    assert tallied(checks)["n_hashed"] == len(known_contents(CORPORA[name]))


@pytest.mark.parametrize("name", AT_HAND)
def test_every_signal_opens_with_the_rate_speed_and_part_of_its_manifest(real_data, name):
    catalog = load_corpus(name, real_data)
    for row in catalog.rows[:: max(1, len(catalog) // 12)]:
        signal = open_row(row, catalog.root)
        assert signal.n_samples == row.n_samples
        assert (signal.rate_hz, signal.speed_rpm) == (row.rate_hz, row.speed_rpm)
        assert (signal.bearing, signal.labels, signal.specimen) == (row.bearing, row.labels, row.specimen)
        assert signal.origins["rate_hz"] == row.rate_from


def test_the_shipped_hashes_are_of_the_samples_that_scipy_loads(real_data):
    """An independent reader and hash: the file 97 is the publisher's, byte for byte."""
    samples = loadmat(real_data / "cwru" / "97.mat")["X097_DE_time"].ravel()
    assert known_contents(CORPORA["cwru"])["97/DE"] == hashlib.sha256(samples.astype("<f8").tobytes()).hexdigest()
    with gzip.open(real_data / "femto" / "Bearing2_1_acc_00911.csv.gz", "rt") as file:
        vertical = np.array([float(line.split(",")[5]) for line in file])
    told = known_contents(CORPORA["femto"])["Bearing2_1/00911/vertical"]
    assert told == hashlib.sha256(vertical.astype("<f8").tobytes()).hexdigest()


def test_femto_bearings_shake_more_at_the_end_of_their_lives(real_data):
    catalog = load_corpus("femto", real_data)
    for name, last in (("Bearing1_1", 2803), ("Bearing1_4", 1428), ("Bearing2_1", 911)):
        first, end = (catalog[f"{name}/{snapshot:05d}/horizontal"] for snapshot in (1, last))
        assert (first.condition["severity"], end.condition["severity"]) == (0.0, 1.0)
        before, after = (open_row(row, catalog.root).samples.std() for row in (first, end))
        assert after > 4 * before


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
