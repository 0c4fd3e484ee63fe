"""What every registered reader owes, whatever its format. A new reader adds an example here, or the suite fails.

The files are written by independent libraries (scipy, h5py, numpy, csv); what was written is the truth.
"""

import csv
import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pyarrow
import pytest
import pyuff
import soundfile
from nptdms import ChannelObject, TdmsWriter
from pyarrow import feather, parquet
from scipy.io import savemat, wavfile

from pipeline.errors import ReadError
from pipeline.readers import READERS
from pipeline.readers.base import Header, Reader
from pipeline.readers.choose import find_reader, read_header, read_recording

RATE_HZ = 8000
SAMPLES = np.random.default_rng(7).integers(-8000, 8000, size=(2, 300)) / 64.0
"""Sixty-fourths: exact in float32 and in a few decimal digits."""


@dataclass(frozen=True)
class Example:
    """One way of writing two channels, and what a reader must find in it."""

    reader: str
    suffix: str
    write: Callable[[Path], None]
    names: tuple[str, str]
    rate_hz: float | None = None
    scale: float = 1.0
    last_row_may_be_cut: bool = False


def write_matlab_vectors(path: Path) -> None:
    savemat(path, {"X105_DE_time": SAMPLES[0][:, None], "X105_FE_time": SAMPLES[1][:, None], "X105RPM": 1797.0})


def write_matlab_struct(path: Path) -> None:
    savemat(path, {"test": {"vib": SAMPLES, "sr": float(RATE_HZ), "load": "50"}}, do_compression=True)


def write_matlab_4(path: Path) -> None:
    savemat(path, {"a": SAMPLES[0], "b": SAMPLES[1]}, format="4")


