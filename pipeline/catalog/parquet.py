"""Parquet: a catalog with typed columns, the same rows as its CSV, for tables too large for a spreadsheet."""

import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.catalog.cells import (
    COLUMNS,
    CONDITION,
    CellReader,
    Cells,
    cells_of,
    check_columns,
    number,
    text_of,
    whole,
)
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError

FLOATS = ("rate_hz", "speed_rpm")
WHOLES = ("n_samples", "start", "stop", "size_bytes")
BATCH = 4096
MARK = {b"faultprint": b"catalog"}
"""In the file's own words that it is a catalog, so that a scan does not take it for a recording."""


def read_parquet(path: Path) -> Iterator[Row]:
    """The rows of a catalog in Parquet; text where a CSV has text, numbers as numbers or as text.

    Raises:
        CatalogError: for a missing or damaged file, an unknown column, or a cell that cannot be read.
    """
    import pyarrow
    from pyarrow import parquet

    reader = CellReader()
    try:
        with parquet.ParquetFile(path) as file:
            check_columns(file.schema_arrow.names, str(path))
            for place, cells in enumerate(_lines(file), start=1):
                yield reader.row_of(cells, f"{path}: row {place}")
    except (OSError, pyarrow.ArrowException) as error:
        said = " ".join(str(error).split())[:160]
        raise CatalogError(f"{path}: cannot be read as a catalog (Parquet): {said}") from None


def _lines(file: Any) -> Iterator[Cells]:
    for batch in file.iter_batches(BATCH):
        for line in batch.to_pylist():
            yield {column: text_of(value) for column, value in line.items() if value is not None}


def parquet_bytes(rows: Sequence[Row], sources: Iterator[str]) -> bytes:
    """A catalog as the bytes of a Parquet file.

    Args:
        rows: what to write.
        sources: the file of each row, as the table calls it.
    """
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(name, _kind(name, rows, pyarrow)) for name in columns_of(rows)], metadata=MARK)
    typed = {field.name: field.type for field in schema}
    sink = io.BytesIO()
    lines = (cells_of(row, source) for row, source in zip(rows, sources, strict=True))
    with parquet.ParquetWriter(sink, schema) as writer:
        while some := list(islice(lines, BATCH)):
            columns = {
                name: [_value(line.get(name, ""), kind, pyarrow) for line in some] for name, kind in typed.items()
            }
            writer.write_table(pyarrow.table(columns, schema=schema))
    return sink.getvalue()


def columns_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """Every column of a table of these rows.

    Example:
        >>> columns_of([Row("a", "a.wav", condition={"load": 1.0})])[-2:]
        ('agreement', 'condition.load')
    """
    conditions = sorted({name for row in rows for name in row.condition})
    return (*COLUMNS, *(f"{CONDITION}{name}" for name in conditions))


def _kind(column: str, rows: Sequence[Row], pyarrow: Any) -> Any:
    """The type of a column; a condition is a number where all of its values are."""
    if column in WHOLES:
        return pyarrow.int64()
    name = column.removeprefix(CONDITION)
    told = [row.condition[name] for row in rows if name in row.condition] if column.startswith(CONDITION) else [""]
    numbers = column in FLOATS or all(type(value) in (int, float) for value in told)
    return pyarrow.float64() if numbers else pyarrow.string()


def _value(cell: str, kind: Any, pyarrow: Any) -> Any:
    if not cell:
        return None
    if pyarrow.types.is_string(kind):
        return cell
    return whole(cell) if pyarrow.types.is_integer(kind) else number(cell)


def is_parquet_catalog(path: Path) -> bool:
    """Whether a Parquet file says that it is a catalog; False for a damaged one.

    Example:
        >>> is_parquet_catalog(Path("nowhere.parquet"))
        False
    """
    import pyarrow
    from pyarrow import parquet

    try:
        metadata = parquet.read_schema(path).metadata or {}
    except (OSError, pyarrow.ArrowException):
        return False
    return all(metadata.get(key) == value for key, value in MARK.items())
