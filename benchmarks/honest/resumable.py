"""Resumable: a benchmark that was broken off goes on where it stopped; the one mechanism that scripts share.

Rows are written after each of them. With `--resume`, those that a JSON of the same commit, command and versions holds
are taken over as they are; commit what you run, as the commit is all that tells one state of the code from another.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ledger import Ledger

from pipeline.whole_file import write_text

SAME = ("commit", "command", "versions")
"""What an earlier run must share with this one for its rows to be taken over."""
BY_SPLIT = "by_split"
"""The column of figures split by split; the table leaves it out."""

Row = dict[str, Any]


def flag(parser: argparse.ArgumentParser) -> None:
    """The flag `--resume`, to hand to `ledger.arguments`."""
    parser.add_argument("--resume", action="store_true", help="take over rows that the JSON holds already")


class Resumable(Ledger):
    """A ledger that is on disk after every row.

    Args:
        script: the file that runs.
        path: the JSON; None keeps nothing.
        resume: whether rows of an earlier run are taken over.
    """

    json_only = frozenset({BY_SPLIT, "quartiles", "leaky_by_level"})

    def __init__(self, script: str, path: Path | None, resume: bool = False) -> None:
        super().__init__(script)
        self.path = path
        # Not in the command: a run that was broken off and resumed is the run that was asked for.
        self.header["command"] = without_resume(str(self.header["command"]))
        self.earlier = earlier_rows(path, self.header) if resume and path else []

    def once(self, name: Mapping[str, Any], compute: Callable[[], Mapping[str, Any]]) -> Row:
        """One more row, written at once: an earlier run's if it has one of this name, or computed.

        Args:
            name: columns that no two rows share.
            compute: all other columns.

        Returns:
            The row.
        """
        row = next((row for row in self.earlier if name.items() <= row.items()), None) or {**name, **compute()}
        self.add(**row)
        if self.path:
            self.header["finished"] = False
            self.write(self.path)
        return row

    def write(self, path: Path) -> None:
        """The JSON document, whole or not at all."""
        write_text(path, json.dumps(self.header | {"rows": self.rows, "notes": self.notes}, indent=1) + "\n")

    def finish(self, path: Path | None = None) -> None:
        """Print the table, and write the JSON for good."""
        self.header["finished"] = True
        super().finish(path or self.path)


def without_resume(command: str) -> str:
    """A command as it was given at first.

    Example:
        >>> without_resume("python benchmarks/leak.py --resume --json leak.json")
        'python benchmarks/leak.py --json leak.json'
    """
    return " ".join(word for word in command.split(" ") if word != "--resume")


def earlier_rows(path: Path, header: Mapping[str, Any]) -> list[Row]:
    """Rows that a run of the same commit, command and versions has written; none from any other."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    same = isinstance(found, dict) and header["commit"] and all(found.get(key) == header[key] for key in SAME)
    return list(found["rows"]) if same else []
