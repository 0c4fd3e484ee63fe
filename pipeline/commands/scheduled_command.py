"""Scheduled command: what a schedule runs, read at the start by the parser that will read it at night."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import typer

from pipeline.models.ready import READY
from pipeline.readers.places import is_url

PLACES = (
    "model", "inbox", "store", "catalog", "rules", "notify_template", "log_file",
    "path", "out", "csv", "parquet", "table", "labellers", "prometheus",
)  # fmt: skip
"""Parameters of scheduled commands that may name something on a disk."""


class ScheduledCommand(NamedTuple):
    """What a command's words name on a disk.

    Attributes:
        places: paths, as they were given or by default.
        store: the file of its store, if it is one.
    """

    places: tuple[str, ...]
    store: str | None

    @property
    def relative(self) -> tuple[str, ...]:
        """Paths that mean another place in another folder."""
        return tuple(place for place in self.places if not PurePath(place).is_absolute())

    def lost_with_a_pod(self) -> Iterator[str]:
        """What a person should know who moves the command to a cluster, a line each."""
        if self.relative:
            yield f"schedule: {', '.join(self.relative)}: relative, and a pod has other folders; give full paths"
        if self.store:
            yield f"schedule: {self.store}: SQLite, lost with the pod unless a volume holds it; or use PostgreSQL"


def inner_of(context: typer.Context, words: Sequence[str]) -> ScheduledCommand:
    """Read a command's words without running it.

    Args:
        context: of the command that runs it.
        words: the name of a command, and its arguments.

    Raises:
        typer.BadParameter: and its kin, as the command itself would, for what it does not take.
    """
    root = context.find_root()
    command: Any = root.command
    with command.get_command(root, words[0]).make_context(words[0], list(words[1:]), parent=root) as inner:
        given = {name: str(inner.params[name]) for name in PLACES if inner.params.get(name) is not None}
    if given.get("model") == READY:
        del given["model"]
    places = {name: text.removeprefix("sqlite:///") for name, text in given.items() if not of_a_server(text)}
    return ScheduledCommand(tuple(places.values()), places.get("store"))


def of_a_server(text: str) -> bool:
    """Whether a place is nothing on a disk of ours.

    Example:
        >>> of_a_server("postgresql://plant@db/plant"), of_a_server("sqlite:////plant.db"), of_a_server("plant.db")
        (True, False, False)
    """
    return is_url(text) and not text.startswith("sqlite:")
