import tracemalloc
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.readers.tables.lines import first_lines, line_blocks

LINES = [f"{k},{'x' * (k % 90)}\n".encode() for k in range(60_000)]


@pytest.mark.parametrize("n_skipped", [0, 1, 30_000, 59_999, 60_000, 70_000])
def test_blocks_are_all_lines_but_the_first_and_know_their_place(tmp_path: Path, n_skipped: int):
    (tmp_path / "x").write_bytes(b"".join(LINES))
    seen = 0
    for lines in line_blocks(tmp_path / "x", n_skipped):
        found = lines.text.splitlines(keepends=True)
        assert found == LINES[lines.n_before : lines.n_before + len(found)]
        seen += len(found)
    assert seen == max(0, 60_000 - n_skipped)


def test_a_line_without_end_is_refused_before_it_is_loaded(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"1,2\n" * 100 + b"7" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(ReadError, match="a line of more than 4 MB"):
        list(line_blocks(tmp_path / "x"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16e6


def test_the_first_lines_are_whole(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"".join(LINES))
    found = first_lines(tmp_path / "x")
    assert "".join(f"{line}\n" for line in found).encode() == b"".join(LINES[: len(found)])
    assert 1000 < len(found) < 2000


def test_of_a_wide_table_enough_lines_are_looked_at(tmp_path: Path):
    (tmp_path / "x").write_bytes((b"0.125," * 20_000 + b"1\n") * 40)
    assert len(first_lines(tmp_path / "x")) >= 16


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_letters_cut_in_the_middle_stay_what_they_are(tmp_path: Path, shift: int):
    (tmp_path / "x").write_bytes(("a" * shift + "é\n" * 60_000).encode())
    assert {line.lstrip("a") for line in first_lines(tmp_path / "x")} == {"é"}
