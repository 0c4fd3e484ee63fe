"""User table: what a laboratory already keeps of its recordings, one line per file or per signal, in its own words."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.catalog.cells import COLUMNS, CONDITION, CellReader
from pipeline.catalog.scanning.pattern import SHORT
from pipeline.catalog.table import delimiter_of
from pipeline.errors import CatalogError, RequestError, did_you_mean

FROM_THE_FILE = ("n_samples", "size_bytes", "modified", "sha256", "label_shares", "agreement")
"""Columns that nobody needs to tell, because the scan finds them or votes fill them."""

FILE_WORDS = dict.fromkeys(("file", "filename", "file name", "path"), "source")
OURS = tuple(column for column in COLUMNS if column not in FROM_THE_FILE)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Line(NamedTuple):
    """One line of a table: where it stands, which file it means, and the fields of a row it tells."""

    place: str
    file: str
    values: dict[str, Any]


class UserTable(NamedTuple):
    """The lines of a table, and its columns that nothing was made of."""

    lines: tuple[Line, ...]
    unused: tuple[str, ...]


def read_user_table(path: Path, columns: Mapping[str, str] | None = None) -> UserTable:
    """A table that says what recordings are.

    Args:
        path: CSV, with ",", ";" or tabs between its cells.
        columns: their name of a column -> ours (a field of a row, `label`, `rpm`, `condition.NAME`); columns that
            bear our names, in capitals or not, need none.

    Raises:
        RequestError: for a mapping that cannot be.
        CatalogError: for a table that cannot be read, has no column of files, or a cell that is wrong.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = Path(folder, "list.csv")
        ...     _ = table.write_text("Datei;Defekt;RPM;Bemerkung\\n7.wav;ball;1797,5;laut\\n")
        ...     found = read_user_table(table, {"Datei": "source", "Defekt": "label"})
        >>> found.lines[0].values, found.unused
        ({'labels': ('ball',), 'speed_rpm': 1797.5, 'speed_from': 'table', 'condition': {}}, ('Bemerkung',))
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = delimiter_of(file)
            table = csv.reader(file, delimiter=delimiter)
            theirs = [name.strip() for name in next(table, [])]
            ours = our_columns(theirs, columns or {}, path)
            cells = [
                (f"{path}:{table.line_num}", [dotted(cell) if delimiter == ";" else cell for cell in line])
                for line in table
                if any(cell.strip() for cell in line)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogError(f"{path}: cannot be read as a table (CSV in UTF-8): {error}") from None
    reader = CellReader()
    lines = tuple(line_of(place, line, ours, reader) for place, line in cells)
    check_ids(lines)
    return UserTable(lines, tuple(name for name, our in zip(theirs, ours, strict=True) if our is None))


def our_columns(theirs: Sequence[str], columns: Mapping[str, str], path: Path) -> list[str | None]:
    """Our name of each of their columns, None for one that nobody asked for.

    Raises:
        RequestError: for a mapping to or from a column that is not there, or of two columns to one.
        CatalogError: when no column names the files.
    """
    for name in columns:
        if name not in theirs:
            hint = did_you_mean(name, theirs) or f"; it has {', '.join(theirs)}"
            raise RequestError(f"--column {name}={columns[name]}: {path} has no column '{name}'{hint}")
    mapped = {name: our_column(name, ours) for name, ours in columns.items()}
    found = [mapped.get(name) or same_word(name, taken=mapped.values()) for name in theirs]
    twice = [name for name in found if name and found.count(name) > 1]
    if twice:
        raise RequestError(f"{path}: two columns are '{twice[0]}'; choose one with --column THEIRS={twice[0]}")
    if "source" not in found:
        raise CatalogError(
            f"{path}: no column names the files; it has {', '.join(theirs) or 'none'}; give --column THEIRS=source"
        )
    return found


def our_column(theirs: str, ours: str) -> str:
    """The column that `--column theirs=ours` means.

    Raises:
        RequestError: for one that a table cannot tell, with the nearest.
    """
    column = (SHORT | FILE_WORDS).get(ours, ours)
    if column in OURS or (column.startswith(CONDITION) and column != CONDITION):
        return column
    hint = did_you_mean(ours, (*OURS, *SHORT)) or f"; a condition of your own is '{CONDITION}{ours}'"
    raise RequestError(f"--column {theirs}={ours}: unknown column '{ours}'{hint}")


def same_word(theirs: str, taken: "Sequence[str] | Any") -> str | None:
    """Our column of the same name, None where there is none or a mapping fills it already."""
    word = theirs.casefold()
    column = (SHORT | FILE_WORDS).get(word, word)
    known = column in OURS or (column.startswith(CONDITION) and column != CONDITION)
    return column if known and column not in taken else None


def line_of(place: str, cells: Sequence[str], ours: Sequence[str | None], reader: CellReader) -> Line:
    """One line of the table.

    Raises:
        CatalogError: for another number of cells than the first line, a wrong cell, or no file.
    """
    if len(cells) != len(ours):
        raise CatalogError(f"{place}: has {len(cells)} cells, and the first line {len(ours)}")
    values = reader.values_of({our: cell for our, cell in zip(ours, cells, strict=True) if our}, place)
    file = values.pop("source", "")
    if not file:
        raise CatalogError(f"{place}: no file; every line names its file")
    for fact, speaker in (("rate_hz", "rate_from"), ("speed_rpm", "speed_from")):
        if fact in values:
            values.setdefault(speaker, "table")
    condition = values.pop("condition")
    return Line(place, file, values | {"condition": condition})


def check_ids(lines: Sequence[Line]) -> None:
    """Refuse ids that stand in two lines, before any file is opened.

    Raises:
        CatalogError: naming both lines.
    """
    first: dict[str, str] = {}
    for line in lines:
        signal = line.values.get("signal")
        if signal in first:
            raise CatalogError(f"{line.place}: signal '{signal}' is named in {first[signal]} too; ids are unique")
        if signal:
            first[signal] = line.place


def dotted(cell: str) -> str:
    """A number with a decimal comma, as tables with semicolons write it, with a point.

    Example:
        >>> dotted("1797,5"), dotted("ball, cage")
        ('1797.5', 'ball, cage')
    """
    return cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell.strip()) else cell
