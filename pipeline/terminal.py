"""What a terminal shows: JSON on stdout when asked, tables otherwise; progress and complaints on stderr."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def show_json(document: Any) -> None:
    """One JSON document on one line of stdout."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    # A file name that is not UTF-8 holds half characters; JSON has an escape for them, UTF-8 has none.
    print(text.encode("utf-8", "backslashreplace").decode(), flush=True)


def say(line: str) -> None:
    """One line on stdout."""
    print(_plain(line), flush=True)


def complain(line: str) -> None:
    """One line on stderr."""
    # Where stderr takes nothing, nobody can be told; the exit code says the rest.
    with suppress(OSError):
        print(f"faultprint: {_plain(' '.join(line.split()))}", file=sys.stderr, flush=True)


def complain_of_skipped(skipped: Iterable[Mapping[str, str]]) -> None:
    """A line on stderr for every signal that was skipped, and why; one for all parts of it that were for one reason."""
    for line, parts in Counter(f"skipped {one['signal']}: {one['reason']}" for one in skipped).items():
        complain(line if parts == 1 else f"{line} ({parts} parts of it)")


def _plain(text: str) -> str:
    """Text whatever a recording is called: a name could hold what moves a terminal's cursor, or paints it over."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1] for letter in text)


def hold_stderr() -> None:
    """Give a process whose stderr was closed one that leads nowhere.

    Its number is taken too: the next file to be opened would get it, and the warnings of libraries with it.
    """
    if sys.stderr is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        sys.stderr = os.fdopen(2, "w")


LONGEST_CELL = 40
"""Of the last column, in letters; what is longer becomes a note."""


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table on stdout: framed on a terminal, tab-separated into a pipe, so that `cut` and `sort` work.

    On a terminal long texts of the last column stand below the table, each once; they would leave no room for others.
    """
    if not sys.stdout.isatty():
        say("\t".join(columns))
        for row in rows:
            say("\t".join(_cell(value) for value in row))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table, notes = Table(title=title or None, title_justify="left"), dict[str, int]()
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        *cells, last = map(_cell, row)
        table.add_row(*map(escape, (*cells, _noted(last, notes))))
    Console().print(table)
    for text, number in notes.items():
        say(f"[{number}] {text}")


def _noted(text: str, notes: dict[str, int]) -> str:
    """A text, or the number under which it stands among the notes."""
    return text if len(text) <= LONGEST_CELL else f"[{notes.setdefault(text, len(notes) + 1)}]"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value) or "-"
    return _plain(" ".join(str(value).split()))


class Bars:
    """Progress bars on stderr, one per kind of work; silent when not on a terminal."""

    def __init__(self, progress: "Progress | None") -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Work of one kind is at `done` of `total`."""
        if self._progress is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Bars]:
    """Bars while the block runs, unless quiet or not on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Bars(None)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress)


def log_line(quiet: bool) -> Callable[[str], None]:
    """What to tell lines of a log: stderr where no bars are shown on it; nobody where they are, or when quiet."""
    return _unsaid if quiet or sys.stderr.isatty() else complain


def _unsaid(_line: str) -> None:
    """Nothing, where nobody listens."""


def flat(figures: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested figures as (dotted name, value) rows.

    Example:
        >>> flat({"windows": {"n": 3}, "k": 5})
        [('windows.n', 3), ('k', 5)]
    """
    rows: list[tuple[str, Any]] = []
    for key, value in figures.items():
        name = f"{prefix}{key}"
        rows += flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, value)]
    return rows
