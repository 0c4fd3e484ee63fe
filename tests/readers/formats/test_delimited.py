import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers.choose import read_header, read_recording

ROWS = [f"{k / 100:.2f},{k % 7}" for k in range(200)]


def written(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


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
def test_a_row_with_a_column_too_few_or_a_word_is_refused(tmp_path: Path, sign: str):
    rows = [row.replace(",", sign) for row in ROWS]
    for wrong in ("1.0", "pump" + sign + "1"):
        with pytest.raises(ReadError, match="cut short or damaged"):
            read_header(written(tmp_path / "x.txt", *rows, wrong))


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


def test_a_part_of_a_long_table_takes_little_memory(tmp_path: Path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"0.5,1.5\n" * 4_000_000)
    read_recording(written(tmp_path / "warm.csv", *ROWS))
    import pyarrow

    tracemalloc.start()
    part = read_recording(path, start=3_000_000, stop=3_000_010)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert part.samples.shape == (2, 10)
    assert peak + pyarrow.default_memory_pool().max_memory() < 100e6
