import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import FactError, ReadError, RequestError
from pipeline.readers.base import Reader
from pipeline.readers.choose import find_reader, read_header, read_recording, reader_named
from pipeline.readers.formats.raw import RawReader
from pipeline.signals.recording import Recording

COUNTS = np.random.default_rng(7).integers(-100, 100, size=(3, 500))


def reader(declared: str) -> RawReader:
    return RawReader.with_options(declared)


def saved(path: Path, numbers: np.ndarray, before: bytes = b"") -> Path:
    path.write_bytes(before + numbers.tobytes())
    return path


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("layout", ["interleaved", "blockwise"])
def test_what_was_stored_is_read(tmp_path: Path, kind: str, order: str, layout: str):
    stored = COUNTS.astype(np.dtype(kind).newbyteorder(order))
    path = saved(tmp_path / "x.bin", stored if layout == "blockwise" else stored.T, b"header!")
    declared = f"raw:{kind},channels=3,offset=7,order={order},layout={layout}"
    assert read_header(path, declared).names == ("c0", "c1", "c2")
    recording = read_recording(path, reader=declared)
    assert recording.samples.dtype == (np.float32 if kind == "float32" else np.float64)
    assert (recording.rate_hz, recording.units) == (None, (None, None, None))
    np.testing.assert_array_equal(recording.samples, COUNTS)
    part = read_recording(path, ["c2", "c0"], 17, 64, declared)
    np.testing.assert_array_equal(part.samples, COUNTS[[2, 0], 17:64])


def test_unsigned_numbers_stay_so(tmp_path: Path):
    path = saved(tmp_path / "x.bin", np.array([0, 65535] * 50, np.uint16))
    np.testing.assert_array_equal(reader("uint16").read(path).samples[0], [0, 65535] * 50)


def test_a_declared_scale_multiplies(tmp_path: Path):
    path = saved(tmp_path / "x.bin", np.array([-32768, 1] * 50, np.int16))
    np.testing.assert_array_equal(reader("int16,scale=0.125").read(path, stop=2).samples[0], [-4096.0, 0.125])


def test_blocks_are_the_slices_in_order(tmp_path: Path):
    path = saved(tmp_path / "x.bin", COUNTS.astype("<i2").T)
    pieces = list(reader("int16,channels=3").blocks(path, ["c1"], 90, 3, 400))
    assert [piece.shape for piece in pieces] == [(1, 90)] * 4 + [(1, 37)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1)[0], COUNTS[1, 3:400])


def test_a_size_that_does_not_fit_is_refused_with_the_numbers(tmp_path: Path):
    path = saved(tmp_path / "x.bin", np.zeros(1003, np.uint8))
    with pytest.raises(
        ReadError, match=r"1001 bytes behind an offset of 2 are 250 samples of 2 x int16 \(4 bytes\) and 1"
    ):
        reader("int16,channels=2,offset=2").header(path)
    for declared in ("int16,offset=1003", "int16,offset=5000", "float64,channels=200"):
        with pytest.raises(ReadError, match="1003 bytes hold no sample"):
            reader(declared).read(path)


def test_without_a_declaration_it_asks_for_one(tmp_path: Path):
    path = saved(tmp_path / "x.bin", COUNTS)
    for call in (RawReader().header, RawReader().read):
        with pytest.raises(
            ReadError, match=r"x\.bin: raw binary needs a declared layout, got none; write --reader raw:"
        ):
            call(path)


def test_content_never_chooses_it(tmp_path: Path):
    path = saved(tmp_path / "x.bin", COUNTS)
    assert not RawReader().can_read(path)
    with pytest.raises(ReadError, match="no reader accepts"):
        find_reader(path)
    assert find_reader(path, "raw:int64").name == "raw"


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("int12", "type: .*'int16'.*got 'int12'"),
        ("", "type: .*got ''"),
        ("int16,chanels=2", r"chanels: unknown key; did you mean 'channels'\?"),
        ("int16,channels=0", "channels: .*greater than or equal to 1, got '0'"),
        ("int16,channels=two", "channels: needs a whole number, got 'two'"),
        ("int16,offset=-1", "offset: .*got '-1'"),
        ("int16,order=middle", "order: .*'little' or 'big', got 'middle'"),
        ("int16,scale=inf", "scale: .*finite number, got 'inf'"),
        ("int16,scale=0", "scale: .*got '0'"),
        ("int16,blockwise", "blockwise: unknown key"),
    ],
)
def test_a_declaration_that_cannot_be_is_answered_in_one_line(declared: str, said: str):
    with pytest.raises(RequestError, match=said) as caught:
        reader_named(f"raw:{declared}")
    assert str(caught.value).startswith(f"raw:{declared}: ")
    assert "\n" not in str(caught.value)


def test_spaces_in_a_declaration_do_not_matter():
    named = reader_named("raw: int16, channels = 2")
    assert isinstance(named, Reader)
    assert named.layout == reader("int16,channels=2").layout


def test_a_slice_is_read_without_the_rest(tmp_path: Path):
    path = tmp_path / "long.bin"
    with path.open("wb") as file:
        file.truncate(8 * 10**9)  # a hole: nothing is stored
        file.seek(4 * 10**9)
        file.write(np.arange(1000.0).tobytes())
    reader("float64,channels=2").read(path, stop=10)
    tracemalloc.start()
    part = reader("float64,channels=2").read(path, ["c1"], 250_000_000, 250_000_500)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(part.samples[0], np.arange(1.0, 1000.0, 2.0))
    assert peak < 2**20


@pytest.mark.parametrize(
    "declared",
    [
        "int8,channels=3",
        "int16,channels=3,order=big,scale=0.5",
        "float32,channels=3,layout=blockwise",
        "float64,channels=3",
    ],
)
def test_a_written_recording_reads_back_equal(tmp_path: Path, declared: str):
    recording = Recording(COUNTS * 0.5 if "scale" in declared else COUNTS * 1.0, ("c0", "c1", "c2"))
    reader(declared).write(recording, tmp_path / "x.bin")
    np.testing.assert_array_equal(reader(declared).read(tmp_path / "x.bin").samples, recording.samples)


@pytest.mark.parametrize(
    ("declared", "recording", "said"),
    [
        ("int8", Recording(np.full((1, 100), 128.0), ("c0",)), "int8 .*cannot hold these samples"),
        ("int16", Recording(np.full((1, 100), 0.5), ("c0",)), "int16 .*cannot hold these samples"),
        ("int16", Recording(np.full((1, 100), np.nan), ("c0",)), "int16 .*cannot hold these samples"),
        ("float32", Recording(np.full((1, 100), 0.1), ("c0",)), "float32 .*cannot hold these samples"),
        ("float64", Recording(np.zeros((1, 100)), ("de",)), "channels named"),
        ("float64", Recording(np.zeros((1, 100)), ("c0",), rate_hz=100.0), "a rate of 100.0 Hz"),
        ("float64", Recording(np.zeros((1, 100)), ("c0",), units=("g",)), "units"),
        ("float64,channels=2", Recording(np.zeros((1, 100)), ("c0",)), "channels named"),
        ("float64,offset=8", Recording(np.zeros((1, 100)), ("c0",)), "without offset"),
    ],
)
def test_what_it_cannot_hold_is_refused_and_nothing_is_written(
    tmp_path: Path, declared: str, recording: Recording, said: str
):
    with pytest.raises(FactError, match=said):
        reader(declared).write(recording, tmp_path / "x.bin")
    assert not list(tmp_path.iterdir())