def write_matlab_73(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, stored in {"vib": SAMPLES.T, "fs": np.array([[float(RATE_HZ)]])}.items():
            file[name] = stored
            file[name].attrs["MATLAB_class"] = np.bytes_(b"double")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for name, row in zip(("vib/de", "vib/fe"), SAMPLES, strict=True):
            file[name] = row
            file[name].attrs["unit"] = "g"
        file["vib"].attrs["fs"] = RATE_HZ


def write_hdf5_packed(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=SAMPLES.T, chunks=(64, 2), compression="gzip", fletcher32=True)


def arrow_table() -> pyarrow.Table:
    table = pyarrow.table({"time_s": np.arange(SAMPLES.shape[1]) / RATE_HZ, "de": SAMPLES[0], "fe": SAMPLES[1]})
    return table.replace_schema_metadata({"room": "7"})


def write_parquet(path: Path) -> None:
    parquet.write_table(arrow_table(), path, row_group_size=70, write_page_checksum=True)


def write_feather(compression: str) -> Callable[[Path], None]:
    return lambda path: feather.write_feather(arrow_table(), str(path), compression=compression, chunksize=70)


def write_npy(path: Path) -> None:
    with path.open("wb") as file:  # given a name, NumPy would append a suffix
        np.save(file, SAMPLES)


def write_npz(path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, de=SAMPLES[0], fe=SAMPLES[1], fs=RATE_HZ)


def write_wav(dtype: str, scale: float = 1.0) -> Callable[[Path], None]:
    return lambda path: wavfile.write(path, RATE_HZ, (SAMPLES.T * scale).astype(dtype))


def write_flac(path: Path) -> None:
    with path.open("wb") as file:
        soundfile.write(file, (SAMPLES.T * 64).astype("i2"), RATE_HZ, format="FLAC", subtype="PCM_16")


def write_tdms(path: Path) -> None:
    step = {"wf_increment": 1.0 / RATE_HZ, "unit_string": "g"}
    tracks = [ChannelObject("rig", name, row, step) for name, row in zip(("de", "fe"), SAMPLES, strict=True)]
    with path.open("wb") as file, TdmsWriter(file) as writer:
        writer.write_segment(tracks)


def write_uff_text(path: Path) -> None:
    common = {"type": 58, "binary": 0, "func_type": 1, "abscissa_spacing": 1, "abscissa_spec_data_type": 17}
    common |= {"x": np.arange(SAMPLES.shape[1]) / RATE_HZ, "rsp_dir": 1, "ref_node": 0, "ref_dir": 0}
    common |= {"rsp_ent_name": "pump", "ordinate_axis_units_lab": "g", "orddenom_spec_data_type": 0}
    # Counts, because pyuff writes NaN as zero.
    sets = [common | {"rsp_node": k, "data": row * 64.0} for k, row in enumerate(SAMPLES, start=1)]
    plain = path.with_name("written.uff")  # pyuff asks for the suffix
    pyuff.UFF(str(plain)).write_sets(sets, "overwrite")
    plain.rename(path)


def write_uff_binary(path: Path) -> None:
    """By hand, big-endian and in single precision: pyuff writes neither, and leaves files open."""
    axis = f"{0:10}{0:5}{0:5}{0:5} {'NONE':20} {'NONE':20}\n"
    content = b""
    for k, row in enumerate(SAMPLES, start=1):
        content += f"    -1\n    58b{2:6}{2:6}{11:12}{4 * row.size:12}{0:6}{0:6}{0:12}{0:12}\n".encode()
        lines = "NONE\n" * 5 + f"{1:5}{0:10}{0:5}{0:10} {'pump':10}{k:10}{1:4} {'NONE':10}{0:10}{0:4}\n"
        lines += f"{2:10}{row.size:10}{1:10}{0.0:13.5E}{1 / RATE_HZ:13.5E}{0.0:13.5E}\n"
        lines += axis.replace("         0", "        17", 1) + axis * 3
        content += lines.encode() + row.astype(">f4").tobytes() + b"    -1\n"
    path.write_bytes(content)


def write_ticklog(path: Path) -> None:
    channels = "".join(f"channel = {name}; counts; 1\n" for name in ("de", "fe"))
    header = f"TickLog 1\nrate_hz = {RATE_HZ}\n{channels}[samples]\n"
    path.write_bytes(header.encode() + (SAMPLES.T * 64).astype("<i2").tobytes())


def table(delimiter: str, decimal: str = ".", end: str = "\n", header: str = "") -> bytes:
    rows = [delimiter.join(repr(float(value)).replace(".", decimal) for value in row) for row in SAMPLES.T]
    return (header + end.join(rows) + end).encode("utf-8")


def write_csv_with_time(path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Time (s)", "de (g)", "fe (g)"])
        writer.writerows([f"{k / RATE_HZ:.9f}", *SAMPLES[:, k]] for k in range(SAMPLES.shape[1]))


EXAMPLES = {
    "matlab 5": Example("matlab", ".mat", write_matlab_vectors, ("X105_DE_time", "X105_FE_time")),
    "matlab 5 struct": Example("matlab", ".mat", write_matlab_struct, ("test.vib[0]", "test.vib[1]"), RATE_HZ),
    "matlab 4": Example("matlab", ".mat", write_matlab_4, ("a", "b")),
    "matlab 7.3": Example("matlab73", ".mat", write_matlab_73, ("vib[0]", "vib[1]"), RATE_HZ),
    "hdf5": Example("hdf5", ".h5", write_hdf5, ("vib/de", "vib/fe"), RATE_HZ),
    "hdf5, packed": Example("hdf5", ".hdf5", write_hdf5_packed, ("x[0]", "x[1]")),
    "parquet": Example("arrow", ".parquet", write_parquet, ("de", "fe"), RATE_HZ),
    "feather": Example("arrow", ".feather", write_feather("uncompressed"), ("de", "fe"), RATE_HZ),
    "feather, packed": Example("arrow", ".arrow", write_feather("zstd"), ("de", "fe"), RATE_HZ),
    "npy": Example("numpy", ".npy", write_npy, ("c0", "c1")),
    "npz": Example("numpy", ".npz", write_npz, ("de", "fe"), RATE_HZ),
    "wav float": Example("wav", ".wav", write_wav("f4"), ("c0", "c1"), RATE_HZ),
    "wav counts": Example("wav", ".wav", write_wav("i2", 64.0), ("c0", "c1"), RATE_HZ, scale=64.0),
    "flac": Example("flac", ".flac", write_flac, ("c0", "c1"), RATE_HZ, scale=64.0),
    "tdms": Example("tdms", ".tdms", write_tdms, ("rig/de", "rig/fe"), RATE_HZ),
    "uff text": Example("uff", ".uff", write_uff_text, ("pump:1:+X", "pump:2:+X"), RATE_HZ, scale=64.0),
    "uff binary": Example("uff", ".uff", write_uff_binary, ("pump:1:+X", "pump:2:+X"), RATE_HZ),
    "csv with time": Example(
        "delimited", ".csv", write_csv_with_time, ("de (g)", "fe (g)"), RATE_HZ, last_row_may_be_cut=True
    ),
    "csv, European": Example(
        "delimited",
        ".csv",
        lambda path: path.write_bytes(table(";", ",", "\r\n", "\ufeffde;fe\r\n")) and None,
        ("de", "fe"),
        last_row_may_be_cut=True,
    ),
    "white space": Example(
        "delimited",
        ".txt",
        lambda path: path.write_bytes(table("   ")) and None,
        ("c0", "c1"),
        last_row_may_be_cut=True,
    ),
    "tsv, gzip": Example(
        "delimited",
        ".tsv.gz",
        lambda path: path.write_bytes(gzip.compress(table("\t", header="de\tfe\n"))) and None,
        ("de", "fe"),
    ),
}

ELSEWHERE = {
    "ticklog": Example(
        "ticklog", ".tick", write_ticklog, ("de", "fe"), RATE_HZ, scale=64.0, last_row_may_be_cut=True
    ),
}  # fmt: skip
"""Of readers of other packages, tested where these are installed: `tests/plugin_example`."""

EXAMPLES |= {name: each for name, each in ELSEWHERE.items() if each.reader in READERS}


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Example:
    return EXAMPLES[request.param]


@pytest.fixture
def written(example: Example, tmp_path: Path) -> Path:
    path = tmp_path / f"recording{example.suffix}"
    example.write(path)
    return path


def reader_of(example: Example) -> Reader:
    return READERS[example.reader]()


def test_every_registered_reader_has_an_example():
    found_by_content = {name for name, reader in READERS.items() if reader.by_content}
    assert found_by_content == {example.reader for example in EXAMPLES.values()}


def test_reader_says_its_registered_name_and_its_suffixes(example: Example):
    reader = reader_of(example)
    assert reader.name == example.reader
    assert any(example.suffix.endswith(suffix) for suffix in reader.suffixes)


def test_reading_gives_back_what_was_written(example: Example, written: Path):
    recording = reader_of(example).read(written)
    assert recording.channels == example.names
    assert recording.rate_hz == example.rate_hz
    assert recording.source == str(written)
    assert np.issubdtype(recording.samples.dtype, np.floating)
    np.testing.assert_array_equal(recording.samples, SAMPLES * example.scale)


def test_header_agrees_with_reading(example: Example, written: Path):
    header, recording = reader_of(example).header(written), reader_of(example).read(written)
    assert header.names == recording.channels
    assert {channel.n_samples for channel in header.channels} == {recording.n_samples}
    assert {channel.rate_hz for channel in header.channels} == {recording.rate_hz}
    assert tuple(channel.unit for channel in header.channels) == recording.units
    assert header.facts == recording.facts


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (0, 1), (17, 64), (299, None), (250, 1000), (64, 64), (300, None), (64, 17)]
)
def test_any_part_is_the_slice_of_the_whole(example: Example, written: Path, start: int, stop: int | None):
    part = reader_of(example).read(written, start=start, stop=stop)
    np.testing.assert_array_equal(part.samples, SAMPLES[:, start:stop] * example.scale)


