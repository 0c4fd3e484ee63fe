import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipeline.errors import FactError, ReadError
from pipeline.readers.formats.hdf5 import Hdf5Reader
from pipeline.signals.recording import Recording

TONE = np.sin(np.arange(1000) / 5.0)
READER = Hdf5Reader()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recording.h5"


def test_datasets_are_named_by_their_path_and_columns_by_their_number(path: Path):
    both = np.stack([TONE, -TONE], axis=1)
    with h5py.File(path, "w") as file:
        file["machine1/vib/x"] = both
        file["machine1/name"] = "pump"
        file["z"] = TONE.astype("f4")
    assert READER.header(path).names == ("machine1/vib/x[0]", "machine1/vib/x[1]", "z")
    recording = READER.read(path, ["machine1/vib/x[1]", "machine1/vib/x[0]"], 10, 20)
    np.testing.assert_array_equal(recording.samples, both.T[::-1, 10:20])
    assert READER.read(path, ["z"]).samples.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fs", 12000),
        ("Fs", np.array([12000.0])),
        ("sampling_rate", np.int16(12000)),
        ("sample_rate_hz", 12000.0),
        ("dt", 1 / 12000),
        ("increment", np.float64(1 / 12000)),
    ],
)
@pytest.mark.parametrize("place", ["machine1/vib/x", "machine1/vib", "machine1", "/"])
def test_a_rate_attached_to_the_dataset_or_any_group_around_it_is_its_rate(
    path: Path, place: str, name: str, value: object
):
    with h5py.File(path, "w") as file:
        file["machine1/vib/x"] = TONE
        file["machine2/x"] = TONE
        file[place].attrs[name] = value
    x, other = READER.header(path).channels
    assert x.rate_hz == 12000.0
    assert other.rate_hz == (12000.0 if place == "/" else None)


def test_the_nearest_statement_wins(path: Path):
    with h5py.File(path, "w") as file:
        file["a/x"], file["a/y"] = TONE, TONE
        file.attrs.update({"fs": 1000.0, "units": "V"})
        file["a"].attrs.update({"fs": 2000.0})
        file["a/x"].attrs.update({"fs": 3000.0, "unit": np.bytes_(b"m/s2")})
    x, y = READER.header(path).channels
    assert (x.rate_hz, x.unit, y.rate_hz, y.unit) == (3000.0, "m/s2", 2000.0, "V")


def test_single_numbers_beside_a_signal_state_facts_too(path: Path):
    with h5py.File(path, "w") as file:
        file["run/x"], file["run/fs"], file["run/rpm"], file["run/load"] = TONE, [[25600]], 1797, "2 hp"
    header = READER.header(path)
    assert header.channels[0].rate_hz == 25600.0
    assert header.facts == {"speed_rpm": 1797.0, "load": "2 hp"}


def test_each_run_of_a_file_has_its_own_speed_and_together_they_have_none(path: Path):
    with h5py.File(path, "w") as file:
        for run, speed in {"slow": 600.0, "fast": 1200.0}.items():
            file[f"{run}/x"] = TONE
            file[run].attrs["rpm"] = speed
    assert READER.header(path).facts == {}
    assert READER.read(path, ["slow/x"]).facts == {"speed_rpm": 600.0}
    assert READER.read(path, ["fast/x"]).facts == {"speed_rpm": 1200.0}


def test_fields_of_a_table_are_channels(path: Path):
    table = np.zeros(100, [("t", "f8"), ("acc", "<f4", 3), ("in", [("q", ">i2"), ("tag", "S3")]), ("ok", "?")])
    table["acc"] = np.arange(300).reshape(100, 3)
    table["in"]["q"] = np.arange(100)
    with h5py.File(path, "w") as file:
        file["log"] = table
        file["log"].attrs["fs"] = 500.0
    header = READER.header(path)
    assert header.names == ("log/t", "log/acc[0]", "log/acc[1]", "log/acc[2]", "log/in/q")
    assert {channel.rate_hz for channel in header.channels} == {500.0}
    recording = READER.read(path, ["log/in/q", "log/acc[2]"], 20, 30)
    np.testing.assert_array_equal(recording.samples, [np.arange(20, 30), table["acc"][20:30, 2]])


def test_a_table_of_one_row_states_facts(path: Path):
    with h5py.File(path, "w") as file:
        file["run/x"] = TONE
        file["run/fs"] = 8000.0
        file["meta"] = np.array([(1500.0, b"lab")], [("rpm", "f8"), ("room", "S3")])
    assert READER.header(path).facts == {"speed_rpm": 1500.0}


def test_a_stack_is_one_channel_per_record_and_column(path: Path):
    stack = np.arange(3.0 * 2 * 500).reshape(3, 2, 500)
    with h5py.File(path, "w") as file:
        file["runs"] = stack
    names = tuple(f"runs[{record}][{column}]" for record in range(3) for column in range(2))
    recording = READER.read(path, start=7, stop=99)
    assert recording.channels == names
    np.testing.assert_array_equal(recording.samples, stack.reshape(6, 500)[:, 7:99])


