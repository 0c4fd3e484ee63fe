import gzip
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipeline.catalog.opening import open_signal
from pipeline.errors import FactError, ReadError, UnusableError
from pipeline.readers import bombs
from pipeline.readers.choose import find_reader, read_header, read_recording
from pipeline.readers.formats.delimited import DelimitedReader
from pipeline.signals.conditioning.condition import condition
from pipeline.signals.recording import Recording

ROWS = [f"{k / 100:.2f},{k % 7}" for k in range(200)]


def written(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


def all_blocks(path: Path, size: int = 50, **part: int) -> np.ndarray:
    reader = DelimitedReader()
    return np.hstack(list(reader.blocks(path, reader.header(path).names, size, **part)))


def test_a_steady_clock_gives_the_rate_and_is_no_channel(tmp_path: Path):
    header = read_header(written(tmp_path / "x.csv", "Time (s),vib", *ROWS))
    assert header.names == ("vib",)
    assert header.channels[0].rate_hz == 100.0


def test_an_unsteady_clock_gives_no_rate_and_is_still_no_channel(tmp_path: Path):
    rows = [row.replace("0.50,", "0.51,") for row in ROWS]
    header = read_header(written(tmp_path / "x.csv", "time,vib", *rows))
    assert header.names == ("vib",)
    assert header.channels[0].rate_hz is None


def test_the_rate_of_a_part_is_that_of_the_whole(tmp_path: Path):
    rows = [row.replace("0.50,", "0.51,") for row in ROWS]
    assert read_recording(written(tmp_path / "x.csv", "time,vib", *rows), stop=10).rate_hz is None


def test_a_table_of_times_alone_is_refused(tmp_path: Path):
    with pytest.raises(ReadError, match="holds only times"):
        read_header(written(tmp_path / "x.csv", "time", *[f"{k / 100}" for k in range(200)]))


def test_units_in_brackets_go_with_their_channel(tmp_path: Path):
    header = read_header(written(tmp_path / "x.csv", "DE (g),FE [m/s2]", *ROWS))
    assert [(channel.name, channel.unit) for channel in header.channels] == [("DE (g)", "g"), ("FE [m/s2]", "m/s2")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_line_ends_and_encodings_do_not_matter(tmp_path: Path, end: str, encoding: str):
    path = written(tmp_path / "x.csv", "Größe,b", *ROWS, end=end, encoding=encoding)
    recording = read_recording(path)
    assert recording.channels == ("Größe", "b")
    np.testing.assert_array_equal(recording.samples[1], np.arange(200) % 7)


def test_a_last_line_without_its_end_counts(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("\n".join(ROWS))
    assert read_header(path).channels[0].n_samples == 200


def test_blank_lines_do_not_count(tmp_path: Path):
    for name, sign in (("x.csv", ","), ("x.txt", " ")):
        rows = [row.replace(",", sign) for row in ROWS]
        path = written(tmp_path / name, "", *rows[:100], "", *rows[100:], "", "")
        np.testing.assert_array_equal(read_recording(path).samples[1], np.arange(200) % 7)


def test_an_empty_field_is_nan(tmp_path: Path):
    samples = read_recording(written(tmp_path / "x.csv", *ROWS[:100], "1.0,", *ROWS[101:])).samples
    assert np.flatnonzero(np.isnan(samples[1])).tolist() == [100]


def test_a_column_that_is_never_filled_is_no_channel(tmp_path: Path):
    path = written(tmp_path / "x.csv", "a,b,", *[f"{row}," for row in ROWS])
    assert read_header(path).names == ("a", "b")


def test_columns_of_one_name_stay_apart(tmp_path: Path):
    recording = read_recording(written(tmp_path / "x.csv", "a,a", *ROWS))
    assert recording.channels == ("a", "a_1")
    np.testing.assert_array_equal(recording.samples[1], np.arange(200) % 7)


@pytest.mark.parametrize("sign", [",", " "])
@pytest.mark.parametrize("wrong", ["1.0", "pump{sign}1", "1{sign}2{sign}3"])
def test_a_line_that_does_not_fit_is_told_by_its_number(tmp_path: Path, sign: str, wrong: str):
    rows = [row.replace(",", sign) for row in ROWS]
    path = written(tmp_path / "x.txt", f"a{sign}b", *rows[:150], wrong.format(sign=sign), *rows[150:])
    for call in (read_header, read_recording, all_blocks):
        with pytest.raises(
            ReadError, match=r"line 152 does not fit the table of 2 columns above it .* cut short or dam"
        ):
            call(path)


def test_too_few_rows_are_no_signal(tmp_path: Path):
    with pytest.raises(ReadError, match="64 rows of numbers or more, it holds 63"):
        read_header(written(tmp_path / "x.csv", *ROWS[:63]))


def test_what_the_first_lines_do_not_show_is_found_on_reading(tmp_path: Path):
    rows = [f"{k}.25,{k}" for k in range(200_000)]
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode(), compresslevel=1))
    part = read_recording(path, ["c1"], start=150_000, stop=150_010)
    np.testing.assert_array_equal(part.samples[0], np.arange(150_000, 150_010))
    assert read_header(path).channels[0].n_samples == 200_000


MEMORY_OF = """
import sys, tracemalloc
from pathlib import Path
import pyarrow
from pipeline.readers.formats.delimited import DelimitedReader

reader, short, path = DelimitedReader(), Path(sys.argv[1]), Path(sys.argv[2])
reader.read(short)
tracemalloc.start()
{work}
print(tracemalloc.get_traced_memory()[1] + pyarrow.default_memory_pool().max_memory())
"""


def memory_of(work: str, path: Path) -> int:
    """Peak bytes of some work, NumPy's and pyarrow's; in a child, because pyarrow counts for the life of a process."""
    short = written(path.with_name("warm.csv"), *ROWS)
    command = [sys.executable, "-c", MEMORY_OF.format(work=work), str(short), str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_a_part_of_a_long_table_takes_little_memory(tmp_path: Path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"0.5,1.5\n" * 4_000_000)
    assert memory_of("assert reader.read(path, None, 3_000_000, 3_000_010).samples.shape == (2, 10)", path) < 100e6


@pytest.mark.parametrize("size", [1, 7, 64, 100, 199, 200, 10**12])
@pytest.mark.parametrize(("start", "stop"), [(0, None), (3, 150), (199, None), (0, 10**12), (50, 50), (300, None)])
def test_blocks_are_the_part_in_pieces_of_one_size(tmp_path: Path, size: int, start: int, stop: int | None):
    path = written(tmp_path / "x.csv", *ROWS)
    found = list(DelimitedReader().blocks(path, ["c1", "c0"], size, start, stop))
    truth = np.array([[float(field) for field in row.split(",")] for row in ROWS]).T[::-1, start:stop]
    np.testing.assert_array_equal(np.hstack([np.empty((2, 0)), *found]), truth)
    assert all(piece.shape[1] == size for piece in found[:-1])
    assert all(0 < piece.shape[1] <= size and piece.flags.owndata for piece in found)


def test_blocks_of_a_long_table_are_its_numbers_in_order(tmp_path: Path):
    path = tmp_path / "x.csv.gz"
    n_rows = 400_000
    path.write_bytes(gzip.compress("".join(f"{k}.5;{-k}\n" for k in range(n_rows)).encode(), compresslevel=1))
    at = 0
    for piece in DelimitedReader().blocks(path, ["c0", "c1"], 65_536):
        truth = np.arange(at, at + piece.shape[1])
        np.testing.assert_array_equal(piece, [truth + 0.5, -truth])
        at += piece.shape[1]
    assert at == n_rows


def test_what_lies_behind_the_stop_is_not_read(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"1,2\n" * 1_000_000 + b"pump\n")
    assert sum(piece.shape[1] for piece in DelimitedReader().blocks(path, ["c0"], 100, stop=1000)) == 1000
    with pytest.raises(ReadError, match="line 1000001 does not fit"):
        list(DelimitedReader().blocks(path, ["c0"], 100))


def test_header_and_blocks_of_a_long_table_take_little_memory(tmp_path: Path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"0.0,0.5,1.5\n" * 5_000_000)
    header = "assert reader.header(path).channels[0].n_samples == 5_000_000"
    blocks = "assert sum(b.shape[1] for b in reader.blocks(path, ['c0', 'c2'], 65_536)) == 5_000_000"
    assert memory_of(f"{header}; {blocks}", path) < 60e6


def test_the_whole_is_parsed_into_its_place(tmp_path: Path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"0.5,1.5\n" * 3_000_000)
    read_recording(written(tmp_path / "warm.csv", *ROWS))
    tracemalloc.start()
    samples = read_recording(path).samples
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert samples.shape == (2, 3_000_000)
    assert samples.flags.c_contiguous
    assert peak < samples.nbytes + 20e6


@pytest.mark.parametrize("line", [b"0\n", b"0"])
def test_a_bomb_is_refused(tmp_path: Path, line: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bombs, "SUSPICIOUS_BYTES", 2**24)
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"1\n2\n" * 100 + line * ((32 << 20) // len(line)), compresslevel=9))
    for call in (read_header, read_recording, lambda path: list(DelimitedReader().blocks(path, ["c0"], 1 << 20))):
        with pytest.raises(ReadError, match=r"which no recording does|a line of more than 4 MB"):
            call(path)


def test_excels_unicode_text_is_read(tmp_path: Path):
    path = tmp_path / "x.txt"
    text = "Zeit (ms)\tKörperschall (m/s²)\r\n" + "".join(f"{k / 8:.3f}\t{k % 7},5\r\n" for k in range(200))
    path.write_text(text.replace(".", ","), encoding="utf-16", newline="")
    recording = read_recording(path)
    assert (recording.channels, recording.units, recording.rate_hz) == (("Körperschall (m/s²)",), ("m/s²",), 8000.0)
    np.testing.assert_array_equal(recording.samples[0], np.arange(200) % 7 + 0.5)


TEKTRONIX = """Model,MSO64
Firmware Version,1.30
Waveform Type,ANALOG
Horizontal Units,s
Sample Interval,3.90625e-05
Record Length,200
Vertical Units,V

TIME,CH1,CH2
"""

TDS = [
    "Record Length,2.5e+03,,{0:.9f},{1},",
    "Sample Interval,3.90625e-05,,{0:.9f},{1},",
    "Trigger Point,1.25e+03,,{0:.9f},{1},",
    ",,,{0:.9f},{1},",
    'Source,"CH1",,{0:.9f},{1},',
    "Vertical Units,V,,{0:.9f},{1},",
]

LVM = """LabVIEW Measurement\t
Writer_Version\t2
Separator\tTab
Date\t2024/01/31
Time\t12:00:00,123
***End_of_Header***\t
\t
Channels\t2\t
Samples\t200\t200\t
Y_Unit_Label\tg\tg\t
X_Dimension\tTime\tTime\t
X0\t0.0000000000000000E+0\t0.0000000000000000E+0\t
Delta_X\t3.906250E-5\t3.906250E-5\t
***End_of_Header***\t\t
X_Value\tAcc_0\tAcc_1\tComment
"""

PICOSCOPE = "Time,Channel A,Channel B\n(ms),(mV),(V)\n\n"


def test_what_tektronix_scopes_save_is_read(tmp_path: Path):
    rows = [f"{k * 3.90625e-05 - 0.01:.9f},{k % 7},-1" for k in range(200)]
    recording = read_recording(written(tmp_path / "x.csv", TEKTRONIX.strip(), *rows))
    assert (recording.channels, recording.rate_hz) == (("CH1", "CH2"), 25600.0)
    np.testing.assert_array_equal(recording.samples[0], np.arange(200) % 7)


def test_settings_beside_the_first_numbers_are_no_channel(tmp_path: Path):
    rows = [TDS[min(k, 5) if k < 6 else 3].format(k * 3.90625e-05, k % 7) for k in range(200)]
    recording = read_recording(written(tmp_path / "x.csv", *rows))
    assert (recording.channels, recording.rate_hz) == (("c3", "c4"), 25600.0)
    np.testing.assert_array_equal(recording.samples[1], np.arange(200) % 7)


def test_what_labview_saves_is_read(tmp_path: Path):
    rows = [f"{k * 3.90625e-05:.6f}\t{k % 7}\t{-(k % 5)}" for k in range(200)]
    recording = read_recording(written(tmp_path / "x.lvm", LVM.strip("\n"), *rows))
    assert (recording.channels, recording.rate_hz) == (("Acc_0", "Acc_1"), 25600.0)
    np.testing.assert_array_equal(recording.samples[1], -(np.arange(200) % 5))


def test_what_picoscope_saves_is_read(tmp_path: Path):
    rows = [f"{k / 25.6:.5f},{k % 7},1" for k in range(200)]
    recording = read_recording(written(tmp_path / "x.csv", PICOSCOPE.strip("\n"), "", *rows))
    assert (recording.channels, recording.units) == (("Channel A", "Channel B"), ("mV", "V"))
    assert recording.rate_hz == 25600.0


def test_a_rate_stated_above_the_numbers_is_the_rate(tmp_path: Path):
    recording = read_recording(written(tmp_path / "x.csv", "# Sampling rate: 25600 Hz", "# rpm: 1797", "a,b", *ROWS))
    assert (recording.rate_hz, recording.channels) == (25600.0, ("a", "b"))
    assert recording.facts == {"speed_rpm": 1797.0}


def test_a_stated_rate_that_the_times_contradict_is_none(tmp_path: Path):
    assert read_header(written(tmp_path / "x.csv", "# fs=100", "time,b", *ROWS)).channels[0].rate_hz == 100.0
    assert read_header(written(tmp_path / "y.csv", "# fs=200", "time,b", *ROWS)).channels[0].rate_hz is None


@pytest.mark.parametrize("written_as", ["%Y-%m-%d %H:%M:%S.%f,{}", "%d.%m.%Y,%H:%M:%S.%f,{}", "%I:%M:%S.%f %p,{}"])
def test_dates_and_times_are_a_clock_and_no_channel(tmp_path: Path, written_as: str):
    start = datetime(2024, 1, 31, 23, 59, 59, 900_000, tzinfo=UTC)
    rows = [(start + timedelta(milliseconds=k)).strftime(written_as).format(k % 7) for k in range(300)]
    recording = read_recording(written(tmp_path / "x.csv", *rows))
    assert recording.rate_hz == 1000.0
    np.testing.assert_array_equal(recording.samples, [np.arange(300) % 7])


def test_a_column_of_words_is_left_out(tmp_path: Path):
    rows = [f'{row},"outer, race"' for row in ROWS[:100]] + [f"{row},ok" for row in ROWS[100:]]
    recording = read_recording(written(tmp_path / "x.csv", "time,vib,label", *rows))
    assert (recording.channels, recording.rate_hz) == (("vib",), 100.0)
    np.testing.assert_array_equal(recording.samples[0], np.arange(200) % 7)


@pytest.mark.parametrize("sign", [",", ";"])
def test_femtos_hours_minutes_and_rounded_microseconds_give_no_rate(tmp_path: Path, sign: str):
    rows = [sign.join(map(str, (9, 39, 39, round(65664 + k * 39.0625, -1), k % 7, -1.5))) for k in range(2560)]
    recording = read_recording(written(tmp_path / "x.csv", *rows))
    assert recording.channels == ("c0", "c1", "c2", "c3", "c4", "c5")
    assert recording.rate_hz is None
    np.testing.assert_array_equal(recording.samples[4], np.arange(2560) % 7)


def test_thousands_of_columns_are_read(tmp_path: Path):
    values = np.random.default_rng(0).integers(-500, 500, (80, 3000)) / 8
    np.savetxt(tmp_path / "x.csv", values, delimiter=",", fmt="%.3f")
    np.testing.assert_array_equal(read_recording(tmp_path / "x.csv", ["c2999", "c0"]).samples, values.T[[2999, 0]])


def test_line_ends_of_old_macs_are_line_ends(tmp_path: Path):
    path = written(tmp_path / "x.csv", "a,b", *ROWS, end="\r")
    np.testing.assert_array_equal(read_recording(path).samples[1], np.arange(200) % 7)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_written_comes_back_equal(tmp_path: Path, dtype: type):
    samples = np.random.default_rng(0).standard_normal((3, 40_000)).astype(dtype) * 1e-7
    samples[0, :3] = np.nan, np.inf, -np.inf
    recording = Recording(
        samples, ("DE", 'FE, "old" [g]', "Größe"), 51200.3, ("g", "g", None), {"speed_rpm": 1797.25, "load": 2.0}
    )
    path = tmp_path / "x.csv"
    DelimitedReader().write(recording, path)
    found = read_recording(path)
    np.testing.assert_array_equal(found.samples, samples)
    assert (found.channels, found.units, found.rate_hz) == (recording.channels, recording.units, recording.rate_hz)
    assert found.facts == recording.facts
    assert find_reader(path).name == "delimited"


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a [g]", "b"), ("1", "a"), ("a=1", "b")])
@pytest.mark.parametrize("units", [None, "g", "furlong"])
@pytest.mark.parametrize("rate_hz", [None, 1e-3, 12000.0, 48828.125])
def test_names_units_and_rates_come_back(tmp_path: Path, names: tuple, units: str | None, rate_hz: float | None):
    recording = Recording(np.arange(64.0 * len(names)).reshape(len(names), 64), names, rate_hz, (units,) * len(names))
    DelimitedReader().write(recording, tmp_path / "x.csv")
    found = read_recording(tmp_path / "x.csv")
    assert (found.channels, found.units, found.rate_hz) == (recording.channels, recording.units, recording.rate_hz)
    np.testing.assert_array_equal(found.samples, recording.samples)


@pytest.mark.parametrize("name", ["time", "", " a", "a\nb", "1.5", "# a", "nan"])
def test_a_name_that_would_not_come_back_is_refused(tmp_path: Path, name: str):
    path = tmp_path / "x.csv"
    with pytest.raises(FactError, match=r"x\.csv: a delimited file cannot hold"):
        DelimitedReader().write(Recording(np.zeros((1, 100)), (name,), 1000.0), path)
    assert list(tmp_path.iterdir()) == []


def test_too_short_a_recording_is_refused(tmp_path: Path):
    with pytest.raises(FactError, match="64 rows"):
        DelimitedReader().write(Recording(np.zeros((1, 63)), ("a",), 1000.0), tmp_path / "x.csv")


def test_more_columns_than_any_sheet_has_are_refused_at_once(tmp_path: Path):
    path = tmp_path / "wide.csv"
    path.write_text((",".join(["0.5"] * 16_385) + "\n") * 70)
    with pytest.raises(ReadError, match="16385 columns where 16384 are the most"):
        read_header(path, "delimited")


def test_german_thousands_are_refused_rather_than_split_at_the_decimal_comma(tmp_path: Path):
    path = tmp_path / "thousands.csv"
    path.write_text("a;b\n" + "".join(f"1.{k:03d},5;2.000,{k}\n" for k in range(100)))
    with pytest.raises(ReadError):
        read_header(path)


def test_times_printed_with_few_decimals_say_why_there_is_no_rate_and_what_to_do(tmp_path: Path):
    rows = [f"{k / 12000:.6f},{k % 7}" for k in range(600)]
    signal = open_signal(written(tmp_path / "x.csv", "time,vib", *rows))
    with pytest.raises(UnusableError) as refused:
        condition(signal, 12000.0)
    said = str(refused.value)
    assert "the steps of its times go from 8.3e-05 to 8.4e-05 s, no steady clock: too few decimals, or samples" in said
    assert said.endswith("; give --rate-hz (or rate_hz in a side file)")


def test_a_contradiction_of_stated_rate_and_times_is_told(tmp_path: Path):
    signal = open_signal(written(tmp_path / "x.csv", "# fs=200", "time,b", *ROWS))
    assert signal.no_rate == "200 Hz stands above its numbers, and its times step as at 100 Hz"
