import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import FactError, ReadError
from pipeline.readers.choose import read_header, read_recording
from pipeline.readers.formats import numpy_files
from pipeline.readers.formats.numpy_files import NumpyReader
from pipeline.signals.recording import Recording

TONE = np.sin(np.arange(1000) / 5.0)


def test_a_vector_is_one_channel(tmp_path: Path):
    np.save(tmp_path / "x.npy", TONE.astype(np.float32))
    recording = read_recording(tmp_path / "x.npy")
    assert recording.channels == ("c0",)
    assert recording.rate_hz is None
    assert recording.samples.dtype == np.float32


@pytest.mark.parametrize("order", ["C", "F"])
def test_time_is_the_longer_axis(tmp_path: Path, order: str):
    tall = np.asarray(np.arange(300.0).reshape(100, 3), order=order)
    np.save(tmp_path / "x.npy", tall)
    np.testing.assert_array_equal(read_recording(tmp_path / "x.npy", ["c2"], 10, 20).samples[0], tall[10:20, 2])


@pytest.mark.parametrize("dtype", ["i2", ">i4", "u1", ">f4", "f2", np.longdouble])
def test_every_real_type_becomes_a_native_float_of_the_same_value(tmp_path: Path, dtype: object):
    values = np.arange(100).astype(dtype)
    np.save(tmp_path / "x.npy", values)
    samples = read_recording(tmp_path / "x.npy").samples
    assert samples.dtype.isnative
    assert samples.dtype in (np.float16, np.float32, np.float64)
    np.testing.assert_array_equal(samples[0], np.arange(100))


def test_single_entries_of_an_archive_state_facts(tmp_path: Path):
    np.savez(tmp_path / "x.npz", vib=TONE, rate_hz=12000.0, rpm=np.array([1797]), load="2 hp", unit="g", note=3.0)
    header = read_header(tmp_path / "x.npz")
    assert header.names == ("vib",)
    assert (header.channels[0].rate_hz, header.channels[0].unit) == (12000.0, "g")
    assert header.facts == {"speed_rpm": 1797.0, "load": "2 hp"}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_rate_that_is_no_number_is_unknown(tmp_path: Path, value: float):
    np.savez(tmp_path / "x.npz", vib=TONE, fs=value)
    assert read_header(tmp_path / "x.npz").channels[0].rate_hz is None


def test_two_rates_that_differ_are_unknown(tmp_path: Path):
    np.savez(tmp_path / "x.npz", vib=TONE, fs=12000, sample_rate=48000)
    assert read_header(tmp_path / "x.npz").channels[0].rate_hz is None


