"""Table: rows that a page sorts, searches and turns over by itself; they travel as data, never as markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

Kind = Literal["text", "word", "link", "number", "time", "state", "trend", "answer"]
"""Of a column's cells: text; a text that is not broken; [text, target]; [value, shown]; "2026-05-04 12:00";
[rank, word]; [value, a line]; [words, verdict]."""

SHOWN_WITHOUT_SCRIPT = 25


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: of it.
        kind: of its cells.
        key: what filters and links call it.
    """

    title: str
    kind: Kind = "text"
    key: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Attributes:
        name: unlike any other of the page.
        caption: what it shows.
        columns: from left to right.
        rows: a cell per column.
        order: the columns it is sorted by at first, and whether the highest come first.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    order: Sequence[tuple[int, bool]] = ((0, False),)

    @property
    def first(self) -> Sequence[Sequence[Any]]:
        """What is shown where no script runs, and until it does: the first rows as they would be sorted."""
        rows = list(self.rows)
        for column, downwards in reversed(self.order):
            rank = partial(_rank, column, self.columns[column].kind in ("number", "state", "trend"))
            rows.sort(key=rank, reverse=downwards)
        return rows[:SHOWN_WITHOUT_SCRIPT]

    @property
    def data(self) -> dict[str, Any]:
        """What the script is handed."""
        columns = [{"title": one.title, "kind": one.kind, "key": one.key} for one in self.columns]
        order = [[column, "desc" if downwards else "asc"] for column, downwards in self.order]
        return {"columns": columns, "rows": self.rows, "order": order}


def _rank(column: int, numeric: bool, row: Sequence[Any]) -> Any:
    cell = row[column]
    return (float("-inf") if cell[0] is None else float(cell[0])) if numeric else cell
