"""Parquet and Feather: columns of numbers are channels, a column of times is the clock; read batch by batch."""

import itertools
import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError
from pipeline.readers.base import (
    NO_RATE,
    ChannelHeader,
    Header,
    Reader,
    Writer,
    checked_part,
    few,
    recording_of,
    wanted_names,
)
from pipeline.readers.bombs import refuse_bomb
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.arrow_tables import Table, is_table, opened
from pipeline.readers.stated import stated_facts
from pipeline.readers.tables.unit_in_name import unit_of
from pipeline.readers.tick_clock import TickClock
from pipeline.readers.time_column import Clock, time_unit
from pipeline.readers.traces import SHORTEST
from pipeline.readers.workspace import refuse_unholdable
from pipeline.signals.long_samples import recut
from pipeline.signals.recording import Recording, Samples

if TYPE_CHECKING:
    import pyarrow

FEATHER_SUFFIXES = (".feather", ".arrow", ".ipc")
LONGEST_TEXT = 1000
"""Longer texts beside a table are other software's notes."""

INDEX = "__index_level_"
"""How pandas calls the column of an index without a name: row numbers, or times."""

ROLE = {b"role": b"channel"}
"""Beside a column: it is a channel, whatever it is called."""


class Columns(NamedTuple):
    """Which column is what: channel -> position, and the position of the clock, where there is one."""

    channels: Mapping[str, int]
    clock: int | None


