"""Inspect: what recordings hold, from their headers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import FaultprintError
from pipeline.readers.choose import read_header
from pipeline.workflow.diagnose import files_in


def inspect(sources: Sequence[Path | str], reader: str | None = None) -> Iterator[dict[str, Any]]:
    """What recordings hold, headers only: one entry per file, with a `reason` where it cannot be read."""
    for path in files_in(sources):
        try:
            header = read_header(path, reader)
        except FaultprintError as error:
            yield {"source": str(path), "channels": [], "facts": {}, "reason": str(error)}
            continue
        channels = [vars(channel) for channel in header.channels]
        yield {"source": str(path), "channels": channels, "facts": dict(header.facts), "reason": None}
