"""Cells: a row as text by column, the way a spreadsheet shows it, and back.

Columns are the fields of `Row`, and `condition.NAME` for every condition. Only `source` must be there: an absent
column takes the field's default, and `signal` is made from source and channel. Labels are joined with "|", shares of
labellers are written `ball:0.67|healthy:0.33`. A bearing or gear is the name of one in the table that comes with
Faultprint, or inline YAML, such as `{n_elements: 8, diameter_ratio: 0.19}`.
"""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import yaml
from pydantic import BaseModel

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, FaultprintError, did_you_mean
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of

COLUMNS = tuple(field.name for field in fields(Row) if field.name != "condition")
CONDITION = "condition."

Cells = Mapping[str, str]


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


def several(cell: str) -> tuple[str, ...]:
    """The labels of a cell.

    Example:
        >>> several("ball | cage")
        ('ball', 'cage')
    """
    return tuple(label.strip() for label in cell.split("|") if label.strip())


def shares(cell: str) -> dict[str, float]:
    """The share of labellers behind each label.

    Example:
        >>> shares("ball:0.67|healthy:0.33")
        {'ball': 0.67, 'healthy': 0.33}
    """
    told = [part.rpartition(":") for part in several(cell)]
    if not all(label for label, _, _ in told):
        raise ValueError(f"needs label:share, such as ball:0.67|healthy:0.33, got '{cell}'")
    return {label.strip(): number(share) for label, _, share in told}


READERS_OF_CELLS: Mapping[str, Callable[[str], Any]] = {
    "labels": several,
    "label_shares": shares,
    "rate_hz": number,
    "speed_rpm": number,
    "n_samples": whole,
    "start": whole,
    "stop": whole,
    "size_bytes": whole,
    "bearing": bearing_of,
    "gear": gear_of,
}

REPEATED = frozenset({"labels", "label_shares", "bearing", "gear"})
"""Columns in which few texts stand in many rows; each text is understood once, and its value shared."""

OWN = frozenset({"signal", "source", "sha256", "modified"})
"""Columns whose text is every row's own; the words of the others are kept once, however many rows use them."""


def check_columns(columns: Sequence[str], place: str) -> None:
    """Refuse what no field takes, because a misspelt column would silently change a result.

    Raises:
        CatalogError: for an unknown or doubled column, or without `source`.
    """
    for column in columns:
        if column not in COLUMNS and not (column.startswith(CONDITION) and column != CONDITION):
            hint = did_you_mean(column, COLUMNS) or f"; a condition of your own is '{CONDITION}{column}'"
            raise CatalogError(f"{place}: unknown column '{column}'{hint}")
        if columns.count(column) > 1:
            raise CatalogError(f"{place}: column '{column}' is there more than once")
    if "source" not in columns:
        raise CatalogError(f"{place}: a catalog needs a column 'source' with the file of each signal")


class CellReader:
    """Understands rows; one per table, because a bearing's YAML file may change between two tables.

    Example:
        >>> row = CellReader().row_of({"source": "a.wav", "labels": "ball|cage", "condition.load": "50"}, "line 2")
        >>> row.labels, row.condition
        (('ball', 'cage'), {'load': 50.0})
    """

    def __init__(self) -> None:
        self._repeated = cache(read_cell)

    def values_of(self, cells: Cells, place: str) -> dict[str, Any]:
        """The fields of a row that some cells tell; those that say nothing are left out, `condition` is always there.

        Raises:
            CatalogError: naming place and column, for a cell that cannot be read.
        """
        values: dict[str, Any] = {}
        condition: dict[str, float | str] = {}
        for column, cell in cells.items():
            text = cell.strip()
            if not text:
                continue
            if column.startswith(CONDITION):
                condition[column.removeprefix(CONDITION)] = number_or_text(text)
            else:
                values[column] = self._value(column, text, place)
        return values | {"condition": condition}

    def _value(self, column: str, text: str, place: str) -> Any:
        try:
            return self._repeated(column, text) if column in REPEATED else read_cell(column, text)
        except (ValueError, FaultprintError) as error:
            raise CatalogError(f"{place}: {column}: {' '.join(str(error).split())}") from None

    def row_of(self, cells: Cells, place: str) -> Row:
        """One row.

        Raises:
            CatalogError: naming place and column, for a cell that cannot be read, or without a source.
        """
        values = self.values_of(cells, place)
        if "source" not in values:
            raise CatalogError(f"{place}: no source; every row names its file")
        values["source"] = values["source"].replace("\\", "/")
        if values.get("signal") == values["source"]:
            values["signal"] = values["source"]  # one text in memory for both
        values.setdefault("signal", "/".join(filter(None, (values["source"], values.get("channel")))))
        try:
            return Row(**values)
        except CatalogError as error:
            raise CatalogError(f"{place}: {error}") from None


def read_cell(column: str, cell: str) -> Any:
    """One cell as its field wants it."""
    return READERS_OF_CELLS.get(column, str if column in OWN else sys.intern)(cell)


def cells_of(row: Row, source: str) -> dict[str, str]:
    """One row as text.

    Args:
        row: what to write.
        source: its file, as the table calls it.
    """
    cells = {column: text_of(getattr(row, column)) for column in COLUMNS} | {"source": source}
    cells["bearing"] = named_or_inline(row.bearing, bearing_of)
    cells["gear"] = named_or_inline(row.gear, gear_of)
    return cells | {f"{CONDITION}{name}": text_of(value) for name, value in row.condition.items()}


def text_of(value: Any) -> str:
    """A field as a cell; numbers keep every digit.

    Example:
        >>> text_of(None), text_of(12000.0), text_of(4266.67), text_of(("ball", "cage")), text_of({"ball": 0.67})
        ('', '12000', '4266.67', 'ball|cage', 'ball:0.67')
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN is how a table of numbers says nothing
        return ""
    if isinstance(value, tuple | list):
        return "|".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return "|".join(f"{label}:{text_of(share)}" for label, share in value.items())
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def named_or_inline(part: BaseModel | None, known: Callable[[Any], BaseModel | None]) -> str:
    """A bearing's or gear's name where the table says the same of it, otherwise all of it in one line of YAML."""
    return "" if part is None else _written(part, known)


@cache
def _written(part: BaseModel, known: Callable[[Any], BaseModel | None]) -> str:
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
