import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from pipeline.errors import FactError, ReadError
from pipeline.readers.choose import read_header, read_recording
from pipeline.readers.formats.mat import loading
from pipeline.readers.formats.mat.matlab import MatlabReader
from pipeline.signals.recording import Recording

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
        tesseract=np.ones((64, 2, 2, 2)),
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


def test_only_facts_and_structs_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import scipy.io

    path = saved(tmp_path / "m.mat", de=TONE, fe=TONE, RPM=1797.0, test={"x": TONE})
    asked: list[str] = []
    original = scipy.io.loadmat

    def watched(file: str, *, variable_names: list[str], **options: object) -> dict[str, object]:
        asked.extend(variable_names)
        return original(file, variable_names=variable_names, **options)

    monkeypatch.setattr(scipy.io, "loadmat", watched)
    for call in (read_header, lambda path: read_recording(path, ["fe"])):
        asked.clear()
        call(path)
        assert sorted(asked) == ["RPM", "test"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_part_is_read_without_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool):
    monkeypatch.setattr(loading, "LOADED_BYTES", 10**5)  # so that a test need not write 64 MB
    long = np.random.default_rng(0).integers(-9, 9, size=(10**6, 2), dtype=np.int16)  # 4 MB
    savemat(tmp_path / "m.mat", {"x": long, "RPM": 1797.0}, do_compression=packed)
    read_recording(tmp_path / "m.mat", stop=10)
    tracemalloc.start()
    part = read_recording(tmp_path / "m.mat", ["x[1]"], 700_000, 700_500)
    pieces = MatlabReader().blocks(tmp_path / "m.mat", ["x[1]", "x[0]"], 10_000, 5, 999_999)
    total = sum(float(piece.sum()) for piece in pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(part.samples[0], long[700_000:700_500, 1])
    assert total == long[5:999_999].sum()
    assert peak < 3 * 2**20
    np.testing.assert_array_equal(read_recording(tmp_path / "m.mat").samples, long.T)


@pytest.mark.parametrize("limit", [0, 10**9])
def test_a_damaged_packed_variable_is_refused_when_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
):
    monkeypatch.setattr(loading, "LOADED_BYTES", limit)
    savemat(tmp_path / "m.mat", {"x": np.random.default_rng(0).standard_normal(1000)}, do_compression=True)
    whole = (tmp_path / "m.mat").read_bytes()
    refused = 0
    for at in range(200, len(whole), 40):
        (tmp_path / "m.mat").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ReadError, match="damaged"):
            read_recording(tmp_path / "m.mat")
        refused += 1
    assert refused > 100


def packed_variable(n_samples: int, n_said: int | None = None) -> bytes:
    """A compressed variable x of zeros; its tag may lie about the length."""
    n_said = 8 * n_samples if n_said is None else n_said
    array = struct.pack("<IIIIIIiiHHIII", 6, 8, 6, 0, 5, 8, n_said // 8, 1, 1, 1, ord("x"), 9, n_said)
    packer = zlib.compressobj(9)
    data = packer.compress(struct.pack("<II", 14, len(array) + n_said) + array)
    for _ in range(0, 8 * n_samples, 2**20):
        data += packer.compress(bytes(min(2**20, 8 * n_samples)))
    return data + packer.flush()


def write_variables(path: Path, *variables: bytes) -> Path:
    tags = [struct.pack("<II", 15, len(variable)) + variable for variable in variables]
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + b"".join(tags))
    return path


def test_a_variable_packed_by_hand_is_read(tmp_path: Path):
    recording = read_recording(write_variables(tmp_path / "m.mat", packed_variable(2**17)))
    np.testing.assert_array_equal(recording.samples, np.zeros((1, 2**17)))


def test_a_variable_that_unpacks_to_absurdly_much_is_refused(tmp_path: Path):
    bomb = packed_variable(2**17, 2**29)
    assert len(bomb) < 2**20
    for call in (read_header, read_recording):
        with pytest.raises(ReadError, match=r"the variable at byte 128 unpack to 0\.537 GB or more"):
            call(write_variables(tmp_path / "m.mat", bomb))


