from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from pipeline.errors import ReadError
from pipeline.readers.choose import read_header, read_recording

TONE = np.sin(np.arange(1000) / 5.0)


def saved(path: Path, **variables: object) -> Path:
    savemat(path, variables)
    return path


def test_rows_columns_and_matrices_become_channels_along_their_longer_axis(tmp_path: Path):
    wide, tall = np.arange(300.0).reshape(3, 100), np.arange(300.0).reshape(100, 3)
    path = saved(tmp_path / "m.mat", wide=wide, tall=tall, row=TONE[None, :100], column=TONE[:100, None])
    header = read_header(path)
    assert header.names == ("wide[0]", "wide[1]", "wide[2]", "tall[0]", "tall[1]", "tall[2]", "row", "column")
    np.testing.assert_array_equal(read_recording(path, ["wide[1]"]).samples, wide[1:2])
    np.testing.assert_array_equal(read_recording(path, ["tall[2]", "wide[0]"]).samples, [tall[:, 2], wide[0]])


def test_lists_of_parameters_texts_complex_and_logical_arrays_are_no_signals(tmp_path: Path):
    path = saved(
        tmp_path / "m.mat",
        x=TONE,
        taps=np.ones(63),
        name="pump",
        spectrum=TONE + 1j,
        mask=TONE > 0,
        cube=np.ones((64, 2, 2)),
    )
    assert read_header(path).names == ("x",)
    assert read_recording(path).channels == ("x",)


def test_a_complex_field_is_no_signal_and_its_real_part_is_not_mistaken_for_one(tmp_path: Path):
    path = saved(tmp_path / "m.mat", test={"vib": TONE, "fft": TONE + 1j})
    assert read_header(path).names == ("test.vib",)


def test_a_complex_variable_of_format_4_is_no_signal(tmp_path: Path):
    path = tmp_path / "m.mat"
    savemat(path, {"x": TONE, "spectrum": TONE + 1j}, format="4")
    assert read_header(path).names == ("x",)


def test_integers_become_float64_and_single_stays_single(tmp_path: Path):
    counts = np.array([-32768, 32767] * 50, dtype=np.int16)
    path = saved(tmp_path / "m.mat", counts=counts, single=TONE[:100].astype(np.float32))
    assert read_recording(path, ["counts"]).samples.dtype == np.float64
    np.testing.assert_array_equal(read_recording(path, ["counts"]).samples[0], counts)
    assert read_recording(path, ["single"]).samples.dtype == np.float32


def test_channels_of_unlike_length_are_listed_but_not_read_together(tmp_path: Path):
    path = saved(tmp_path / "m.mat", i=np.arange(100), de=TONE)
    assert read_header(path).names == ("i", "de")
    with pytest.raises(ReadError, match=r"i \(100 samples at unknown Hz\), de \(1000 .*--channel"):
        read_recording(path)


def test_channels_of_unlike_rate_are_not_read_together(tmp_path: Path):
    path = saved(tmp_path / "m.mat", fast={"x": TONE, "fs": 2000.0}, slow={"x": TONE, "fs": 1000.0})
    assert [channel.rate_hz for channel in read_header(path).channels] == [2000.0, 1000.0]
    with pytest.raises(ReadError, match="unlike"):
        read_recording(path)


def test_a_struct_gives_its_rate_only_to_what_lies_in_it(tmp_path: Path):
    path = saved(tmp_path / "m.mat", test={"x": TONE, "sr": 2000.0}, loose=TONE)
    assert [channel.rate_hz for channel in read_header(path).channels] == [2000.0, None]


def test_mfpt_fields_say_shaft_speed_and_sampling_rate(tmp_path: Path):
    path = saved(tmp_path / "m.mat", bearing={"rate": 25.0, "load": "50", "gs": TONE, "sr": 48828.0})
    header = read_header(path)
    assert header.names == ("bearing.gs",)
    assert header.channels[0].rate_hz == 48828.0
    assert header.facts == {"speed_rpm": 1500.0, "load": "50"}


def test_a_bare_rate_says_nothing(tmp_path: Path):
    header = read_header(saved(tmp_path / "m.mat", x=TONE, rate=25.0))
    assert header.channels[0].rate_hz is None
    assert header.facts == {}