def test_channels_come_in_the_order_asked(example: Example, written: Path):
    backwards = example.names[::-1]
    recording = reader_of(example).read(written, channels=backwards, start=10, stop=20)
    assert recording.channels == backwards
    np.testing.assert_array_equal(recording.samples, SAMPLES[::-1, 10:20] * example.scale)


def test_samples_are_the_callers_own(example: Example, written: Path):
    samples = reader_of(example).read(written).samples
    written.unlink()
    samples[:] = 0.0
    assert samples.flags.owndata or samples.base.flags.owndata


def test_one_reader_serves_several_threads(example: Example, written: Path):
    reader = reader_of(example)
    with ThreadPoolExecutor(4) as pool:
        for recording in pool.map(reader.read, [written] * 8):
            np.testing.assert_array_equal(recording.samples, SAMPLES * example.scale)


@pytest.mark.parametrize("suffix", ["", ".bin", ".mat", ".wav", ".csv", ".npy"])
def test_content_beats_suffix(example: Example, tmp_path: Path, suffix: str):
    path = tmp_path / f"recording{suffix}"
    example.write(path)
    assert find_reader(path).name == example.reader
    assert read_header(path).names == example.names


def test_no_other_reader_accepts_the_file(example: Example, written: Path):
    assert [name for name in READERS if READERS[name]().can_read(written)] == [example.reader]


