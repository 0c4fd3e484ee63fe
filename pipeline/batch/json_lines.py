"""JSON lines: what happens, an event a line, for whoever collects logs."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from pipeline.errors import RequestError

Log = Callable[[Mapping[str, Any]], None]
"""Told of what happens, as an event with facts."""


def unlogged(event: Mapping[str, Any]) -> None:
    """The log of a run that keeps none.

    Example:
        >>> unlogged({"event": "run began"})
    """


def json_lines(stream: TextIO) -> Log:
    """A log into a stream: one line an event, with the time, written out at once.

    Example:
        >>> import io
        >>> json_lines(kept := io.StringIO())({"event": "run began"})
        >>> sorted(json.loads(kept.getvalue()))
        ['at', 'event']
    """

    def log(event: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, **event}, ensure_ascii=False)
        # A file name that is not UTF-8 holds half characters.
        stream.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
        stream.flush()

    return log


@contextmanager
def logged_to(path: Path | None) -> Iterator[Log]:
    """A log at the end of a file; none where there is none.

    Raises:
        RequestError: when it cannot be written.
    """
    if path is None:
        yield unlogged
        return
    try:
        stream = path.open("a", encoding="utf-8")
    except OSError as error:
        raise RequestError(f"--log {path}: cannot be written ({(error.strerror or 'error').lower()})") from None
    with stream:
        yield json_lines(stream)
