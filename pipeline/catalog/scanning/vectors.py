"""Vectors: a table of sensor vectors as a catalog, one row per row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.cells import CONDITION
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, did_you_mean
from pipeline.readers.formats.vectors import VectorsReader, read_table

ABOUT = ("labels", "specimen", "machine", "point")
"""What a column of the table may say of its row; any other name is a condition."""

SHORT = {"label": "labels"}

NUMBER = "#"
"""Stands for the row's own number: `#=specimen` states that every row heard another specimen."""


def scan_vectors(path: Path | str, columns: Mapping[str, str]) -> Catalog:
    """A table whose rows are n sensor values each, as a catalog.

    Args:
        path: CSV or Parquet, with column names.
        columns: which columns are no sensors: the table's name -> what it says of the row (`label`, `specimen`,
            `machine`, `point`, or the name of a condition). `a+b` in a label column are two labels. The name `#`
            stands for the row's number: `{"#": "specimen"}` states that every row is a specimen of its own.

    Raises:
        CatalogError: for a column the table does not have.
        ReadError: for a file that is no table of numbers.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "pump.csv"
        ...     _ = path.write_text("pressure,flow,state\\n1.5,2,healthy\\n2.5,1,worn\\n")
        ...     catalog = scan_vectors(path, {"state": "label"})
        >>> [(row.signal, row.labels, row.n_samples) for row in catalog]
        [('pump.csv/0', ('healthy',), 2), ('pump.csv/1', ('worn',), 2)]
        >>> catalog.rows[0].reader
        'vectors:without=state'
    """
    path = Path(path)
    if not path.is_file():
        raise CatalogError(f"{path}: no such file; a table of sensor vectors is one CSV or Parquet file")
    said = told_by(path, columns)
    without = tuple(name for name in columns if name != NUMBER)
    reader = VectorsReader(without)
    rows = tuple(
        Row(
            f"{path.name}/{channel.name}",
            path.name,
            channel=channel.name,
            n_samples=channel.n_samples,
            reader=f"vectors:without={'+'.join(without)}" if without else "vectors",
            **told,
        )
        for channel, told in zip(reader.header(path).channels, said, strict=True)
    )
    return Catalog(rows, path.parent)


def told_by(path: Path, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the columns that are no sensors say of each row, as a catalog row's fields."""
    table = read_table(path)
    if NUMBER not in table.column_names:
        table = table.append_column(NUMBER, [[str(place) for place in range(table.num_rows)]])
    for name in columns:
        if name not in table.column_names:
            hint = did_you_mean(name, table.column_names) or f"; it has {', '.join(table.column_names[:12])}"
            raise CatalogError(f"{path}: no column '{name}'{hint}")
    for ours in columns.values():
        word = ours.removeprefix(CONDITION)
        near = did_you_mean(ours, (*SHORT, *ABOUT)) if word == ours and ours not in (*SHORT, *ABOUT) else ""
        if near:
            raise CatalogError(f"--column ...={ours}: unknown{near} A condition of your own is '{CONDITION}{ours}'")
    columns = {theirs: ours.removeprefix(CONDITION) for theirs, ours in columns.items()}
    said = {SHORT.get(ours, ours): table.column(theirs).to_pylist() for theirs, ours in columns.items()}
    return [as_fields({name: values[place] for name, values in said.items()}) for place in range(table.num_rows)]


def as_fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """One row's words as fields of a catalog row; an empty cell says nothing.

    Example:
        >>> as_fields({"labels": "ball+cage", "specimen": 7, "load": 50.0})
        {'labels': ('ball', 'cage'), 'specimen': '7', 'condition': {'load': 50.0}}
    """
    known = {name: value for name, value in said.items() if value not in (None, "")}
    fields: dict[str, Any] = {name: str(known[name]) for name in ABOUT if name in known}
    if "labels" in fields:
        fields["labels"] = tuple(label for label in fields["labels"].split("+") if label)
    condition = {
        name: value if isinstance(value, int | float | str) else str(value)
        for name, value in known.items()
        if name not in ABOUT
    }
    return fields | ({"condition": condition} if condition else {})
