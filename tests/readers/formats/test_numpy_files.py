import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers.choose import read_header, read_recording

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
    for values in (TONE + 1j, np.array(["a"] * 100), np.zeros(100, [("x", "f8")]), np.zeros((64, 2, 2))):
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