def test_two_speeds_in_one_file_are_no_fact(tmp_path: Path):
    assert "speed_rpm" not in read_header(saved(tmp_path / "m.mat", X098RPM=1772.0, X099RPM=1750.0, x=TONE)).facts


def test_struct_arrays_and_cells_are_numbered(tmp_path: Path):
    several = np.zeros((1, 2), dtype=[("Name", object), ("Data", object)])
    several[0, 0] = ("force", TONE[:100])
    several[0, 1] = ("vibration", TONE)
    cell = np.empty((1, 2), dtype=object)
    cell[0, 0], cell[0, 1] = TONE, "note"
    path = saved(tmp_path / "m.mat", N09={"Y": several}, cell=cell)
    assert read_header(path).names == ("N09.Y[0].Data", "N09.Y[1].Data", "cell[0]")
    np.testing.assert_array_equal(read_recording(path, ["N09.Y[1].Data"], 10, 20).samples[0], TONE[10:20])


def test_only_the_variables_asked_for_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import scipy.io

    path = saved(tmp_path / "m.mat", de=TONE, fe=TONE, RPM=1797.0)
    asked: list[str] = []
    original = scipy.io.loadmat

    def watched(file: str, *, variable_names: list[str], **options: object) -> dict[str, object]:
        asked.extend(variable_names)
        return original(file, variable_names=variable_names, **options)

    monkeypatch.setattr(scipy.io, "loadmat", watched)
    read_header(path)
    assert asked == ["RPM"]
    asked.clear()
    read_recording(path, ["fe"])
    assert sorted(asked) == ["RPM", "fe"]


def test_a_file_without_a_signal_is_told_with_what_it_holds(tmp_path: Path):
    with pytest.raises(ReadError, match=r"no signal.*taps \(1x3 double\)"):
        read_header(saved(tmp_path / "m.mat", taps=np.array([[0.1, 0.2, 0.3]])))


def test_above_two_gigabytes_the_newer_format_is_advised(tmp_path: Path):
    path = saved(tmp_path / "m.mat", x=TONE)
    with path.open("r+b") as file:
        file.truncate(2**31 + 1)  # a hole: nothing is stored
    for call in (read_header, read_recording):
        with pytest.raises(ReadError, match=r"above 2 GB.*'-v7.3'"):
            call(path)


def test_one_name_twice_is_refused(tmp_path: Path):
    first, second = saved(tmp_path / "a.mat", x=TONE).read_bytes(), saved(tmp_path / "b.mat", x=-TONE).read_bytes()
    (tmp_path / "both.mat").write_bytes(first + second[128:])
    with pytest.raises(ReadError, match="'x' twice"):
        read_header(tmp_path / "both.mat")


def flipped(path: Path, at: int, value: int) -> Path:
    raw = bytearray(path.read_bytes())
    raw[at] = value
    path.write_bytes(raw)
    return path


def test_a_tag_of_unknown_type_does_not_end_the_process(tmp_path: Path):
    path = saved(tmp_path / "m.mat", RPM=1797.0, x=TONE)
    # File header 128, tag 8, flags 16, dimensions 16, name 8: here begins the tag of the data.
    assert path.read_bytes()[176] in (9, 3)
    for value in (0, 8, 14, 82, 255):
        with pytest.raises(ReadError, match="damaged"):
            read_header(flipped(path, 176, value))


def test_a_flag_that_promises_an_imaginary_part_does_not_end_the_process(tmp_path: Path):
    path = saved(tmp_path / "m.mat", test={"x": TONE})
    raw = path.read_bytes()
    inner = raw.index(bytes([14, 0, 0, 0]), 136)  # the matrix inside the struct
    with pytest.raises(ReadError, match="damaged"):
        read_header(flipped(path, inner + 8 + 8 + 1, 0x08))


def test_big_endian_files_are_read(tmp_path: Path):
    import struct

    name, data = b"x".ljust(8, b"\x00"), TONE.astype(">f8").tobytes()
    body = struct.pack(">IIIIIIiiII", 6, 8, 6, 0, 5, 8, 1, 1000, 1, 1) + name + struct.pack(">II", 9, 8000) + data
    path = tmp_path / "m.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI" + struct.pack(">II", 14, len(body)) + body)
    recording = read_recording(path)
    assert recording.samples.dtype.isnative
    np.testing.assert_array_equal(recording.samples[0], TONE)
