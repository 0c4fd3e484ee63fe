"""Tables of numbers as text (CSV, TSV, white space, gzip or not), parsed in blocks by pyarrow or NumPy."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    checked_part,
    damage_told,
    first_bytes,
    recording_of,
    wanted_names,
)
from pipeline.readers.dialect import Dialect, find_dialect, unit_of
from pipeline.readers.foreign import foreign_format
from pipeline.readers.time_column import Clock, time_unit
from pipeline.readers.traces import SHORTEST
from pipeline.signals.recording import Recording

SAMPLE_BYTES = 65536
BLOCK_BYTES = 1 << 22
BLOCK_LINES = 65536
GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"

Block = npt.NDArray[np.float64]


class Table(NamedTuple):
    """What the first lines of a file tell.

    Attributes:
        dialect: how it is written.
        channels: positions of the columns that are channels.
        clock: position of the time column that may tell the rate, where there is one.
    """

    dialect: Dialect
    channels: tuple[int, ...]
    clock: int | None


class Pass(NamedTuple):
    """What one pass over all rows tells: their number, the clock's rate, and the samples asked for."""

    n_rows: int
    rate_hz: float | None
    samples: Block


NOTHING_SEEN = Pass(0, None, np.empty((0, 0)))


class DelimitedReader(Reader):
    """Text with one row per sample: any of `, ; tab space`, with or without header line, BOM, decimal comma, gzip.

    A column named time, t or timestamp is no channel; if its steps are steady it gives the rate. Without names the
    columns are `c0`, `c1`, ...; a unit in brackets after a name is the channel's.
    """

    name = "delimited"
    suffixes = (".csv", ".tsv", ".txt", ".dat", ".gz")

    def can_read(self, path: Path) -> bool:
        """By the first 64 KiB: text, most of whose lines split into the same count of numbers."""
        return table_of(path) is not None

    def header(self, path: Path) -> Header:
        """Channels and rate; rows are counted in a stream."""
        with damage_told(path, "a table of numbers"):
            table = known_table(path)
            return header_of(table, passed(path, table))

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as written, float64; an empty field is NaN. Rows outside the part are passed over in a stream."""
        with damage_told(path, "a table of numbers"):
            start, stop = checked_part(start, stop, path)
            table = known_table(path)
            names = wanted_names(header_of(table), channels, str(path))
            columns = [table.dialect.names.index(name) for name in names]
            seen = passed(path, table, columns, start, stop)
            whole = seen.samples.shape[1] == seen.n_rows
            return recording_of(seen.samples, names, header_of(table, seen), path, whole)


def first_lines(path: Path) -> list[str]:
    """The lines that lie whole in the first 64 KiB, unpacked; none for bytes that are no text."""
    raw = first_bytes(path, SAMPLE_BYTES)
    if raw.startswith(GZIP_MAGIC):
        try:
            unpacked = zlib.decompressobj(wbits=31).decompress(raw, SAMPLE_BYTES)
        except zlib.error:
            return []
    else:
        unpacked = raw
    if b"\x00" in unpacked or foreign_format(unpacked):
        return []
    # Only the names may hold letters beyond ASCII; Latin-1 gives each byte one.
    try:
        text = unpacked.decode("utf-8")
    except UnicodeDecodeError:
        text = unpacked.decode("latin-1")
    lines = text.split("\n")
    return lines if len(unpacked) < SAMPLE_BYTES else lines[:-1]


def table_of(path: Path) -> Table | None:
    """What the first lines tell, None when they are no table of numbers."""
    dialect = find_dialect(first_lines(path))
    if dialect is None:
        return None
    clocks = [k for k, name in enumerate(dialect.names) if time_unit(name) is not None]
    channels = tuple(k for k, filled in enumerate(dialect.filled) if filled and k not in clocks)
    return Table(dialect, channels, clocks[0] if clocks else None)


def known_table(path: Path) -> Table:
    """The table of a file that must be one.

    Raises:
        ReadError: when it is none, or holds nothing but time.
    """
    table = table_of(path)
    if table is None:
        raise ReadError(f"{path}: no table of numbers; needed are lines that split into the same count of numbers")
    if not table.channels:
        raise ReadError(f"{path}: holds only times; give a file with a column of samples")
    return table


def header_of(table: Table, seen: Pass = NOTHING_SEEN) -> Header:
    """Channels of a table, with what a pass over its rows has told."""
    named = [table.dialect.names[k] for k in table.channels]
    return Header(tuple(ChannelHeader(name, seen.n_rows, seen.rate_hz, unit_of(name)) for name in named))


def passed(path: Path, table: Table, columns: Sequence[int] = (), start: int = 0, stop: int | None = None) -> Pass:
    """One pass over all rows: it counts them, watches the clock, and keeps a part of some columns.

    Raises:
        ReadError: when there are too few rows.
    """
    unit = None if table.clock is None else time_unit(table.dialect.names[table.clock])
    clock = Clock(unit or "")
    kept = [np.empty((0, len(columns)))]
    for block in blocks(path, table.dialect, [table.channels[0] if table.clock is None else table.clock, *columns]):
        first, end = max(0, start - clock.n_times), None if stop is None else max(0, stop - clock.n_times)
        kept.append(block[first:end, 1:].copy())
        clock.feed(block[:, 0])
    if clock.n_times < SHORTEST:
        raise ReadError(f"{path}: no signal; needed are {SHORTEST} rows of numbers or more, it holds {clock.n_times}")
    samples = np.ascontiguousarray(np.concatenate(kept).T)
    return Pass(clock.n_times, None if unit is None else clock.rate_hz, samples)


@contextmanager
def opened(path: Path, n_skipped: int) -> Iterator[BufferedIOBase]:
    """The unpacked bytes after the lines above the numbers, and after a byte order mark."""
    packed = first_bytes(path, 2) == GZIP_MAGIC
    with gzip.open(path, "rb") if packed else path.open("rb") as stream:
        if stream.read(len(BOM)) != BOM:
            stream.seek(0)
        for _ in range(n_skipped):
            stream.readline()
        yield stream


def blocks(path: Path, dialect: Dialect, columns: Sequence[int]) -> Iterator[Block]:
    """The rows of some columns, some thousands at a time, shape (row, column)."""
    with opened(path, dialect.n_skipped) as stream:
        parse = spaced_blocks if dialect.delimiter is None else separated_blocks
        yield from parse(stream, dialect, columns)


def separated_blocks(stream: BufferedIOBase, dialect: Dialect, columns: Sequence[int]) -> Iterator[Block]:
    """Rows whose columns a sign separates, through pyarrow's streaming parser."""
    import pyarrow
    from pyarrow import csv

    # Places serve as names here, because names in a file need not differ.
    places = [str(k) for k in range(len(dialect.names))]
    wanted = [str(k) for k in columns]
    with csv.open_csv(
        stream,
        csv.ReadOptions(column_names=places, block_size=BLOCK_BYTES),
        csv.ParseOptions(delimiter=dialect.delimiter),
        csv.ConvertOptions(
            column_types=dict.fromkeys(places, pyarrow.float64()),
            decimal_point=dialect.decimal,
            include_columns=list(dict.fromkeys(wanted)),
        ),
    ) as reader:
        for batch in reader:
            found: dict[str, Any] = {
                name: column.to_numpy(zero_copy_only=False)
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
            yield np.column_stack([found[name] for name in wanted])


def spaced_blocks(stream: BufferedIOBase, dialect: Dialect, columns: Sequence[int]) -> Iterator[Block]:
    """Rows separated by any run of white space, through NumPy; every row must have all columns."""
    width = len(dialect.names)
    lines = (line for line in stream if not line.isspace())
    while taken := list(islice(lines, BLOCK_LINES)):
        if dialect.decimal == ",":
            taken = [line.replace(b",", b".") for line in taken]
        rows = np.loadtxt(taken, dtype=np.float64, comments=None, ndmin=2)
        if rows.shape[1] != width:
            raise ValueError(f"expected {width} columns, got {rows.shape[1]}")
        yield rows[:, list(columns)]
