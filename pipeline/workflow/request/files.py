"""Files: those a user names, one by one or by folder, here or on a server; nothing is read yet."""

import errno
from collections.abc import Iterable
from pathlib import Path

from pipeline.catalog.scanning.scan import recordings
from pipeline.errors import RequestError
from pipeline.readers.places import Place, exists, listed, place_of


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