class Bomb:
    """What unpickling must never run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('unpickled')",)


def test_pickled_objects_are_never_loaded(tmp_path: Path):
    bomb = np.array([Bomb()] * 100, dtype=object)
    np.save(tmp_path / "x.npy", bomb)
    np.savez(tmp_path / "only.npz", x=bomb)
    np.savez(tmp_path / "beside.npz", x=bomb, vib=TONE)
    with pytest.raises(ReadError, match=r"no signal.*the array \(100 pickled objects\)"):
        read_header(tmp_path / "x.npy")
    with pytest.raises(ReadError, match=r"no signal.*x \(100 pickled objects\)"):
        read_header(tmp_path / "only.npz")
    assert read_recording(tmp_path / "beside.npz").channels == ("vib",)


def test_complex_text_and_records_are_no_signals(tmp_path: Path):
    for values in (TONE + 1j, np.array(["a"] * 100), np.zeros(100, [("x", "f8")]), np.zeros((64, 2, 2, 2))):
        np.save(tmp_path / "x.npy", values)
        with pytest.raises(ReadError, match="no signal"):
            read_header(tmp_path / "x.npy")


def test_an_array_longer_than_its_file_is_refused(tmp_path: Path):
    path = tmp_path / "x.npy"
    np.save(path, TONE)
    path.write_bytes(path.read_bytes().replace(b"(1000,)", b"(9000,)"))
    with pytest.raises(ReadError, match="cut short or damaged"):
        read_header(path)


def test_an_entry_longer_than_its_file_is_refused_before_memory_is_taken(tmp_path: Path):
    lying = io.BytesIO()
    np.lib.format.write_array_header_1_0(lying, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", lying.getvalue() + TONE.tobytes())
    with pytest.raises(ReadError, match=r"entry 'x' promises 8\d+ bytes, it has 8\d+;"):
        read_header(tmp_path / "x.npz")


def test_a_header_of_python_2_is_refused_with_the_way_out(tmp_path: Path):
    path = tmp_path / "x.npy"
    np.save(path, TONE)
    path.write_bytes(path.read_bytes().replace(b"(1000,), } ", b"(1000L,), }"))
    with pytest.raises(ReadError, match=r"saved by Python 2; save it once more"):
        read_header(path)


def test_a_slice_is_read_without_the_rest(tmp_path: Path):
    path = tmp_path / "long.npy"
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**9,)})
        start = file.tell()
        file.truncate(start + 8 * 10**9)  # a hole: nothing is stored
        file.seek(start + 8 * (5 * 10**8))
        file.write(TONE.tobytes())
    read_recording(path, stop=10)
    tracemalloc.start()
    part = read_recording(path, start=5 * 10**8, stop=5 * 10**8 + 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(part.samples[0], TONE)
    assert peak < 2**20


def test_a_stack_is_one_channel_per_record_and_column(tmp_path: Path):
    stack = np.arange(3.0 * 2 * 500).reshape(3, 2, 500)
    np.save(tmp_path / "x.npy", stack)
    np.savez(tmp_path / "x.npz", runs=stack)
    assert read_header(tmp_path / "x.npy").names == ("c0_0", "c0_1", "c1_0", "c1_1", "c2_0", "c2_1")
    np.testing.assert_array_equal(
        read_recording(tmp_path / "x.npy", start=7, stop=9).samples, stack.reshape(6, -1)[:, 7:9]
    )
    np.testing.assert_array_equal(read_recording(tmp_path / "x.npz", ["runs[2][1]"]).samples[0], stack[2, 1])


@pytest.mark.parametrize("shape", [(500, 2, 100), (3000, 2500)])
def test_a_stack_whose_axes_could_be_mistaken_is_refused_with_its_shape(tmp_path: Path, shape: tuple[int, ...]):
    np.save(tmp_path / "x.npy", np.zeros(shape, np.int8))
    with pytest.raises(ReadError, match=rf"the array \({'x'.join(map(str, shape))} int8, .*: save"):
        read_header(tmp_path / "x.npy")


LAYOUTS = {
    "channel after channel": ((2, 10**6), "C"),
    "sample after sample": ((10**6, 2), "C"),
    "channel after channel, in columns": ((10**6, 2), "F"),
    "sample after sample, in rows": ((2, 10**6), "F"),
    "a vector": ((10**6,), "C"),
    "a stack": ((2, 3, 10**5), "C"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_entry_is_read_in_parts_without_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, packed: bool
):
    monkeypatch.setattr(numpy_files, "LOADED_BYTES", 10**5)  # so that a test need not write 64 MB
    shape, order = LAYOUTS[layout]
    stored = np.asarray(np.random.default_rng(0).integers(-9, 9, size=shape, dtype=np.int16), order=order)
    (np.savez_compressed if packed else np.savez)(tmp_path / "x.npz", x=stored)
    truth = np.moveaxis(stored, int(np.argmax(shape)), -1).reshape(-1, max(shape))
    names = read_header(tmp_path / "x.npz").names
    read_recording(tmp_path / "x.npz", stop=10)
    tracemalloc.start()
    part = read_recording(tmp_path / "x.npz", names[-1:], 70_000, 70_500)
    pieces = NumpyReader().blocks(tmp_path / "x.npz", names[::-1], 8_000, 5, 99_999)
    total = sum(float(piece.sum()) for piece in pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(part.samples[0], truth[-1, 70_000:70_500])
    assert total == truth[:, 5:99_999].sum()
    assert peak < 2 * 2**20  # skipping takes a megabyte; the file has 1 to 4
    np.testing.assert_array_equal(read_recording(tmp_path / "x.npz").samples, truth)
    np.testing.assert_array_equal(read_recording(tmp_path / "x.npz", names[::-1], 5, 99).samples, truth[::-1, 5:99])


def test_a_packed_entry_is_passed_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(numpy_files, "LOADED_BYTES", 0)
    np.savez_compressed(tmp_path / "x.npz", x=TONE[:, None] + [[0, 1]])
    opened: list[object] = []
    original = numpy_files.stream_of

    def watched(*arguments: object) -> object:
        opened.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(numpy_files, "stream_of", watched)
    pieces = list(NumpyReader().blocks(tmp_path / "x.npz", ["x[1]", "x[0]"], 100))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), [TONE + 1, TONE])
    assert len(opened) == 1


@pytest.mark.parametrize("limit", [0, 10**9])
@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_entry_is_refused_when_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, packed: bool
):
    monkeypatch.setattr(numpy_files, "LOADED_BYTES", limit)
    path = tmp_path / "x.npz"
    (np.savez_compressed if packed else np.savez)(path, x=np.random.default_rng(0).standard_normal(1000))
    whole = path.read_bytes()
    for at in range(300, len(whole) - 150, 41):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ReadError, match="damaged"):
            read_recording(path)


def test_an_entry_that_unpacks_to_absurdly_much_is_refused(tmp_path: Path):
    deflated = zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=9)
    with deflated as archive, archive.open("x.npy", "w") as entry:
        np.lib.format.write_array_header_1_0(entry, {"descr": "<f8", "fortran_order": False, "shape": (257 * 2**17,)})
        for _ in range(257):
            entry.write(bytes(2**20))
    assert (tmp_path / "x.npz").stat().st_size < 10**6
    for call in (read_header, read_recording):
        with pytest.raises(ReadError, match=r"entry 'x' unpack to 0\.269 GB or more"):
            call(tmp_path / "x.npz")


def test_a_text_of_gigabytes_is_not_loaded_for_a_fact(tmp_path: Path):
    np.savez(tmp_path / "x.npz", x=TONE, unit=np.array("g" * 10**6))
    read_header(tmp_path / "x.npz")
    tracemalloc.start()
    header = read_header(tmp_path / "x.npz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert header.channels[0].unit is None
    assert peak < 10**6


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_written_archive_reads_back_equal(tmp_path: Path, dtype: str):
    samples = np.stack([TONE, -TONE, TONE]).astype(dtype)
    samples[0, 5] = np.nan
    recording = Recording(
        samples, ("de (g)", "a.b", "a"), 51200.1, ("m/s2", None, "V"), {"speed_rpm": 1797.5, "load": "2"}
    )
    NumpyReader().write(recording, tmp_path / "x.npz")
    back = read_recording(tmp_path / "x.npz")
    assert (back.channels, back.rate_hz, back.units) == (recording.channels, recording.rate_hz, recording.units)
    assert back.facts == recording.facts
    assert back.samples.dtype == samples.dtype
    np.testing.assert_array_equal(back.samples, samples)
    with np.load(tmp_path / "x.npz") as others:
        assert others["rate_hz"] == 51200.1
        np.testing.assert_array_equal(others["a.b"], samples[1])


@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_recording_of_numbers_alone_reads_back_equal_from_npy(tmp_path: Path, n_channels: int):
    samples = np.stack([TONE * k for k in range(1, n_channels + 1)]).astype(np.float32)
    NumpyReader().write(Recording(samples, tuple(f"c{k}" for k in range(n_channels))), tmp_path / "x.npy")
    np.testing.assert_array_equal(read_recording(tmp_path / "x.npy").samples, samples)
    assert np.load(tmp_path / "x.npy").shape == (samples.shape if n_channels > 1 else (1000,))


@pytest.mark.parametrize(
    ("name", "recording", "said"),
    [
        ("x.npy", Recording(TONE[None], ("c0",), rate_hz=100.0), r"a rate of 100\.0 Hz"),
        ("x.npy", Recording(TONE[None], ("de",)), "channels named"),
        ("x.npy", Recording(TONE[None], ("c0",), units=("g",)), "units"),
        ("x.npy", Recording(np.zeros((100, 64)), tuple(f"c{k}" for k in range(100))), "channels named"),
        ("x.npz", Recording(TONE[None, :63], ("x",)), "64 samples or more"),
        ("x.npz", Recording(np.stack([TONE, TONE]), ("x", "x")), "'x' twice"),
        ("x.npz", Recording(TONE[None], ("rate_hz",), rate_hz=100.0), "keep 'rate_hz' for what is said"),
        ("x.npz", Recording(np.stack([TONE, TONE]), ("x", "x.unit")), "keep 'x.unit' for what is said"),
        ("x.npz", Recording(TONE[None], ("",)), "channels named"),
        ("x.npz", Recording(TONE[None], ("a\0b",)), "end a name at its first zero"),
    ],
)
def test_what_it_cannot_hold_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, recording: Recording, said: str
):
    with pytest.raises(FactError, match=said):
        NumpyReader().write(recording, tmp_path / name)
    assert not list(tmp_path.iterdir())