class ArrowReader(Reader, Writer):
    """Parquet, and Arrow IPC files, which are Feather of the second version.

    Channels are named as their columns, a repeated name as `x#2`; what is missing is NaN. The rate is stated beside
    the table (`rate_hz`, `fs`, ...), or by the steps of a column of timestamps or one named time; units are stated
    beside their columns, or in brackets after their names.
    """

    name = "arrow"
    suffixes = (".parquet", ".pq", *FEATHER_SUFFIXES)

    def can_read(self, path: Path) -> bool:
        """By the first bytes."""
        return is_table(path)

    def header(self, path: Path) -> Header:
        """Channels and facts; of the samples nothing is read, of a clock that must tell the rate its column."""
        with opened(path) as table:
            return header_of(table, path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored, integers as float64; row groups before the part are skipped."""
        start, stop = checked_part(start, stop, path)
        with opened(path) as table:
            header = header_of(table, path)
            names = wanted_names(header, channels, str(path))
            end = table.n_rows if stop is None else min(stop, table.n_rows)
            pieces = pieces_of(table, names, start, end)
            samples = filled(pieces, len(names), max(end - start, 0), dtype_of(table, names))
            return recording_of(samples, names, header, path, whole=samples.shape[1] == table.n_rows)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """One pass over the rows, whatever the batches are they lie in."""
        start, stop = checked_part(start, stop, path)
        with opened(path) as table:
            names = wanted_names(header_of(table, path, timed=False), channels, str(path))
            end = table.n_rows if stop is None else min(stop, table.n_rows)
            yield from recut(pieces_of(table, names, start, end), size, 0, max(end - start, 0))

    def write(self, recording: Recording, path: Path) -> None:
        """Parquet, or Feather by the suffix; rate, speed and load beside the table, units beside their columns."""
        refuse_unholdable(recording, "Parquet")
        write_faithful(self, recording, path, packed(recording, path.suffix.lower() in FEATHER_SUFFIXES))


def header_of(table: Table, path: Path, timed: bool = True) -> Header:
    """Channels with what is said of them; the clock is asked where nothing else tells the rate.

    Args:
        table: an open table.
        path: for errors.
        timed: whether the rate is needed at all.

    Raises:
        ReadError: when no column is a signal, or the file promises far more than it stores.
    """
    columns = columns_of(table.schema)
    if not columns.channels or table.n_rows < SHORTEST:
        held = few([f"{field.name} ({field.type})" for field in table.schema]) or "nothing"
        raise ReadError(
            f"{path}: no signal; needed is a column of {SHORTEST} numbers or more, "
            f"it holds {table.n_rows} rows of {held}"
        )
    promised = table.n_rows * sum(table.schema.field(k).type.bit_width // 8 for k in columns.channels.values())
    refuse_bomb(path, promised, path.stat().st_size)
    beside = said_beside(table.schema.metadata)
    said = stated_facts(beside)
    if timed and "rate_hz" not in said and columns.clock is not None:
        clock = clock_fed_by(table, columns.clock)
        said |= {"rate_hz": clock.rate_hz} | ({NO_RATE: clock.silence} if clock.silence else {})
    return Header(
        tuple(channel_of(name, table.schema.field(k), table.n_rows, said) for name, k in columns.channels.items()),
        {word: said[word] for word in ("speed_rpm", "load", NO_RATE) if word in said},
    )


def channel_of(name: str, field: "pyarrow.Field", n_rows: int, said: Mapping[str, Any]) -> ChannelHeader:
    """A column; what is said beside it goes before what is said beside the table, and that before its name."""
    own = stated_facts(said_beside(field.metadata))
    unit = own.get("unit", said.get("unit", unit_of(name)))
    return ChannelHeader(name, n_rows, own.get("rate_hz", said.get("rate_hz")), unit or None)


def said_beside(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """The numbers and short texts attached to a table or column; a text may be written as JSON.

    Example:
        >>> said_beside({b"fs": b"12000", b"load": b"2 hp", b"room": b'"7"', b"pandas": b"{}"})
        {'fs': 12000, 'load': '2 hp', 'room': '7'}
    """
    said: dict[str, Any] = {}
    for name, stored in (metadata or {}).items():
        if len(stored) > LONGEST_TEXT:
            continue
        text = stored.decode("utf-8", errors="replace")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if isinstance(value, int | float | str):
            said[name.decode("utf-8", errors="replace")] = value
    return said


def columns_of(schema: "pyarrow.Schema") -> Columns:
    """Which columns are channels, and which is the clock: the first of timestamps, else the first named time."""
    channels: dict[str, int] = {}
    clocks: list[int] = []
    for k, field in enumerate(schema):
        meant = (field.metadata or {}).items() >= ROLE.items()
        if is_time(field.type) or (is_number(field.type) and time_unit(field.name) is not None and not meant):
            clocks.append(k)
        elif is_number(field.type) and not field.name.startswith(INDEX):
            channels[unlike(field.name or f"c{k}", channels)] = k
    clocks.sort(key=lambda k: not is_time(schema.field(k).type))
    return Columns(channels, clocks[0] if clocks else None)


def unlike(name: str, taken: Container[str]) -> str:
    """A name that is not taken.

    Example:
        >>> unlike("x", ["x", "x#2"]), unlike("y", ["x"])
        ('x#3', 'y')
    """
    candidates = itertools.chain([name], (f"{name}#{k}" for k in itertools.count(2)))
    return next(each for each in candidates if each not in taken)


def is_number(kind: "pyarrow.DataType") -> bool:
    """Whether values of this type are real numbers."""
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def is_time(kind: "pyarrow.DataType") -> bool:
    """Whether values of this type are times finer than a day."""
    from pyarrow import types

    return bool(types.is_timestamp(kind) or types.is_duration(kind) or types.is_time(kind))


def clock_fed_by(table: Table, column: int) -> Clock:
    """A clock that has seen all of a column of times."""
    import pyarrow

    field = table.schema.field(column)
    if not is_time(field.type):
        clock = Clock(time_unit(field.name) or "")
        for _, batch in table.batches([column]):
            clock.feed(numbers_of(batch.column(0)).astype(np.float64))
        return clock
    ticking = TickClock(field.type.unit)
    for _, batch in table.batches([column]):
        times = batch.column(0)
        stored = times.cast(pyarrow.int32()) if times.type.bit_width == 32 else times
        ticks = stored.cast(pyarrow.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        ticking.feed_ticks(ticks, times.is_null().to_numpy(zero_copy_only=False))
    return ticking


def numbers_of(column: "pyarrow.Array") -> npt.NDArray[Any]:
    """The values of a column, NaN where one is missing; floats as stored, anything else as float64."""
    import pyarrow

    floats = column if pyarrow.types.is_floating(column.type) else column.cast(pyarrow.float64(), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False))


def dtype_of(table: Table, names: Sequence[str]) -> np.dtype[Any]:
    """The type that holds the values of some channels together."""
    import pyarrow

    columns = columns_of(table.schema)
    kinds = [table.schema.field(columns.channels[name]).type for name in names]
    return np.result_type(
        *(kind.to_pandas_dtype() if pyarrow.types.is_floating(kind) else np.float64 for kind in kinds)
    )


def pieces_of(table: Table, names: Sequence[str], start: int, end: int) -> Iterator[Samples]:
    """Rows [start, end) of some channels as they come, each piece of shape (channel, time) and of one type."""
    places = columns_of(table.schema).channels
    columns = sorted(places[name] for name in set(names))
    dtype = dtype_of(table, names)
    if start >= end:
        return
    for first, batch in table.batches(columns, start):
        part = batch.slice(max(start - first, 0), max(end - max(first, start), 0))
        yield np.stack([numbers_of(part.column(columns.index(places[name]))).astype(dtype) for name in names])
        if first + batch.num_rows >= end:
            return


def filled(pieces: Iterable[Samples], n_channels: int, n_samples: int, dtype: np.dtype[Any]) -> Samples:
    """Pieces one after the other in one array.

    Raises:
        EOFError: when they end before it is full.
    """
    samples = np.empty((n_channels, n_samples), dtype)
    at = 0
    for piece in pieces:
        samples[:, at : at + piece.shape[1]] = piece
        at += piece.shape[1]
    if at != n_samples:
        raise EOFError(f"{n_samples} rows promised, {at} found")
    return samples


def packed(recording: Recording, as_feather: bool) -> Iterator[bytes]:
    """The bytes of a file that holds a recording."""
    import pyarrow
    from pyarrow import feather, parquet

    said = {word: recording.facts[word] for word in ("speed_rpm", "load") if word in recording.facts}
    said |= {} if recording.rate_hz is None else {"rate_hz": recording.rate_hz}
    arrays = [pyarrow.array(row) for row in recording.samples]
    fields = [
        pyarrow.field(name, array.type, metadata=ROLE | {b"unit": (unit or "").encode()})
        for name, unit, array in zip(recording.channels, recording.units, arrays, strict=True)
    ]
    schema = pyarrow.schema(fields, metadata={word: json.dumps(value) for word, value in said.items()})
    table = pyarrow.Table.from_arrays(arrays, schema=schema)
    content = pyarrow.BufferOutputStream()
    if as_feather:
        feather.write_feather(table, content)
    else:
        parquet.write_table(table, content, write_page_checksum=True)
    yield content.getvalue().to_pybytes()
