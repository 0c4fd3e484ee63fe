import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import feather, parquet

from pipeline.errors import FactError, ReadError
from pipeline.readers.formats.arrow import ArrowReader
from pipeline.signals.recording import Recording

TONE = np.sin(np.arange(1000) / 5.0)
READER = ArrowReader()


def save_parquet(table: pyarrow.Table, path: Path) -> Path:
    parquet.write_table(table, path, row_group_size=170)
    return path


def save_feather(table: pyarrow.Table, path: Path) -> Path:
    feather.write_feather(table, str(path), chunksize=170)
    return path


@pytest.fixture(params=[save_parquet, save_feather])
def save(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[pyarrow.Table], Path]:
    return lambda table: request.param(table, tmp_path / "table")


def test_columns_of_numbers_are_channels_and_others_are_not(save: Callable[[pyarrow.Table], Path]):
    columns = {
        "double": TONE,
        "single": TONE.astype("f4"),
        "half": TONE.astype("f2"),
        "counts": np.arange(1000, dtype="i2"),
        "unsigned": np.arange(1000, dtype="u8"),
        "money": pyarrow.array([Decimal(k).scaleb(-2) for k in range(1000)], pyarrow.decimal128(9, 2)),
        "flag": TONE > 0,
        "word": ["a"] * 1000,
        "list": pyarrow.array([[1.0, 2.0]] * 1000),
        "struct": pyarrow.array([{"x": 1.0, "y": 2.0}] * 1000),
        "last": -TONE,
        "void": pyarrow.nulls(1000),
    }
    path = save(pyarrow.table(columns))
    assert READER.header(path).names == ("double", "single", "half", "counts", "unsigned", "money", "last")
    for name, truth in {"single": columns["single"], "half": columns["half"], "last": -TONE}.items():
        samples = READER.read(path, [name]).samples
        assert samples.dtype == truth.dtype
        np.testing.assert_array_equal(samples[0], truth)
    both = READER.read(path, ["money", "counts"], 400, 600).samples
    np.testing.assert_allclose(both, [np.arange(400, 600) / 100, np.arange(400, 600)], rtol=1e-15)


def test_what_is_missing_is_nan(save: Callable[[pyarrow.Table], Path]):
    gaps = pyarrow.array([None if k % 7 == 0 else k for k in range(1000)], pyarrow.int32())
    path = save(pyarrow.table({"x": gaps, "y": gaps.cast(pyarrow.float32())}))
    truth = np.where(np.arange(1000) % 7 == 0, np.nan, np.arange(1000.0))
    np.testing.assert_array_equal(READER.read(path).samples, [truth, truth])


def test_repeated_and_dotted_names_are_told_apart(save: Callable[[pyarrow.Table], Path]):
    arrays = [pyarrow.array(TONE * k) for k in range(1, 5)]
    path = save(pyarrow.Table.from_arrays(arrays, names=["a", "a.b", "a", "c"]))
    recording = READER.read(path, ["a#2", "a", "a.b"])
    np.testing.assert_array_equal(recording.samples, [TONE * 3, TONE, TONE * 2])


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("time (ms)", np.arange(1000) / 12.8),
        ("t", np.arange(1000) / 12800.0),
        ("logged", pyarrow.array(np.round(np.arange(1000) * 78125.0).astype("i8"), pyarrow.timestamp("ns"))),
        ("when", pyarrow.array(np.round(np.arange(1000) * 78.125).astype("i8"), pyarrow.timestamp("us", "UTC"))),
        ("since", pyarrow.array(np.round(np.arange(1000) * 78125.0).astype("i8"), pyarrow.duration("ns"))),
        ("clock", pyarrow.array(np.round(np.arange(1000) * 78125.0).astype("i8"), pyarrow.time64("ns"))),
    ],
)
def test_a_column_of_times_is_the_clock(save: Callable[[pyarrow.Table], Path], name: str, times: object):
    header = READER.header(save(pyarrow.table({"x": TONE, name: times})))
    assert header.names == ("x",)
    assert header.channels[0].rate_hz == 12800.0


