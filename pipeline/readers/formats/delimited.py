"""Tables of numbers as text (CSV, TSV, white space, gzip or not), of any length, parsed a megabyte at a time."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.errors import ReadError
from pipeline.readers.base import (
    NO_RATE,
    ChannelHeader,
    Header,
    Reader,
    Writer,
    checked_part,
    damage_told,
    recording_of,
    wanted_names,
)
from pipeline.readers.faithful import write_faithful
from pipeline.readers.tables.columns import Block, Column, Columns
from pipeline.readers.tables.lines import line_blocks
from pipeline.readers.tables.table import Table, clock_of, known_table, places, table_of
from pipeline.readers.tables.writing import written
from pipeline.readers.time_column import JITTER, Clock
from pipeline.readers.traces import SHORTEST
from pipeline.signals.recording import Recording, Samples

LARGEST_PIECE = 1 << 20
"""Longer pieces than this are cut to what the file holds, so that a caller may ask for `size` without end."""


class Seen(NamedTuple):
    """What one pass over all rows tells: their number, the clock's rate, and why the clock tells none."""

    n_rows: int
    rate_hz: float | None
    silence: str | None = None


NOTHING_SEEN = Seen(0, None)


class DelimitedReader(Reader, Writer):
    """Text with one row per sample: any of `, ; tab space`, header lines, BOM, UTF-16, decimal comma, gzip.

    A column named time, t or timestamp, or one of dates or times of day, is no channel; if its steps are steady it
    gives the rate, as a line above the numbers may (`Sampling rate: 25600 Hz`). Columns of words are left out. Without
    names the columns are `c0`, `c1`, ...; a unit in brackets after a name, or in a line below the names, is the
    channel's.
    """

    name = "delimited"
    suffixes = (".csv", ".tsv", ".txt", ".dat", ".lvm", ".gz")

    def can_read(self, path: Path) -> bool:
        """By the first 64 KiB: text, most of whose lines split into the same count of numbers."""
        return table_of(path) is not None

    def header(self, path: Path) -> Header:
        """Channels and rate; rows are counted in a stream."""
        with damage_told(path, "a table of numbers"):
            table = known_table(path)
            return header_of(table, seen_in(path, table))

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as written, float64; an empty field is NaN. The part is parsed into its place, no more is loaded."""
        with damage_told(path, "a table of numbers"):
            start, stop = checked_part(start, stop, path)
            table = known_table(path)
            names = wanted_names(header_of(table), channels, str(path))
            if start == 0 and stop is None:
                return whole_of(path, table, names)
            seen = seen_in(path, table)
            end = seen.n_rows if stop is None else min(stop, seen.n_rows)
            n_wanted = max(0, end - start)
            parts = rows_in(path, table, places(table, names), start, end) if n_wanted else iter(())
            samples = poured(parts, len(names), n_wanted)
            return recording_of(samples, names, header_of(table, seen), path, whole=n_wanted == seen.n_rows)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Pieces of `size` samples in one pass; rows before `start` are counted only, none after `stop` are read."""
        with damage_told(path, "a table of numbers"):
            start, stop = checked_part(start, stop, path)
            table = known_table(path)
            names = wanted_names(header_of(table), channels, str(path))
            if size > LARGEST_PIECE:
                size = min(size, seen_in(path, table._replace(clock=None)).n_rows)
            yield from pieces(rows_in(path, table, places(table, names), start, stop), len(names), size)

    def write(self, recording: Recording, path: Path) -> None:
        """A CSV with the rate and speed in comment lines, names, units where there are any, and shortest exact numbers.

        Raises:
            FactError: for names that would not come back, or fewer than 64 samples.
        """
        write_faithful(self, recording, path, written(recording))


def header_of(table: Table, seen: Seen = NOTHING_SEEN) -> Header:
    """Channels of a table, with what a pass over its rows has told."""
    rate_hz = agreed_rate(table.facts.get("rate_hz"), seen.rate_hz)
    names, units = table.dialect.names, table.dialect.units
    channels = tuple(ChannelHeader(names[k], seen.n_rows, rate_hz, units[k]) for k in table.channels)
    facts = {word: fact for word, fact in table.facts.items() if word != "rate_hz"}
    silence = None if rate_hz is not None else contradiction(table.facts.get("rate_hz"), seen.rate_hz) or seen.silence
    return Header(channels, facts | ({NO_RATE: silence} if silence else {}))


def contradiction(stated_hz: float | None, clock_hz: float | None) -> str | None:
    """What is stated and what the times tell, in words, where both speak and no rate is agreed."""
    if stated_hz is None or clock_hz is None:
        return None
    return f"{stated_hz:g} Hz stands above its numbers, and its times step as at {clock_hz:g} Hz"


def seen_of(n_rows: int, clock: Clock | None) -> Seen:
    """What a pass over all rows tells, its clock fed with all times."""
    return Seen(n_rows, clock.rate_hz, clock.silence) if clock else Seen(n_rows, None)


