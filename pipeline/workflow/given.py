"""Given: the files a user names and the facts a user states, checked before anything is read."""

import errno
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.catalog.opening import checked_flags
from pipeline.catalog.scanning.scan import recordings
from pipeline.errors import RequestError
from pipeline.readers.choose import reader_named
from pipeline.readers.places import Place, exists, listed, place_of
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of
from pipeline.signals.signal import checked_rate, checked_speed


def files_in(sources: Iterable[Place]) -> list[Place]:
    """Files named one by one, and those of folders, here or on a server; side files and hidden ones left out.

    Raises:
        RequestError: when a path is not there, or nothing is left to read.
        ReadError: when a server cannot be asked.
    """
    found: list[Place] = []
    for source in map(place_of, sources):
        if not is_there(source):
            raise RequestError(f"no file or folder {source}; check the path")
        if isinstance(source, Path):
            found += recordings(source) if folder_may_be_asked(source) else [source]
        else:
            found += (file.place for file in listed(source))
    if not found:
        raise RequestError("nothing to read: the folder holds no recordings; name a file or another folder")
    return found


def is_there(source: Place) -> bool:
    """Whether something lies there; of what may not be asked for, and of a broken link, the reader tells the reason."""
    if not isinstance(source, Path):
        return exists(source)
    try:
        source.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG
    return True


def folder_may_be_asked(source: Path) -> bool:
    """Whether it is a folder, as far as one is allowed to know."""
    try:
        return source.is_dir()
    except OSError:
        return False


def checked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Flags that can be true; bearing and gear as parts.

    Raises:
        RequestError: for an unknown flag or reader.
        FactError: for an impossible rate or speed, or a bearing nobody knows.

    Example:
        >>> checked_facts({"speed_rpm": 1797, "unit": None, "bearing": "6205"})["bearing"].name
        '6205-2RS JEM'
    """
    checks: dict[str, Callable[[Any], Any]] = {
        "rate_hz": lambda rate_hz: checked_rate(rate_hz, "--rate-hz"),
        "speed_rpm": lambda speed_rpm: checked_speed(speed_rpm, "--speed-rpm"),
        "bearing": bearing_of,
        "reader": _known_reader,
        "gear": gear_of,
    }
    return {key: checks[key](value) if key in checks else value for key, value in checked_flags(facts).items()}


def _known_reader(name: str) -> str:
    reader_named(name)  # raises for a name nobody registered
    return name
