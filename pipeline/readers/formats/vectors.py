"""Sensor vectors: a table whose every row is one sample of n sensors, as process plants and test benches log them.

Nothing in a table tells whether its rows are instants of one recording or recordings of their own, so this reader is
never found by content; it is named, `--reader vectors`. Columns that are no sensors (a label, an id) are named too,
`--reader vectors:without=class+id`; columns of text never are sensors.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pipeline.errors import ReadError, RequestError, did_you_mean
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    checked_part,
    damage_told,
    few,
    first_bytes,
    wanted_names,
)
from pipeline.signals.recording import Recording

if TYPE_CHECKING:
    import pyarrow

DELIMITERS = (",", ";", "\t", "|")
LARGEST_BYTES = 2**30
"""A table of rows with labels is held whole; one above a gigabyte is no such table."""


class VectorsReader(Reader):
    """One channel per row of the table, named by its number from 0; its samples are the row's sensors in column order.

    CSV (any usual delimiter, a header line) and Parquet. Every channel is a recording of its own, so `diagnose` gives
    each a verdict.

    Args:
        without: columns that are no sensors.
    """

    name = "vectors"
    suffixes = (".csv", ".tsv", ".parquet")
    by_content = False
    every_channel = True

    def __init__(self, without: tuple[str, ...] = ()) -> None:
        self.without = without

    @classmethod
    def with_options(cls, text: str) -> Self:
        """The reader with what follows the colon of its name.

        Raises:
            RequestError: for anything but `without=COLUMN+COLUMN`.

        Example:
            >>> VectorsReader.with_options("without=class+id").without
            ('class', 'id')
        """
        key, equals, names = text.partition("=")
        if key != "without" or not equals or not names:
            raise RequestError(f"--reader vectors:{text}: give columns that are no sensors, vectors:without=class+id")
        return cls(tuple(names.split("+")))

    def can_read(self, path: Path) -> bool:  # noqa: ARG002  (a format that has no look of its own)
        """Never: that rows are recordings is for a person to say."""
        return False

    def header(self, path: Path) -> Header:
        """One channel per row; no rate, as sensors beside one another have none."""
        return self._table(path).header

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Sensors [start, stop) of some rows, in column order."""
        start, stop = checked_part(start, stop, path)
        table = self._table(path)
        names = wanted_names(table.header, channels, str(path))
        rows = range(len(table.values)) if channels is None else [int(name) for name in names]
        samples = np.array(table.values[rows, start:stop])
        return Recording(samples, names, facts=dict(table.header.facts), source=str(path))

    def _table(self, path: Path) -> "VectorTable":
        with damage_told(path, "a table of sensor vectors"):
            state = path.stat()
            return _sensors(path, state.st_mtime_ns, state.st_size, self.without)


class VectorTable(NamedTuple):
    """The sensors of a table: values of shape (row, sensor), and what a reader says of them."""

    values: npt.NDArray[np.float64]
    header: Header


@lru_cache(maxsize=2)
def _sensors(path: Path, modified: int, size: int, without: tuple[str, ...]) -> VectorTable:  # noqa: ARG001
    """A table's sensors, kept while the file stays as it is (`modified`): rows are asked for one by one."""
    if size > LARGEST_BYTES:
        raise ReadError(f"{path}: {size / 1e9:.3g} GB are too many for a table of sensor vectors; split it")
    table = read_table(path)
    for name in without:
        if name not in table.column_names:
            raise ReadError(f"{path}: no column '{name}'{did_you_mean(name, table.column_names) or ''}; "
                            f"it has {few(table.column_names)}")  # fmt: skip
    sensors = [name for name in table.column_names if name not in without and is_number(table.schema.field(name).type)]
    if not sensors or not table.num_rows:
        raise ReadError(f"{path}: no column of numbers is left as a sensor; it has {few(table.column_names)}")
    columns = [table.column(name).cast("float64").to_numpy() for name in sensors]
    channels = tuple(ChannelHeader(str(row), len(sensors)) for row in range(table.num_rows))
    return VectorTable(np.stack(columns, axis=1), Header(channels, {"sensors": tuple(sensors)}))


def read_table(path: Path) -> "pyarrow.Table":
    """A CSV or Parquet file as a table with named columns, its text columns as text.

    Raises:
        ReadError: for a file that is neither.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "pump.csv"
        ...     _ = path.write_text("pressure;class\\n1,5;healthy\\n2,5;worn\\n")
        ...     read_table(path).to_pydict()
        {'pressure': [1.5, 2.5], 'class': ['healthy', 'worn']}
    """
    from pyarrow import csv, parquet

    if first_bytes(path, 4) == b"PAR1":
        return parquet.read_table(path)
    with damage_told(path, "a table"):
        first = first_bytes(path, 65536).split(b"\n", 1)[0].decode("utf-8-sig", "replace")
        delimiter = max(DELIMITERS, key=first.count)
        marks = (".", ",") if delimiter != "," else (".",)
        tables = [
            csv.read_csv(
                path,
                parse_options=csv.ParseOptions(delimiter=delimiter),
                convert_options=csv.ConvertOptions(decimal_point=mark),
            )
            for mark in marks
        ]
    return max(tables, key=lambda table: sum(is_number(field.type) for field in table.schema))


def is_number(kind: Any) -> bool:
    """Whether a column's type is one of numbers."""
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))