@pytest.mark.parametrize("n_said", [8000, 8 * 2**20])
def test_a_variable_that_unpacks_to_another_length_is_refused_before_memory_is_taken(tmp_path: Path, n_said: int):
    path = write_variables(tmp_path / "m.mat", packed_variable(2**18, n_said))
    tracemalloc.start()
    with pytest.raises(ReadError, match=r"promises \d+ bytes, it unpacks to (more|\d+)"):
        read_recording(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_a_cell_of_more_elements_than_it_holds_is_refused_before_memory_is_taken(tmp_path: Path):
    body = struct.pack("<IIIIIIiiHHI", 6, 8, 1, 0, 5, 8, 10**9, 1, 1, 1, ord("c"))
    path = tmp_path / "m.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 14, len(body)) + body)
    with pytest.raises(ReadError, match="damaged, the array at byte 136"):
        read_header(path)


def opaque(name: bytes, kind: bytes) -> bytes:
    """An object as MATLAB stores it: flags, name, type system, class, and numbers that point into hidden data."""
    texts = b"".join(struct.pack("<II", 1, len(text)) + text + bytes(-len(text) % 8) for text in (name, b"MCOS", kind))
    numbers = np.arange(100, dtype="<u4").tobytes()
    array = struct.pack("<IIIIIIiiII", 6, 8, 13, 0, 5, 8, 100, 1, 1, 0) + struct.pack("<II", 6, 400) + numbers
    body = struct.pack("<IIII", 6, 8, 17, 0) + texts + struct.pack("<II", 14, len(array)) + array
    return struct.pack("<II", 14, len(body)) + body


def test_an_object_of_a_class_is_no_signal_but_told_with_its_class(tmp_path: Path):
    path = saved(tmp_path / "m.mat", taps=[1.0])
    with path.open("ab") as file:
        file.write(opaque(b"ts", b"timeseries") + opaque(b"tab", b"table"))
    with pytest.raises(
        ReadError, match=r"ts \(.*object of class timeseries, whose content only.*tab \(.*class table.*: save plain"
    ):
        read_header(path)


def test_records_of_a_stack_lie_along_its_last_axis(tmp_path: Path):
    stack = np.arange(128.0 * 2 * 3).reshape(128, 2, 3)
    path = saved(tmp_path / "m.mat", runs=stack, test={"runs": -stack})
    names = [f"runs[{column}][{record}]" for column in range(2) for record in range(3)]
    assert read_header(path).names == (*names, *(f"test.{name}" for name in names))
    np.testing.assert_array_equal(
        read_recording(path, ["runs[1][2]", "test.runs[1][2]"]).samples, [stack[:, 1, 2], -stack[:, 1, 2]]
    )


def test_a_matrix_of_a_record_per_column_is_listed_and_read_quickly(tmp_path: Path):
    matrix = np.arange(3600.0 * 936).reshape(3600, 936)
    path = saved(tmp_path / "m.mat", vibration=matrix)
    started = time.perf_counter()
    recording = read_recording(path)
    assert time.perf_counter() - started < 3.0
    np.testing.assert_array_equal(recording.samples, matrix.T)
    np.testing.assert_array_equal(read_recording(path, ["vibration[935]"], 10, 20).samples[0], matrix[10:20, 935])


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


@pytest.mark.parametrize("packed", [False, True])
def test_repeated_names_are_numbered(tmp_path: Path, packed: bool):
    parts = []
    for k, name in enumerate("axb"):
        values = {"x": TONE * (k + 1), "RPM": 100.0 * k, "test": {name: TONE * (k + 5)}}
        savemat(tmp_path / f"{k}.mat", values, do_compression=packed)
        parts.append((tmp_path / f"{k}.mat").read_bytes())
    path = tmp_path / "all.mat"
    path.write_bytes(parts[0] + parts[1][128:] + parts[2][128:])
    header = read_header(path)
    assert header.names == ("x", "test.a", "x#2", "test#2.x", "x#3", "test#3.b")
    assert header.facts == {}  # three speeds
    recording = read_recording(path, ["x#3", "x", "test#2.x", "x#2", "test.a"], 10, 20)
    np.testing.assert_array_equal(recording.samples, [TONE[10:20] * k for k in (3, 1, 6, 2, 5)])


def test_one_name_twice_in_format_4_is_refused(tmp_path: Path):
    savemat(tmp_path / "a.mat", {"x": TONE}, format="4")
    (tmp_path / "both.mat").write_bytes((tmp_path / "a.mat").read_bytes() * 2)
    with pytest.raises(ReadError, match="'x' twice"):
        read_header(tmp_path / "both.mat")


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_written_recording_reads_back_equal(tmp_path: Path, dtype: str):
    samples = np.stack([TONE, -TONE]).astype(dtype)
    samples[0, 5] = np.nan
    recording = Recording(samples, ("DE_time", "fe2"), 51200.1, ("m/s2", "m/s2"), {"speed_rpm": 1797.5, "load": "2"})
    MatlabReader().write(recording, tmp_path / "x.mat")
    back = read_recording(tmp_path / "x.mat")
    assert (back.channels, back.rate_hz, back.units) == (recording.channels, recording.rate_hz, recording.units)
    assert back.facts == recording.facts
    np.testing.assert_array_equal(back.samples, samples)
    np.testing.assert_array_equal(loadmat(tmp_path / "x.mat")["fe2"][:, 0], samples[1])


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        (Recording(TONE[None], ("de (g)",)), r"letters, digits and _.*got channel 'de \(g\)'"),
        (Recording(TONE[None], ("_x",)), "got channel '_x'"),
        (Recording(TONE[None], ("x" * 64,)), "got channel 'xxxx"),
        (Recording(TONE[None], ("fs",), rate_hz=100.0), "'fs'.* are taken"),
        (Recording(np.stack([TONE, TONE]), ("x", "x")), "'x' twice"),
        (Recording(np.stack([TONE, TONE]), ("x", "y"), units=("g", None)), "one unit for all"),
        (Recording(TONE[None, :63], ("x",)), "64 samples or more"),
    ],
)
def test_what_it_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path, recording: Recording, said: str):
    with pytest.raises(FactError, match=said):
        MatlabReader().write(recording, tmp_path / "x.mat")
    assert not list(tmp_path.iterdir())


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
    name, data = b"x".ljust(8, b"\x00"), TONE.astype(">f8").tobytes()
    body = struct.pack(">IIIIIIiiII", 6, 8, 6, 0, 5, 8, 1, 1000, 1, 1) + name + struct.pack(">II", 9, 8000) + data
    path = tmp_path / "m.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI" + struct.pack(">II", 14, len(body)) + body)
    recording = read_recording(path)
    assert recording.samples.dtype.isnative
    np.testing.assert_array_equal(recording.samples[0], TONE)