def test_a_clock_of_milliseconds_in_32_bits_is_read(save: Callable[[pyarrow.Table], Path]):
    times = pyarrow.array(np.arange(1000, dtype="i4") * 20, pyarrow.time32("ms"))
    assert READER.header(save(pyarrow.table({"x": TONE, "clock": times}))).channels[0].rate_hz == 50.0


def test_times_with_a_gap_state_no_rate(save: Callable[[pyarrow.Table], Path]):
    ticks = np.arange(1000) * 1000
    ticks[500:] += 5000
    times = pyarrow.array(ticks, pyarrow.timestamp("us"))
    assert READER.header(save(pyarrow.table({"x": TONE, "time": times}))).channels[0].rate_hz is None


def test_what_is_said_beside_the_table_and_its_columns_is_kept(save: Callable[[pyarrow.Table], Path]):
    fields = [
        pyarrow.field("de (V)", pyarrow.float64(), metadata={"unit": "g"}),
        pyarrow.field("fe [m/s2]", pyarrow.float64()),
        pyarrow.field("time", pyarrow.float64()),
    ]
    said = {"fs": "25600", "rpm": "1797.5", "load": "2 hp"}
    table = pyarrow.Table.from_arrays([TONE, TONE, np.arange(1000) / 7.0], schema=pyarrow.schema(fields, said))
    header = READER.header(save(table))
    assert [(channel.rate_hz, channel.unit) for channel in header.channels] == [(25600.0, "g"), (25600.0, "m/s2")]
    assert header.facts == {"speed_rpm": 1797.5, "load": "2 hp"}


def test_tables_of_pandas_are_read_without_their_row_numbers(tmp_path: Path):
    import pandas

    frame = pandas.DataFrame({"x": TONE})
    frame[frame.index != 3].to_parquet(tmp_path / "rows.parquet")
    assert READER.header(tmp_path / "rows.parquet").names == ("x",)
    frame.index = pandas.date_range("2026-01-01", periods=1000, freq="1ms")
    frame.to_parquet(tmp_path / "times.parquet")
    (channel,) = READER.header(tmp_path / "times.parquet").channels
    assert (channel.name, channel.rate_hz) == ("x", 1000.0)


def test_blocks_are_the_slices_in_order_whatever_the_batches(save: Callable[[pyarrow.Table], Path]):
    path = save(pyarrow.table({"x": TONE, "y": np.arange(1000, dtype="i4")}))
    for start, stop in [(0, None), (169, 171), (170, 340), (995, 2000), (500, 500)]:
        truth = np.stack([np.arange(1000.0), TONE])[:, start:stop]
        pieces = list(READER.blocks(path, ["y", "x"], 64, start, stop))
        assert all(piece.shape[1] == 64 for piece in pieces[:-1])
        if truth.shape[1]:
            np.testing.assert_array_equal(np.concatenate(pieces, axis=1), truth)
        np.testing.assert_array_equal(READER.read(path, ["y", "x"], start, stop).samples, truth)


@pytest.mark.parametrize("compression", ["snappy", "zstd"])
def test_a_long_table_is_passed_through_in_bounded_memory(tmp_path: Path, compression: str):
    path = tmp_path / "long.parquet"
    values = np.random.default_rng(0).standard_normal(2**21)  # 16 MB in one row group
    parquet.write_table(
        pyarrow.table({"x": values}), path, row_group_size=2**21, compression=compression, use_dictionary=False
    )
    list(READER.blocks(path, ["x"], 10**5, stop=10**5))
    before = pyarrow.total_allocated_bytes()
    tracemalloc.start()
    total, most = 0.0, 0
    for piece in READER.blocks(path, ["x"], 10**5):
        total += float(piece.sum())
        most = max(most, pyarrow.total_allocated_bytes() - before)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == pytest.approx(values.sum())
    assert peak + most < 8 * 2**20


