"""The odd files at hand, one by one: read with the right length, rate and unit, or refused with the reason."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers.choose import find_reader, read_header, read_recording

READ = {
    # file: reader, channels, samples, rate, unit
    "DAQ-sim.tdms": ("tdms", 3, 3240, 100.0, "Volts"),
    "Sample_UFF58b_bin.uff": ("uff", 1, 79292, 65536.0, "Pa"),
    "binary8byte.uff": ("uff", 1, 250, 100.0, "g"),
    "time-history-not-all-columns-filled.uff": ("uff", 1, 13, 20000.0, "m/s²"),
    "cwru_130_first_5s.flac": ("flac", 2, 60000, 12000.0, None),
    "exercise_bike_5s_15s.wav": ("wav", 1, 160000, 16000.0, None),
    "gearbox_h30hz0_first20000.parquet": ("arrow", 4, 20000, None, None),
    "gearbox_h30hz0_first4000_decimal_comma.csv": ("delimited", 4, 4000, None, None),
    "mfpt_outer_vload_2_1s_v73.mat": ("matlab73", 1, 48828, 48828.0, None),
}

REFUSED = {
    "dataset_milestone_in_header.uff": r"promises 2508876 values in 553 bytes; cut short\?",
    "non_ascii_header.uff": r"without a time signal.*a frequency response, not a time signal",
    "sample_dataset58_psd.uff": r"without a time signal.*a power spectral density, not a time signal",
    "1858.uff": r"without a time signal.*set 1858",
    "TestLab_161_164_18_15_82.uff": r"without a time signal.*set 151 .*set 164 .*set 18 .*set 15 .*set 82 ",
    "test.ide": r"IDE, the EBML format of enDAQ recorders, cannot be read; export it",
    "testhdf5_7.4_GLNX86.mat": r"no signal; needed .* 64 samples or more",
}


def test_the_table_holds_every_odd_file(real_data: Path):
    assert {path.name for path in (real_data / "odd").iterdir()} == set(READ) | set(REFUSED)
    assert len(READ) + len(REFUSED) == 16


@pytest.mark.parametrize("name", READ)
def test_right_files_are_read_with_length_rate_and_unit(real_data: Path, name: str):
    reader, n_channels, n_samples, rate_hz, unit = READ[name]
    path = real_data / "odd" / name
    assert find_reader(path).name == reader
    header, recording = read_header(path), read_recording(path)
    assert recording.samples.shape == (n_channels, n_samples)
    assert (recording.rate_hz, set(recording.units)) == (rate_hz, {unit})
    assert header.names == recording.channels
    np.testing.assert_array_equal(read_recording(path, start=5, stop=11).samples, recording.samples[:, 5:11])


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_files_are_refused_with_the_reason(real_data: Path, name: str):
    path = real_data / "odd" / name
    for call in (read_header, read_recording):
        with pytest.raises(ReadError, match=REFUSED[name]) as caught:
            call(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


def test_parquet_and_csv_hold_the_same_rows_of_one_recording(real_data: Path):
    rows = read_recording(real_data / "odd" / "gearbox_h30hz0_first20000.parquet")
    table = read_recording(real_data / "odd" / "gearbox_h30hz0_first4000_decimal_comma.csv")
    assert rows.channels == table.channels == ("a1", "a2", "a3", "a4")
    np.testing.assert_array_equal(rows.samples[:, :4000], table.samples.astype(np.float32))
