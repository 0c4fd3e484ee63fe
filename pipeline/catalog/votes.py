"""Votes: a table of who gave which signal which label."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.catalog.cells import several
from pipeline.catalog.table import delimiter_of
from pipeline.errors import CatalogError, did_you_mean

COLUMNS = ("signal", "labeller", "label")


class Vote(NamedTuple):
    """One labeller's word on one signal; where several labels may be given, one of them."""

    signal: str
    labeller: str
    label: str


def read_votes(path: Path) -> tuple[Vote, ...]:
    """Votes from a table.

    Args:
        path: CSV with the columns signal, labeller and label; `ball|cage` are two labels of one labeller.

    Raises:
        CatalogError: for a table that cannot be read, a missing column, or an empty cell.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, delimiter=delimiter_of(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogError(f"{path}: cannot be read as votes (CSV in UTF-8): {error}") from None
    columns = [name.strip().casefold() for name in lines[0]] if lines else []
    for name in COLUMNS:
        if name not in columns:
            hint = did_you_mean(name, columns) or f"; it has {', '.join(columns) or 'none'}"
            raise CatalogError(f"{path}: votes need the columns {', '.join(COLUMNS)}; there is no '{name}'{hint}")
    places = [columns.index(name) for name in COLUMNS]
    numbered = enumerate(lines[1:], start=2)
    return tuple(vote for number, line in numbered if line for vote in votes_of(line, places, f"{path}:{number}"))


def votes_of(line: Sequence[str], places: Sequence[int], where: str) -> list[Vote]:
    """The votes of one line.

    Raises:
        CatalogError: for an empty cell.
    """
    cells = [line[place].strip() if place < len(line) else "" for place in places]
    if not all(cells):
        raise CatalogError(f"{where}: a vote needs a signal, a labeller and a label, got {', '.join(cells)}")
    return [Vote(cells[0], cells[1], label) for label in several(cells[2])]