def test_a_table_that_promises_far_more_than_it_stores_is_refused(tmp_path: Path):
    path = tmp_path / "bomb.parquet"
    zeros = pyarrow.table({"x": np.zeros(10**6)})
    with parquet.ParquetWriter(path, zeros.schema, compression="zstd") as file:
        for _ in range(40):
            file.write_table(zeros)
    assert path.stat().st_size < 10**6
    for call in (READER.header, READER.read, lambda path: next(READER.blocks(path, ["x"], 10))):
        with pytest.raises(ReadError, match=r"unpack to 0\.32 GB or more"):
            call(path)


def test_the_first_feather_is_refused_with_the_way_out(tmp_path: Path):
    path = tmp_path / "old.feather"
    path.write_bytes(b"FEA1" + bytes(200))
    assert READER.can_read(path)
    with pytest.raises(ReadError, match=r"first version.*pandas\.read_feather\(old\)\.to_feather\(new\)"):
        READER.header(path)


@pytest.mark.parametrize("columns", [{"x": TONE[:63]}, {"word": ["a"] * 100}, {"time": TONE}])
def test_a_table_without_a_signal_is_told_with_what_it_holds(
    save: Callable[[pyarrow.Table], Path], columns: dict[str, object]
):
    with pytest.raises(
        ReadError, match=rf"no signal.*{len(next(iter(columns.values())))} rows of {next(iter(columns))}"
    ):
        READER.header(save(pyarrow.table(columns)))


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_written_recording_reads_back_equal(tmp_path: Path, suffix: str, dtype: str):
    samples = np.stack([TONE, -TONE, TONE]).astype(dtype)
    samples[0, 5] = np.nan
    recording = Recording(
        samples, ("de (g)", "time", "zü.x"), 51200.1, (None, "m/s2", "V"), {"speed_rpm": 1797.5, "load": "2"}
    )
    path = tmp_path / f"x{suffix}"
    READER.write(recording, path)
    back = READER.read(path)
    assert (back.channels, back.rate_hz, back.units) == (recording.channels, recording.rate_hz, recording.units)
    assert back.facts == recording.facts
    assert back.samples.dtype == samples.dtype
    np.testing.assert_array_equal(back.samples, samples)
    table = parquet.read_table(path) if suffix == ".parquet" else feather.read_table(path)
    np.testing.assert_array_equal(table["time"].to_numpy(), samples[1])
    assert table.schema.metadata[b"rate_hz"] == b"51200.1"


def test_a_flipped_byte_among_the_samples_of_a_written_file_is_noticed(tmp_path: Path):
    path = tmp_path / "x.parquet"
    READER.write(Recording(np.random.default_rng(0).standard_normal((1, 1000)), ("x",)), path)
    damaged = bytearray(path.read_bytes())
    damaged[4000] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(ReadError, match="damaged"):
        READER.read(path)


def test_names_that_would_be_lost_are_refused(tmp_path: Path):
    for names in [("a", "a"), ("", "x")]:
        with pytest.raises(FactError, match="rename"):
            READER.write(Recording(np.stack([TONE, TONE]), names), tmp_path / "x.parquet")
    assert not list(tmp_path.iterdir())


def test_the_parquet_at_hand_is_the_csv_it_was_made_from(real_data: Path):
    import gzip

    path = real_data / "odd" / "gearbox_h30hz0_first20000.parquet"
    recording = READER.read(path)
    with gzip.open(real_data / "spectraquest_gearbox" / "h30hz0.csv.gz", "rt") as file:
        names = file.readline().strip().split(",")
        truth = np.loadtxt(file, delimiter=",", max_rows=20000)
    assert list(recording.channels) == names
    assert recording.samples.dtype == np.float32
    np.testing.assert_array_equal(recording.samples, truth.T.astype("f4"))