@pytest.mark.parametrize(
    ("shape", "said"), [((900, 2, 512), "may count samples or records"), ((5000, 4000), "4000 channels")]
)
def test_axes_that_could_be_mistaken_are_refused_with_the_shape(path: Path, shape: tuple[int, ...], said: str):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.broadcast_to(np.int8(1), shape), dtype="i1")
    with pytest.raises(ReadError, match=f"{'x'.join(map(str, shape))} int8, .*{said}.*: save"):
        READER.header(path)


def test_texts_flags_complex_numbers_references_and_short_lists_are_no_signals(path: Path):
    with h5py.File(path, "w") as file:
        file["x"] = TONE
        file["flags"] = TONE > 0
        file["spectrum"] = TONE + 1j
        file["names"] = ["a"] * 100
        file["bytes"] = np.array([b"a"] * 100)
        file["taps"] = np.ones(63)
        file["states"] = np.zeros(100, h5py.enum_dtype({"off": 0, "on": 1}))
        file.create_dataset("refs", data=[file["x"].ref] * 100, dtype=h5py.ref_dtype)
        file.create_dataset("ragged", shape=(100,), dtype=h5py.vlen_dtype(np.float64))
        file["nothing"] = h5py.Empty("f8")
        file["kind"] = np.dtype("f8")
    assert READER.header(path).names == ("x",)


def link_soft(file: h5py.File) -> None:
    file["loop"] = h5py.SoftLink("/")
    file["again"] = h5py.SoftLink("/a/x")
    file["lost"] = h5py.SoftLink("/nowhere")


def link_hard(file: h5py.File) -> None:
    file["a/self"] = file["a"]
    file["a/y"] = file["a/x"]


def link_out(file: h5py.File) -> None:
    other = Path(file.filename).with_name("other.h5")
    with h5py.File(other, "w") as elsewhere:
        elsewhere["secret"] = TONE
    file["out"] = h5py.ExternalLink(str(other), "/secret")


def gather_from_outside(file: h5py.File) -> None:
    link_out(file)
    del file["out"]
    layout = h5py.VirtualLayout((1000,), "f8")
    layout[:] = h5py.VirtualSource(Path(file.filename).with_name("other.h5"), "secret", (1000,))
    file.create_virtual_dataset("out", layout)


def gather_from_itself(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((1000,), "f8")
    layout[:] = h5py.VirtualSource(".", "out", (1000,))
    file.create_virtual_dataset("out", layout)


def store_outside(file: h5py.File) -> None:
    raw = Path(file.filename).with_name("raw.bin")
    raw.write_bytes(TONE.tobytes())
    file.create_dataset("out", (1000,), "f8", external=[(str(raw), 0, 8000)])


@pytest.mark.parametrize(
    "link", [link_soft, link_hard, link_out, gather_from_outside, gather_from_itself, store_outside]
)
def test_links_neither_leave_the_file_nor_go_round(path: Path, link: Callable[[h5py.File], None]):
    with h5py.File(path, "w") as file:
        file["a/x"] = TONE
        link(file)
    assert READER.header(path).names == ("a/x",)
    np.testing.assert_array_equal(READER.read(path).samples[0], TONE)


def test_what_is_not_followed_is_told_where_nothing_else_is_there(path: Path):
    with h5py.File(path, "w") as file:
        link_out(file)
    with pytest.raises(ReadError, match=r"no signal.*out \(link to another file, '.*other\.h5', which is not followed"):
        READER.header(path)


def test_a_virtual_dataset_of_the_same_file_is_read(path: Path):
    with h5py.File(path, "w") as file:
        file["parts/a"], file["parts/b"] = TONE[:400], TONE[400:]
        layout = h5py.VirtualLayout((1000,), "f8")
        layout[:400] = h5py.VirtualSource(".", "parts/a", (400,))
        layout[400:] = h5py.VirtualSource(".", "parts/b", (600,))
        file.create_virtual_dataset("whole", layout)
    np.testing.assert_array_equal(READER.read(path, ["whole"], 390, 410).samples[0], TONE[390:410])


def test_a_dataset_that_was_never_written_is_no_signal(path: Path):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", shape=(1000,), dtype="f8", fillvalue=1.0)
    with pytest.raises(ReadError, match=r"x \(1000 float64, no sample was ever written\)"):
        READER.header(path)


@pytest.mark.parametrize("options", [{"chunks": (2**20,)}, {"chunks": (2**20,), "compression": "gzip"}])
def test_a_bomb_is_refused_before_memory_is_taken(path: Path, options: dict[str, object]):
    with h5py.File(path, "w") as file:
        file.create_dataset("vib/x", shape=(10**10,), dtype="f8", **options)[: 2**20] = 0.0
    for call in (READER.header, READER.read, lambda path: next(READER.blocks(path, ["vib/x"], 100))):
        with pytest.raises(ReadError, match=r"dataset '/vib/x' unpack to 80 GB"):
            call(path)


@pytest.mark.parametrize(
    "options",
    [{}, {"chunks": (64, 2)}, {"compression": "lzf", "chunks": (100, 1)}, {"compression": "gzip", "shuffle": True}],
)
def test_however_it_is_packed_any_part_is_the_slice_of_the_whole(path: Path, options: dict[str, object]):
    both = np.stack([TONE, -TONE], axis=1)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=both, **options)
    for start, stop in [(0, None), (63, 65), (990, 2000), (5, 5), (700, 3)]:
        np.testing.assert_array_equal(READER.read(path, None, start, stop).samples, both.T[:, start:stop])
        if start < (stop or 1000):
            pieces = list(READER.blocks(path, ["x[1]", "x[0]"], 77, start, stop))
            np.testing.assert_array_equal(np.concatenate(pieces, axis=1), both.T[::-1, start:stop])