def test_other_readers_refuse_the_file_in_one_line(example: Example, written: Path):
    for name in READERS:
        if name != example.reader and READERS[name].by_content:
            with pytest.raises(ReadError) as caught:
                read_recording(written, reader=name)
            assert "\n" not in str(caught.value)
            assert str(written) in str(caught.value)


def test_an_unknown_channel_is_answered_with_the_nearest(example: Example, written: Path):
    with pytest.raises(ReadError, match="did you mean"):
        reader_of(example).read(written, channels=[example.names[0] + "x"])


def test_parts_are_not_counted_from_the_end(example: Example, written: Path):
    with pytest.raises(ReadError, match="sample 0 or later"):
        reader_of(example).read(written, start=-10)


def test_an_empty_file_is_not_accepted(example: Example, tmp_path: Path):
    path = tmp_path / f"empty{example.suffix}"
    path.touch()
    assert not reader_of(example).can_read(path)
    with pytest.raises(ReadError, match="empty file"):
        read_header(path)


def test_a_channel_of_nothing_but_nan_is_refused(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if example.scale != 1.0:
        pytest.skip("integers hold no NaN")
    monkeypatch.setitem(globals(), "SAMPLES", np.full((2, 300), np.nan))
    path = tmp_path / f"gap{example.suffix}"
    example.write(path)
    with pytest.raises(ReadError, match="holds no number"):
        read_recording(path)


def test_a_gap_of_nan_is_read_as_stored(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if example.scale != 1.0:
        pytest.skip("integers hold no NaN")
    gapped = SAMPLES.copy()
    gapped[:, :200] = np.nan
    monkeypatch.setitem(globals(), "SAMPLES", gapped)
    path = tmp_path / f"gap{example.suffix}"
    example.write(path)
    np.testing.assert_array_equal(read_recording(path).samples, gapped)
    np.testing.assert_array_equal(read_recording(path, start=120, stop=130).samples, gapped[:, 120:130])


def assert_one_line(error: ReadError) -> None:
    assert "\n" not in str(error)


def assert_right_or_refused(path: Path, example: Example) -> None:
    """Whatever is still read of a damaged file must have been written."""
    try:
        header = read_header(path)
    except ReadError as error:
        assert_one_line(error)
        return
    for channel in header.channels:
        assert_channel_right_or_refused(path, example, header, channel.name)


def assert_channel_right_or_refused(path: Path, example: Example, header: Header, name: str) -> None:
    try:
        samples = read_recording(path, [name]).samples[0]
    except ReadError as error:
        assert_one_line(error)
        return
    assert name in example.names
    n_sure = len(samples) - example.last_row_may_be_cut
    truth = SAMPLES[example.names.index(name)] * example.scale
    np.testing.assert_array_equal(samples[:n_sure], truth[:n_sure])
    assert len(samples) == len(truth) or example.last_row_may_be_cut


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, "all but 1", "all but 9"])
def test_a_file_cut_short_is_refused_or_read_right(example: Example, written: Path, share: float | str):
    whole = written.read_bytes()
    kept = len(whole) - int(share.removeprefix("all but ")) if isinstance(share, str) else int(len(whole) * share) + 1
    written.write_bytes(whole[:kept])
    assert_right_or_refused(written, example)


def test_damage_is_answered_with_our_own_error_and_nothing_else(example: Example, written: Path):
    whole = written.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(25):
        damaged = bytearray(whole)
        # Headers are where damage confuses a parser most.
        for place in rng.integers(0, min(len(whole), rng.choice([64, 400, len(whole)])), size=3):
            damaged[place] = rng.integers(256)
        written.write_bytes(damaged)
        for call in (read_header, read_recording):
            try:
                call(written)
            except ReadError as error:
                assert_one_line(error)
