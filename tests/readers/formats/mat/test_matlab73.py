import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers.choose import find_reader, read_header, read_recording
from pipeline.readers.formats.mat.matlab73 import Matlab73Reader

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


def test_hdf5_of_others_is_left_to_the_other_reader(tmp_path: Path):
    path = tmp_path / "features.h5"
    with h5py.File(path, "w") as file:
        file["x"] = TONE
    assert find_reader(path).name == "hdf5"
    with pytest.raises(ReadError, match=r"not written by MATLAB 7\.3; leave --reader out"):
        read_header(path, reader="matlab73")


def test_an_object_of_a_class_is_no_signal_but_told_with_its_class(tmp_path: Path):
    with h5py.File(tmp_path / "m.mat", "w") as file:
        put(file, "ts", np.arange(100, dtype=np.uint32)[:, None], "timeseries").attrs["MATLAB_object_decode"] = 3
    with pytest.raises(ReadError, match=r"ts \(100x1 timeseries object, whose content only MATLAB knows: save"):
        read_header(tmp_path / "m.mat")


def test_records_of_a_stack_lie_along_its_last_axis(tmp_path: Path):
    stack = np.arange(128.0 * 2 * 3).reshape(128, 2, 3)
    with h5py.File(tmp_path / "m.mat", "w") as file:
        put(file, "runs", stack)
    assert read_header(tmp_path / "m.mat").names == tuple(f"runs[{c}][{r}]" for c in range(2) for r in range(3))
    np.testing.assert_array_equal(read_recording(tmp_path / "m.mat", ["runs[1][2]"]).samples[0], stack[:, 1, 2])


def test_chunks_that_were_never_written_are_a_bomb(tmp_path: Path):
    with h5py.File(tmp_path / "m.mat", "w") as file:
        empty = file.create_dataset("x", shape=(1, 10**9), dtype="f8", chunks=(1, 2**14))
        empty.attrs["MATLAB_class"] = np.bytes_(b"double")
        empty[0, :1000] = TONE
    with pytest.raises(ReadError, match=r"131072 bytes of dataset '/x' unpack to 8 GB or more"):
        read_header(tmp_path / "m.mat")


def test_a_link_to_another_file_is_not_followed(tmp_path: Path):
    with h5py.File(tmp_path / "other.mat", "w") as file:
        put(file, "secret", TONE)
    with h5py.File(tmp_path / "m.mat", "w") as file:
        put(file, "x", TONE)
        file["out"] = h5py.ExternalLink(str(tmp_path / "other.mat"), "/secret")
    assert read_header(tmp_path / "m.mat").names == ("x",)


def test_blocks_are_the_slices_in_order(tmp_path: Path):
    with h5py.File(tmp_path / "m.mat", "w") as file:
        put(file, "x", np.stack([TONE, -TONE]))
    pieces = list(Matlab73Reader().blocks(tmp_path / "m.mat", ["x[1]", "x[0]"], 300, 50, 990))
    assert [piece.shape[1] for piece in pieces] == [300, 300, 300, 40]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), [-TONE[50:990], TONE[50:990]])


def test_a_slice_is_read_without_the_rest(tmp_path: Path):
    with h5py.File(tmp_path / "long.mat", "w") as file:
        # Eight gigabytes that the file has, as a hole of the disk, and that are never written.
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        created.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((1, 10**9))
        h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, created)
        long = file["x"]
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