def test_a_slice_is_read_without_the_rest(path: Path):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.tile(TONE, 4000), chunks=(10000,))  # 32 MB
    READER.read(path, stop=10)
    tracemalloc.start()
    part = READER.read(path, start=2 * 10**6, stop=2 * 10**6 + 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(part.samples[0], TONE)
    assert peak < 2**20


def test_a_thousand_columns_are_listed_and_read_quickly(path: Path):
    matrix = np.arange(3600.0 * 936).reshape(3600, 936)
    with h5py.File(path, "w") as file:
        file.create_dataset("vibration", data=matrix, chunks=(100, 936), compression="lzf")
    started = time.perf_counter()
    recording = READER.read(path)
    assert time.perf_counter() - started < 3.0  # 0.15 s here; column by column the chunks are unpacked 936 times
    np.testing.assert_array_equal(recording.samples, matrix.T)


def test_a_missing_filter_is_named(path: Path):
    with h5py.File(path, "w") as file:
        file["x"] = TONE
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_chunk((100,))
        created.set_filter(32001, h5py.h5z.FLAG_OPTIONAL)  # blosc
        space = h5py.h5s.create_simple((1000,))
        h5py.h5d.create(file.id, b"y", h5py.h5t.NATIVE_DOUBLE, space, created)
        file["y"][:] = TONE
        del file["x"]
    with pytest.raises(ReadError, match=r"y \(1000 float64, packed with filter 32001 \(.+\), which is not installed"):
        READER.header(path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_file_cut_short_is_still_known_and_refused(path: Path, kept: float):
    with h5py.File(path, "w") as file:
        file["x"] = TONE
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert READER.can_read(path)
    with pytest.raises(ReadError, match="HDF5"):
        READER.header(path)


@pytest.mark.parametrize("block", [0, 512, 4096])
def test_a_user_block_in_front_is_passed_over(path: Path, block: int):
    with h5py.File(path, "w", userblock_size=block) as file:
        file["x"] = TONE
    assert READER.can_read(path)
    np.testing.assert_array_equal(READER.read(path).samples[0], TONE)


def test_files_of_matlab_are_left_to_their_own_reader(path: Path):
    with h5py.File(path, "w") as file:
        file["x"] = TONE
        file["x"].attrs["MATLAB_class"] = np.bytes_(b"double")
    assert not READER.can_read(path)
    with pytest.raises(ReadError, match=r"as MATLAB 7\.3 writes it"):
        READER.header(path)


def written(recording: Recording, path: Path) -> Recording:
    READER.write(recording, path)
    return READER.read(path)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_written_recording_reads_back_equal(path: Path, dtype: str):
    samples = np.stack([TONE, -TONE]).astype(dtype)
    samples[0, 5] = np.nan
    recording = Recording(
        samples, ("side/zürich [x]", "side/a"), 51200.1, ("m/s2", None), {"speed_rpm": 1797.5, "load": "2 hp"}
    )
    back = written(recording, path)
    assert (back.channels, back.rate_hz, back.units) == (recording.channels, recording.rate_hz, recording.units)
    assert back.facts == recording.facts
    assert back.samples.dtype == samples.dtype
    np.testing.assert_array_equal(back.samples, samples)
    with h5py.File(path) as file:  # what others find
        assert file["side/a"].attrs["rate_hz"] == 51200.1
        assert file["side/zürich [x]"].attrs["unit"] == "m/s2"


def test_a_recording_without_rate_or_unit_reads_back_without(path: Path):
    back = written(Recording(TONE[None], ("x",)), path)
    assert (back.rate_hz, back.units, back.facts) == (None, (None,), {})


@pytest.mark.parametrize("names", [("a", "a/b"), (".", "x"), ("a//b", "x"), ("x\0", "y"), ("a", "a"), ("/x", "y")])
def test_names_that_would_be_lost_are_refused_and_nothing_is_written(path: Path, names: tuple[str, str]):
    with pytest.raises(FactError, match="rename"):
        READER.write(Recording(np.stack([TONE, TONE]), names), path)
    assert not list(path.parent.iterdir())
