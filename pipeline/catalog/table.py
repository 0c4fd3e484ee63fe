"""Table: a catalog as CSV, one line per signal, so that a spreadsheet or an editor can mend it.

Columns are the fields of `Row`, and `condition.NAME` for every condition. Only `source` must be there: an absent
column takes the field's default, and `signal` is made from source and channel. Labels are joined with "|". A bearing
or gear is the name of one in the table that comes with Faultprint, or inline YAML, such as
`{n_elements: 8, diameter_ratio: 0.19}`.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, FaultprintError, did_you_mean
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of

COLUMNS = tuple(field.name for field in fields(Row) if field.name != "condition")
CONDITION = "condition."


def number_or_text(cell: str) -> float | str:
    """A number where the text is one, otherwise the text.

    Example:
        >>> number_or_text("50"), number_or_text("low")
        (50.0, 'low')
    """
    try:
        value = float(cell)
    except ValueError:
        return cell
    return value if math.isfinite(value) else cell


def number(cell: str) -> float:
    """A finite number."""
    value = number_or_text(cell)
    if isinstance(value, str):
        raise ValueError(f"must be a number, got '{cell}'")
    return value


def whole(cell: str) -> int:
    """A whole number; a spreadsheet may have written it as 12000.0."""
    value = number(cell)
    if value != int(value):
        raise ValueError(f"must be a whole number, got '{cell}'")
    return int(value)


READERS_OF_CELLS: Mapping[str, Callable[[str], Any]] = {
    "labels": lambda cell: tuple(label.strip() for label in cell.split("|") if label.strip()),
    "rate_hz": number,
    "speed_rpm": number,
    "n_samples": whole,
    "start": whole,
    "stop": whole,
    "bearing": bearing_of,
    "gear": gear_of,
}


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a catalog's CSV.

    Args:
        path: the CSV; "," or ";" between its cells.

    Raises:
        CatalogError: for a missing file, an unknown column (with the nearest), or a cell that cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: cannot be read as a catalog (CSV in UTF-8): {error}") from None
    first = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",")
    check_columns(table.fieldnames or (), path)
    return tuple(row_of(cells, f"{path}:{table.line_num}") for cells in table)


def check_columns(columns: Sequence[str], path: Path) -> None:
    """Refuse what no field takes, because a misspelt column would silently change a result.

    Raises:
        CatalogError: for an unknown or doubled column, or without `source`.
    """
    for column in columns:
        if column not in COLUMNS and not (column.startswith(CONDITION) and column != CONDITION):
            hint = did_you_mean(column, COLUMNS) or f"; a condition of your own is '{CONDITION}{column}'"
            raise CatalogError(f"{path}: unknown column '{column}'{hint}")
        if columns.count(column) > 1:
            raise CatalogError(f"{path}: column '{column}' is there more than once")
    if "source" not in columns:
        raise CatalogError(f"{path}: a catalog needs a column 'source' with the file of each signal")


def row_of(cells: Mapping[str, Any], place: str) -> Row:
    """One line of the table.

    Raises:
        CatalogError: naming file and line, for a cell that cannot be read.
    """
    if None in cells or None in cells.values():
        raise CatalogError(f"{place}: has another number of cells than the first line")
    given = {column: str(cell).strip() for column, cell in cells.items() if str(cell).strip()}
    values: dict[str, Any] = {}
    for column, cell in given.items():
        if not column.startswith(CONDITION):
            values[column] = read_cell(column, cell, place)
    values["condition"] = {
        column.removeprefix(CONDITION): number_or_text(cell)
        for column, cell in given.items()
        if column.startswith(CONDITION)
    }
    if "source" not in values:
        raise CatalogError(f"{place}: no source; every row names its file")
    values["source"] = values["source"].replace("\\", "/")
    values.setdefault("signal", "/".join(filter(None, (values["source"], values.get("channel")))))
    try:
        return Row(**values)
    except CatalogError as error:
        raise CatalogError(f"{place}: {error}") from None


def read_cell(column: str, cell: str, place: str) -> Any:
    """One cell as its field wants it."""
    try:
        return READERS_OF_CELLS.get(column, str)(cell)
    except (ValueError, FaultprintError) as error:
        said = " ".join(str(error).split())
        raise CatalogError(f"{place}: {column}: {said}") from None


def write_rows(rows: Iterable[Row], root: Path, path: Path) -> None:
    """Write a catalog's CSV.

    Args:
        rows: what to write.
        root: where their relative sources start.
        path: the CSV; its folder is made if missing.
    """
    rows = tuple(rows)
    conditions = sorted({name for row in rows for name in row.condition})
    columns = (*COLUMNS, *(f"{CONDITION}{name}" for name in conditions))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow(cells_of(row, source_from(row.source, root, path.parent)))


def source_from(source: str, root: Path, folder: Path) -> str:
    """A source as the CSV in `folder` writes it: relative to it where it lies below, otherwise absolute."""
    absolute = (root / source).absolute()
    folder = folder.absolute()
    return (absolute.relative_to(folder) if absolute.is_relative_to(folder) else absolute).as_posix()


def cells_of(row: Row, source: str) -> dict[str, str]:
    """One line of the table."""
    cells = {column: text_of(getattr(row, column)) for column in COLUMNS} | {"source": source}
    cells["bearing"] = named_or_inline(row.bearing, bearing_of)
    cells["gear"] = named_or_inline(row.gear, gear_of)
    return cells | {f"{CONDITION}{name}": text_of(value) for name, value in row.condition.items()}


def text_of(value: Any) -> str:
    """A field as a cell; numbers keep every digit.

    Example:
        >>> text_of(None), text_of(12000.0), text_of(4266.67), text_of(("ball", "cage"))
        ('', '12000', '4266.67', 'ball|cage')
    """
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "|".join(value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def named_or_inline(part: BaseModel | None, known: Callable[[Any], BaseModel | None]) -> str:
    """A bearing's or gear's name where the table says the same of it, otherwise all of it in one line of YAML."""
    if part is None:
        return ""
    name = getattr(part, "name", "")
    try:
        if name and known(name) == part:
            return str(name)
    except FaultprintError:
        pass  # the table does not know it, so its numbers are written out
    return str(
        yaml.safe_dump(
            part.model_dump(mode="json", exclude_defaults=True),
            default_flow_style=True,
            sort_keys=False,
            allow_unicode=True,
            width=math.inf,
        )
    ).strip()
