"""Columns: blocks of lines parsed into columns of numbers, by pyarrow; a line that does not fit is told by its number.

Each block is parsed by itself and on this thread, so that no more than one lies in memory, and errors know their line.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError
from pipeline.readers.tables.dialect import Dialect
from pipeline.readers.tables.lines import Lines
from pipeline.readers.time_column import seconds_of_day

Column = npt.NDArray[np.float64]

NULLS = ("", "nan", "NaN", "NAN", "-nan", "+nan", "-NaN", "na", "NA", "n/a", "N/A", "null", "NULL", "Null", "#N/A")
SPACE, TAB, RETURN, LINE_FEED, QUOTE = b' \t\r\n"'
LAST_OF_NUMBERS = ord(";")
"""No digit, sign or delimiter comes later; letters do."""

PYARROW_ROW = re.compile(r"Row #(\d+): (.*)", re.DOTALL)


class Block:
    """The rows of some lines, blank ones left out, ready to be counted and parsed.

    Args:
        lines: whole lines.
        dialect: how they are written.

    Attributes:
        text: one row per line; runs of white space that separate columns have become tabs.
        n_rows: how many.
    """

    def __init__(self, lines: Lines, dialect: Dialect) -> None:
        self.lines, self.dialect = lines, dialect
        self.text, self.n_rows = without_blanks(lines.text, dialect.delimiter)
        if dialect.delimiter is None:
            self.text = tabbed(np.frombuffer(self.text, np.uint8))

    @property
    def is_plain(self) -> bool:
        """Whether counts of letters show nothing wrong: as many fields as there should be, and no word or quote."""
        letters = np.frombuffer(self.text, np.uint8)
        delimiter = ord(self.dialect.delimiter or "\t")
        n_fields = self.n_rows + np.count_nonzero(letters == delimiter)
        n_words = np.count_nonzero(letters > LAST_OF_NUMBERS) + np.count_nonzero(letters == QUOTE)
        n_exponents = sum(np.count_nonzero(letters == ord(letter)) for letter in "eE")
        return bool(n_fields == self.n_rows * len(self.dialect.names) and n_words == n_exponents)


def without_blanks(text: bytes, delimiter: str | None) -> tuple[bytes, int]:
    """Lines without the blank ones, and how many are left; between tabs an empty line is a row of gaps, and stays.

    Example:
        >>> without_blanks(b"1,2\\n \\r\\n3,4\\n\\n", ",")
        (b'1,2\\n3,4\\n', 2)
        >>> without_blanks(b"1\\t2\\n\\t\\n", "\\t")
        (b'1\\t2\\n\\t\\n', 2)
    """
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(letters == LINE_FEED)
    if letters.size and letters[0] > SPACE and not (letters[ends[:-1] + 1] <= SPACE).any():
        return text, len(ends)
    left = re.sub(rb"(?m)^[ \t\r]*\n" if delimiter is None else rb"(?m)^[ \r]*\n", b"", text)
    return left, left.count(b"\n")


def tabbed(letters: npt.NDArray[np.uint8]) -> bytes:
    """Fields between runs of white space, with one tab between two of them.

    Example:
        >>> tabbed(np.frombuffer(b"  1.5   2.5 \\r\\n3 4\\n", np.uint8))
        b'1.5\\t2.5\\n3\\t4\\n'
    """
    is_end = letters == LINE_FEED
    kept = (letters != SPACE) & (letters != TAB)
    if kept.all():
        return letters.tobytes()
    kept &= letters != RETURN
    is_field = kept & ~is_end
    starts = np.flatnonzero(is_field[1:] & ~is_field[:-1]) + 1
    if is_field[0]:
        starts = np.concatenate(([0], starts))
    is_inner = np.ones(len(starts), dtype=bool)
    is_inner[np.searchsorted(starts, np.flatnonzero(is_end)[:-1])] = False
    is_inner[:1] = False
    before = starts[is_inner] - 1
    kept[before] = True
    plain = letters.copy()
    plain[before] = TAB
    return bytes(plain[kept])


class Columns:
    """The parser of some columns of a table; made once, then called block by block.

    Args:
        path: for errors.
        dialect: how the table is written.
        columns: positions of those wanted; one may be asked for twice.
    """

    def __init__(self, path: Path, dialect: Dialect, columns: Sequence[int]) -> None:
        import pyarrow
        from pyarrow import csv

        self.path, self.dialect, self.wanted = path, dialect, [str(k) for k in columns]
        # Places serve as names here, because those in a file need not differ.
        places = [str(k) for k in range(len(dialect.names))]
        text, number = pyarrow.string(), pyarrow.float64()
        types = {str(k): text if kind == "moment" else number for k, kind in enumerate(dialect.kinds)}
        self.reading = csv.ReadOptions(column_names=places, use_threads=False)
        self.parsing = csv.ParseOptions(delimiter=dialect.delimiter or "\t")
        self.converting = csv.ConvertOptions(
            column_types=types,
            decimal_point=dialect.decimal,
            include_columns=list(dict.fromkeys(self.wanted)),
            null_values=list(NULLS),
        )

    def __call__(self, block: Block) -> list[Column]:
        """One array per wanted column; times of day are seconds.

        Raises:
            ReadError: for a line that does not fit the table, with its number.
        """
        import pyarrow
        from pyarrow import csv

        text = block.text
        if self.dialect.decimal == "," and b"+" in text:
            text = re.sub(rb"(?<![eE])\+", b"", text)
        self.reading.block_size = len(text) + 1
        try:
            table = csv.read_csv(pyarrow.BufferReader(text), self.reading, self.parsing, self.converting)
        except pyarrow.ArrowInvalid as error:
            raise ReadError(self.told(block, str(error))) from error
        if table.num_rows != block.n_rows:
            raise ReadError(self.told(block, f"Row #1: {block.n_rows} lines from here hold {table.num_rows} rows"))
        found = {name: numbers_of(table.column(name).combine_chunks()) for name in table.column_names}
        return [found[name] for name in self.wanted]

    def told(self, block: Block, said: str) -> str:
        """One line for what pyarrow says of a row."""
        found = PYARROW_ROW.search(said)
        line = block.lines.n_before + 1
        if found:
            filled = (k for k, each in enumerate(block.lines.text.split(b"\n")) if each.strip(b" \t\r"))
            line += next((k for n, k in enumerate(filled, start=1) if n == int(found[1])), 0)
        what = " ".join((found[2] if found else said).split())[:120]
        return (
            f"{self.path}: line {line} does not fit the table of {len(self.dialect.names)} columns above it ({what}); "
            "cut short or damaged? Mend the line, or copy the file again from its source"
        )


def numbers_of(column: Any) -> Column:
    """A pyarrow array as numbers; what is missing is NaN."""
    import pyarrow

    if pyarrow.types.is_string(column.type):
        return seconds_of_day(column)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
