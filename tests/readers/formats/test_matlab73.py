import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers.choose import read_header, read_recording

TONE = np.sin(np.arange(1000) / 5.0)


def put(group: h5py.Group, name: str, matlab: np.ndarray, kind: str = "double") -> h5py.Dataset:
    """An array as MATLAB stores it: axes reversed, class in an attribute."""
    group[name] = matlab.T
    group[name].attrs["MATLAB_class"] = np.bytes_(kind.encode())
    return group[name]


def put_text(group: h5py.Group, name: str, text: str) -> None:
    put(group, name, np.array([[ord(letter) for letter in text]], dtype=np.uint16), "char")


def put_struct(group: h5py.Group, name: str) -> h5py.Group:
    made = group.create_group(name)
    made.attrs["MATLAB_class"] = np.bytes_(b"struct")
    return made


def test_matrices_are_turned_back_and_time_is_their_longer_axis(tmp_path: Path):
    tall, wide = np.arange(200.0).reshape(100, 2), np.arange(200.0).reshape(2, 100)
    with h5py.File(tmp_path / "m.mat", "w") as file:
        put(file, "tall", tall)
        put(file, "wide", wide)
        put(file, "square", np.arange(64.0 * 64).reshape(64, 64))
    header = read_header(tmp_path / "m.mat")
    assert header.names[-4:] == ("tall[0]", "tall[1]", "wide[0]", "wide[1]")
    both = read_recording(tmp_path / "m.mat", ["tall[1]", "wide[0]"], 10, 20).samples
    np.testing.assert_array_equal(both, [tall[10:20, 1], wide[0, 10:20]])
    np.testing.assert_array_equal(
        read_recording(tmp_path / "m.mat", ["square[1]"]).samples[0], np.arange(64) * 64.0 + 1
    )


def test_structs_state_their_facts_as_in_format_5(tmp_path: Path):
    with h5py.File(tmp_path / "m.mat", "w") as file:
        bearing = put_struct(file, "bearing")
        put(bearing, "gs", TONE[:, None])
        put(bearing, "sr", np.array([[48828.0]]))
        put(bearing, "rate", np.array([[25.0]]))
        put_text(bearing, "load", "50")
    header = read_header(tmp_path / "m.mat")
    assert [(channel.name, channel.rate_hz) for channel in header.channels] == [("bearing.gs", 48828.0)]
    assert header.facts == {"speed_rpm": 1500.0, "load": "50"}


def test_cells_and_struct_arrays_are_followed_through_their_references(tmp_path: Path):
    with h5py.File(tmp_path / "m.mat", "w") as file:
        refs = file.create_group("#refs#")
        put(refs, "a", TONE[:100, None])
        put(refs, "b", TONE[:, None])
        put_text(refs, "c", "force")
        references = {name: refs[name].ref for name in "abc"}
        cell = file.create_dataset("cell", data=np.array([[references["c"]], [references["b"]]], h5py.ref_dtype))
        cell.attrs["MATLAB_class"] = np.bytes_(b"cell")
        several = put_struct(put_struct(file, "N09"), "Y")
        several.create_dataset("Data", data=np.array([[references["a"]], [references["b"]]], h5py.ref_dtype))
        several.create_dataset("Name", data=np.array([[references["c"]], [references["c"]]], h5py.ref_dtype))
    assert read_header(tmp_path / "m.mat").names == ("N09.Y[0].Data", "N09.Y[1].Data", "cell[1]")
    np.testing.assert_array_equal(read_recording(tmp_path / "m.mat", ["N09.Y[1].Data"], 5, 9).samples[0], TONE[5:9])


def test_logical_empty_sparse_and_complex_arrays_are_no_signals(tmp_path: Path):
    with h5py.File(tmp_path / "m.mat", "w") as file:
        put(file, "x", TONE[:, None])
        put(file, "mask", (TONE[:, None] > 0).astype(np.uint8), "logical")
        put(file, "nothing", np.array([[0], [0]], dtype=np.uint64)).attrs["MATLAB_empty"] = 1
        complex_type = np.dtype([("real", "f8"), ("imag", "f8")])
        put(file, "spectrum", np.zeros((100, 1), complex_type))
        sparse = put_struct(file, "sparse")
        sparse.attrs["MATLAB_sparse"] = 100
        put(sparse, "data", TONE[:, None])
    assert read_header(tmp_path / "m.mat").names == ("x",)


def test_hdf5_of_others_is_refused_with_advice(tmp_path: Path):
    path = tmp_path / "features.h5"
    with h5py.File(path, "w") as file:
        file["x"] = TONE
    with pytest.raises(ReadError, match=r"HDF5 that MATLAB did not write cannot be read yet; export"):
        read_header(path)
    with pytest.raises(ReadError, match=r"not written by MATLAB 7\.3.*save the signal as \.npy"):
        read_header(path, reader="matlab73")


def test_a_slice_is_read_without_the_rest(tmp_path: Path):
    with h5py.File(tmp_path / "long.mat", "w") as file:
        # Eight gigabytes that are never written: chunks that do not exist read as zero.
        long = file.create_dataset("x", shape=(1, 10**9), dtype="f8", chunks=(1, 2**14))
        long.attrs["MATLAB_class"] = np.bytes_(b"double")
        long[0, 5 * 10**8 : 5 * 10**8 + 1000] = TONE
    read_recording(tmp_path / "long.mat", stop=10)
    tracemalloc.start()
    part = read_recording(tmp_path / "long.mat", start=5 * 10**8, stop=5 * 10**8 + 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read_header(tmp_path / "long.mat").channels[0].n_samples == 10**9
    np.testing.assert_array_equal(part.samples[0], TONE)
    assert peak < 2**20
