"""Table: which columns of a text are channels, which is the clock, and what the lines above them state."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ReadError
from pipeline.readers.tables.dialect import LOOKED_AT, Dialect, find_dialect
from pipeline.readers.tables.lines import first_lines
from pipeline.readers.tables.preamble import preamble_facts
from pipeline.readers.time_column import Clock, DayClock, time_unit
from pipeline.signals.recording import Facts

MOST_COLUMNS = 16_384
"""As many as a sheet of Excel has; a table with more has its channels in rows."""


class Table(NamedTuple):
    """What the first lines of a file tell.

    Attributes:
        dialect: how it is written.
        channels: positions of the columns that are channels.
        clock: position of the time column that may tell the rate, where there is one.
        facts: what the lines above the numbers state.
    """

    dialect: Dialect
    channels: tuple[int, ...]
    clock: int | None
    facts: Facts


def table_of(path: Path) -> Table | None:
    """What the first lines tell, None when they are no table of numbers."""
    return table_in(tuple(first_lines(path)[: LOOKED_AT + 1]))


@lru_cache(maxsize=16)
def table_in(lines: tuple[str, ...]) -> Table | None:
    """The same for lines; kept, because a file is asked whether it can be read, then for its header, then read."""
    dialect = find_dialect(lines)
    if dialect is None:
        return None
    times = [k for k, name in enumerate(dialect.names) if time_unit(name) is not None]
    numbers = [k for k, kind in enumerate(dialect.kinds) if kind == "number"]
    moments = [k for k, kind in enumerate(dialect.kinds) if kind == "moment"]
    clocks = [k for k in numbers if k in times] + moments
    channels = tuple(k for k in numbers if k not in times)
    facts = preamble_facts(stating(lines, dialect), dialect.decimal)
    return Table(dialect, channels, clocks[0] if clocks else None, facts)


def stating(lines: Sequence[str], dialect: Dialect) -> list[str]:
    """The lines that may state facts: those above the numbers, and settings in columns beside them.

    Oscilloscopes of the Tektronix TDS family write `Sample Interval,4e-06,,` before the first numbers of a row.
    """
    above = list(lines[: dialect.n_skipped])
    if dialect.delimiter and dialect.kinds[0] == "word":
        above += [line for line in lines[dialect.n_skipped :] if line.partition(dialect.delimiter)[0].strip()]
    return above


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
    if len(table.channels) > MOST_COLUMNS:
        raise ReadError(
            f"{path}: {len(table.channels)} columns where {MOST_COLUMNS} are the most; a column is a channel here: "
            "turn the table, or read its rows with --reader vectors"
        )
    return table


def places(table: Table, names: Sequence[str]) -> list[int]:
    """Positions of columns by name."""
    places = {name: place for place, name in enumerate(table.dialect.names)}
    return [places[name] for name in names]


def clock_of(table: Table) -> Clock | None:
    """The clock of a table's time column, None without one."""
    if table.clock is None:
        return None
    if table.dialect.kinds[table.clock] == "moment":
        return DayClock()
    return Clock(time_unit(table.dialect.names[table.clock]) or table.dialect.units[table.clock] or "")
