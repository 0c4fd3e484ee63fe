"""The public recordings at hand, against scipy, h5py and the standard library."""

import csv
import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import loadmat, wavfile, whosmat

from pipeline.errors import ReadError
from pipeline.readers.choose import find_reader, read_header, read_recording


def test_every_cwru_file_lists_its_vectors_and_gives_them_as_scipy_does(real_data: Path):
    paths = sorted((real_data / "cwru").glob("*.mat"))
    assert len(paths) == 111
    for path in paths:
        truth = {name: value.ravel() for name, value in loadmat(path).items() if not name.startswith("__")}
        header = read_header(path)
        assert {channel.name: channel.n_samples for channel in header.channels} == {
            name: value.size for name, value in truth.items() if value.size > 1
        }
        speeds = [value[0] for name, value in truth.items() if name.endswith("RPM")]
        assert [header.facts[name] for name in header.facts] == speeds
        vibration = tuple(name for name in header.names if name.endswith("_time"))
        recording = read_recording(path, vibration)
        assert recording.rate_hz is None
        np.testing.assert_array_equal(recording.samples, [truth[name] for name in vibration])


def test_the_long_integers_in_278_are_listed_beside_the_vibration(real_data: Path):
    header = read_header(real_data / "cwru" / "278.mat")
    assert header.channels[0].name == "i"
    assert header.channels[0].n_samples == 10000
    assert header.names[1:] == ("X278_DE_time", "X278_FE_time", "X278_BA_time")


def test_174_says_the_names_it_holds_and_97_its_length(real_data: Path):
    assert read_header(real_data / "cwru" / "174.mat").names == ("X173_DE_time", "X173_FE_time")
    assert {channel.n_samples for channel in read_header(real_data / "cwru" / "97.mat").channels} == {243938}


def test_every_hit_sm_file_is_one_channel_whatever_its_name(real_data: Path):
    paths = sorted((real_data / "hit_sm").glob("*.mat"))
    assert len(paths) == 14
    for path in paths:
        ((name, _, _),) = whosmat(str(path))
        recording = read_recording(path)
        assert recording.channels == (name,)
        assert recording.n_samples == 262144
        np.testing.assert_array_equal(recording.samples[0], loadmat(path)[name].ravel())


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("InnerRaceFault_vload_1", "0"),
        ("InnerRaceFault_vload_5", "200"),
        ("OuterRaceFault_vload_1", "25"),
        ("OuterRaceFault_vload_5", "200"),
    ],
)
def test_every_mfpt_file_says_rate_speed_and_load(real_data: Path, name: str, load: str):
    path = real_data / "mfpt" / f"{name}.mat"
    recording = read_recording(path)
    assert (recording.channels, recording.rate_hz) == (("bearing.gs",), 48828.0)
    stated = {"bpfo_hz": 81.125, "bpfi_hz": 118.875, "ftf_hz": 14.8375, "bsf_hz": 63.91}
    assert recording.facts == {"speed_rpm": 1500.0, "load": load} | stated
    np.testing.assert_array_equal(recording.samples[0], loadmat(path, simplify_cells=True)["bearing"]["gs"])


def test_the_struct_in_7_3_is_read_as_the_same_struct_in_5(real_data: Path):
    path = real_data / "odd" / "mfpt_outer_vload_2_1s_v73.mat"
    recording = read_recording(path)
    assert (recording.channels, recording.rate_hz) == (("bearing.gs",), 48828.0)
    assert recording.facts == {"speed_rpm": 1500.0, "load": "50"}
    with h5py.File(path) as file:
        np.testing.assert_array_equal(recording.samples, file["bearing/gs"][()])


def test_a_7_3_file_of_nine_numbers_holds_no_signal(real_data: Path):
    with pytest.raises(ReadError, match=r"no signal.*testdouble \(1x9 double\)"):
        read_header(real_data / "odd" / "testhdf5_7.4_GLNX86.mat")


def rows_of(path: Path, delimiter: str) -> list[list[str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_every_gearbox_file_is_four_named_channels(real_data: Path):
    paths = sorted((real_data / "spectraquest_gearbox").glob("*.csv.gz"))
    assert len(paths) == 4
    for path in paths:
        names, *rows = rows_of(path, ",")
        recording = read_recording(path)
        assert list(recording.channels) == names == ["a1", "a2", "a3", "a4"]
        assert recording.rate_hz is None
        np.testing.assert_array_equal(recording.samples, np.array(rows, dtype=float).T)


def test_every_femto_file_is_six_plain_columns_without_a_rate(real_data: Path):
    paths = sorted((real_data / "femto").iterdir())
    assert len(paths) == 20
    for path in paths:
        rows = rows_of(path, ";" if "Bearing1_4" in path.name else ",")
        recording = read_recording(path)
        assert recording.channels == ("c0", "c1", "c2", "c3", "c4", "c5")
        assert recording.rate_hz is None
        assert recording.n_samples == 2560
        np.testing.assert_array_equal(recording.samples, np.array(rows, dtype=float).T)


def test_decimal_commas_a_byte_order_mark_and_crlf_change_no_number(real_data: Path):
    european = read_recording(real_data / "odd" / "gearbox_h30hz0_first4000_decimal_comma.csv")
    original = read_recording(real_data / "spectraquest_gearbox" / "h30hz0.csv.gz", stop=4000)
    assert european.channels == original.channels
    np.testing.assert_array_equal(european.samples, original.samples)


def test_a_wav_keeps_its_counts(real_data: Path):
    path = real_data / "odd" / "exercise_bike_5s_15s.wav"
    rate_hz, counts = wavfile.read(path)
    recording = read_recording(path)
    assert recording.rate_hz == rate_hz == 16000
    np.testing.assert_array_equal(recording.samples[0], counts)


def test_every_file_at_hand_is_read_or_refused_in_one_line(real_data: Path):
    for path in sorted(real_data.rglob("*.*")):
        try:
            find_reader(path).header(path)
        except ReadError as error:
            told = str(error)
        else:
            continue
        assert str(path) in told
        assert "\n" not in told