def agreed_rate(stated_hz: float | None, clock_hz: float | None) -> float | None:
    """The rate, from what is stated and what the times tell; none where the two contradict each other.

    Example:
        >>> agreed_rate(51200.0, None), agreed_rate(51200.0, 51200.4), agreed_rate(51200.0, 25600.0)
        (51200.0, 51200.0, None)
    """
    if stated_hz is None or clock_hz is None:
        return clock_hz if stated_hz is None else stated_hz
    return stated_hz if abs(stated_hz - clock_hz) <= JITTER * stated_hz else None


def seen_in(path: Path, table: Table) -> Seen:
    """One pass over all rows: they are counted, the clock is watched, and whatever looks odd is parsed in full.

    Raises:
        ReadError: when there are too few rows, or one does not fit.
    """
    clock = clock_of(table)
    every = Columns(path, table.dialect, [*([] if table.clock is None else [table.clock]), *table.channels])
    times = None if table.clock is None else Columns(path, table.dialect, [table.clock])
    n_rows = 0
    for lines in line_blocks(path, table.dialect.n_skipped):
        block = Block(lines, table.dialect)
        n_rows += block.n_rows
        parse = times if block.is_plain else every
        parsed = parse(block) if parse and block.n_rows else []
        if clock and parsed:
            clock.feed(parsed[0])
    refuse_few(path, n_rows)
    return seen_of(n_rows, clock)


def whole_of(path: Path, table: Table, names: Sequence[str]) -> Recording:
    """All samples of some channels: rows are counted first, so that each is parsed into its place, and only once.

    Raises:
        ReadError: as `seen_in` and `rows_in` do.
    """
    n_rows = seen_in(path, table._replace(clock=None)).n_rows
    clock = clock_of(table)
    times = [] if table.clock is None else [table.clock]
    parts = rows_in(path, table, [*times, *places(table, names)])
    if clock:
        parts = clocked(parts, clock)
    samples = poured(parts, len(names), n_rows)
    header = header_of(table, seen_of(n_rows, clock))
    return recording_of(samples, names, header, path)


def clocked(parts: Iterable[list[Column]], clock: Clock) -> Iterator[list[Column]]:
    """The columns behind the first, which is fed to a clock."""
    for times, *columns in parts:
        clock.feed(times)
        yield columns


def refuse_few(path: Path, n_rows: int) -> None:
    """Nothing, for a table long enough to be a signal.

    Raises:
        ReadError: for a shorter one.
    """
    if n_rows < SHORTEST:
        raise ReadError(f"{path}: no signal; needed are {SHORTEST} rows of numbers or more, it holds {n_rows}")


def rows_in(
    path: Path, table: Table, columns: Sequence[int], start: int = 0, stop: int | None = None
) -> Iterator[list[Column]]:
    """Rows [start, stop) of some columns, one array per column, as the blocks of the file give them.

    Raises:
        ReadError: when the file ends after too few rows, or one does not fit.
    """
    parse = Columns(path, table.dialect, columns)
    n_before = 0
    for lines in line_blocks(path, table.dialect.n_skipped):
        block = Block(lines, table.dialect)
        if n_before + block.n_rows > start:
            first, end = max(0, start - n_before), None if stop is None else stop - n_before
            yield [column[first:end] for column in parse(block)]
        n_before += block.n_rows
        if stop is not None and n_before >= stop:
            return
    refuse_few(path, n_before)


def poured(parts: Iterable[Sequence[Column]], n_channels: int, n_samples: int) -> Samples:
    """Columns as one array (channel, time) that was allocated once."""
    return next(pieces(parts, n_channels, n_samples), np.empty((n_channels, 0)))


def pieces(parts: Iterable[Sequence[Column]], n_channels: int, size: int) -> Iterator[Samples]:
    """Columns of any length as arrays (channel, time) of `size` samples, each copied once; the last may be shorter.

    Example:
        >>> [piece.tolist() for piece in pieces([[np.arange(3.0)], [np.arange(3.0, 5.0)]], 1, size=2)]
        [[[0.0, 1.0]], [[2.0, 3.0]], [[4.0]]]
    """
    piece, n_filled = np.empty((n_channels, size)), 0
    for columns in parts:
        n_taken, n_rows = 0, len(columns[0])
        while n_taken < n_rows:
            n_now = min(size - n_filled, n_rows - n_taken)
            for row, column in zip(piece, columns, strict=True):
                row[n_filled : n_filled + n_now] = column[n_taken : n_taken + n_now]
            n_taken, n_filled = n_taken + n_now, n_filled + n_now
            if n_filled == size:
                yield piece
                piece, n_filled = np.empty((n_channels, size)), 0
    if n_filled:
        yield piece[:, :n_filled].copy()
