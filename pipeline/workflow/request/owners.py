"""Owners: machine and point of a file that could not be opened, as its row or side file states them."""

from pathlib import Path

from pipeline.catalog.row import Row
from pipeline.errors import FaultprintError
from pipeline.readers.places import Place
from pipeline.readers.side_file import SideFile, read_side_file


def stated_owner(place: Place, row: Row | None) -> tuple[str, str]:
    """Machine and point of a file that could not be opened, as its row or side file states them.

    Example:
        >>> stated_owner("s3://in/a.wav", Row("a", "a.wav", machine="pump 7", point="DE"))
        ('pump 7', 'DE')
    """
    side = silent_side_file(place)
    machine, point = (row.machine, row.point) if row else ("", "")
    return machine or side.machine or "", point or side.point or ""


def silent_side_file(place: Place) -> SideFile:
    """A side file of this machine, silent where it is broken; a server that gave no file is not asked again."""
    try:
        return (read_side_file(place) if isinstance(place, Path) else None) or SideFile()
    except (FaultprintError, OSError):
        return SideFile()
