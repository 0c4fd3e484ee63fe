import io
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers.tables.columns import Block, Columns
from pipeline.readers.tables.dialect import Dialect
from pipeline.readers.tables.lines import Lines

VALUES = np.random.default_rng(1).standard_normal((500, 3)) * 10.0 ** np.arange(-3, 6, 3)


def dialect(delimiter: str | None, decimal: str = ".", width: int = 3) -> Dialect:
    return Dialect(delimiter, decimal, 0, ("a", "b", "c")[:width], ("number",) * width, (None,) * width)


def parsed(text: bytes, way: Dialect, columns: tuple[int, ...] = (0, 1, 2)) -> list[np.ndarray]:
    return Columns(Path("x.csv"), way, columns)(Block(Lines(text, 10), way))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", None])
@pytest.mark.parametrize("end", ["\n", "\r\n", "  \r\n", "\n\n"])
def test_numpys_own_text_comes_back_to_the_last_bit(delimiter: str | None, end: str):
    if delimiter == "\t" and end == "  \r\n":
        pytest.skip("a field of spaces is none")
    stream = io.StringIO()
    np.savetxt(
        stream, VALUES, fmt="%+.17g", delimiter=delimiter or "   ", newline=("   " if not delimiter else "") + end
    )
    text = stream.getvalue().encode()
    np.testing.assert_array_equal(parsed(text, dialect(delimiter)), VALUES.T)
    commas = text.replace(b".", b",")
    if delimiter != ",":
        np.testing.assert_array_equal(parsed(commas, dialect(delimiter, ",")), VALUES.T)


def test_rows_are_counted_and_nothing_is_wrong_with_them():
    for delimiter in (",", ";", "\t", None):
        text = b"\n".join((delimiter or "  ").encode().join([b"1.5e3", b"-2", b"0"]) for _ in range(7)) + b"\n"
        block = Block(Lines(text, 0), dialect(delimiter))
        assert (block.n_rows, block.is_plain) == (7, True)


@pytest.mark.parametrize("line", [b"1,2", b"1,2,3,4", b"1,x,3", b"1,2.5.1,3"])
def test_a_line_that_does_not_fit_is_told_by_its_number(line: bytes):
    rows = [b"1,2,3"] * 20
    rows[3] = b""
    rows[12] = line
    # Ten lines came before these, so the thirteenth of them is line 23 of the file.
    with pytest.raises(ReadError, match="line 23 does not fit the table of 3 columns"):
        parsed(b"\n".join(rows) + b"\n", dialect(","))


def test_a_block_with_a_word_or_a_field_too_many_is_not_plain():
    for line in (b"1,2,pump", b"1,2", b'"1",2,3', b"1,2,3,4"):
        assert not Block(Lines(b"1,2,3\n" + line + b"\n", 0), dialect(",")).is_plain


def test_a_carriage_return_alone_does_not_smuggle_in_a_row():
    with pytest.raises(ReadError, match="does not fit"):
        parsed(b"1,2,3\n4,5,6\r7,8,9\n", dialect(","))


@pytest.mark.parametrize("word", ["", "nan", "NaN", "NA", "n/a", "null", "NULL", "na"])
def test_words_for_a_missing_number_are_nan(word: str):
    assert np.isnan(parsed(f"1,{word},3\n".encode(), dialect(","))[1]).all()


def test_columns_come_as_asked_and_twice_where_asked_twice():
    found = parsed(b"1,2,3\n", dialect(","), (2, 0, 2))
    assert [column.tolist() for column in found] == [[3.0], [1.0], [3.0]]
