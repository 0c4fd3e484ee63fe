"""Listing: the files below a folder, here or on a server, in the order of their names, as they are found."""

import os
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ReadError
from pipeline.readers.places.place import Place, folder_of, joined, name_of, place_of, scheme_of
from pipeline.readers.places.remote import Info, entries_of, info_of, modified_of, size_of

SIDE_SUFFIXES = (".yaml", ".yml")
SIDE = " with side file "

LISTING_HOLDS_S = 300.0
"""So long a listing answers whether a side file is there; a scan then needs no request for each recording."""

LISTINGS = 100
"""Folders whose side files are remembered."""


class Found(NamedTuple):
    """A file that may be a recording.

    Attributes:
        place: where it lies.
        source: its path below the root, with "/".
        size: bytes; -1 where a server does not say.
        modified: last change, ISO 8601 in UTC, and that of its side file if it has one; empty where a server does not
            say. Another text means that the file must be read again.
    """

    place: Place
    source: str
    size: int
    modified: str


class Entry(NamedTuple):
    """One line of a folder."""

    name: str
    place: Place
    is_folder: bool
    size: int
    modified: str


_side_files: dict[str, tuple[float, frozenset[str]]] = {}


def exists(place: Place) -> bool:
    """Whether something lies at a place.

    Raises:
        ReadError: when a server cannot be asked.
    """
    place = place_of(place)
    if isinstance(place, Path):
        return place.exists()
    known = _told_by_listing(place)
    return known if known is not None else info_of(place) is not None


def _told_by_listing(url: str) -> bool | None:
    """Whether a side file is there, by the listing of its folder; None where there is no recent one."""
    if not url.endswith(SIDE_SUFFIXES):
        return None
    listed_s, names = _side_files.get(str(folder_of(url)), (-LISTING_HOLDS_S, frozenset()))
    return name_of(url) in names if time.monotonic() - listed_s < LISTING_HOLDS_S else None


def is_folder(place: Place) -> bool:
    """Whether a place is a folder that is there.

    Raises:
        ReadError: when a server cannot be asked.
    """
    place = place_of(place)
    if isinstance(place, Path):
        return place.is_dir()
    # Web servers know no folders; an address with a slash at its end lists one.
    web_folder = scheme_of(place).startswith("http") and place.endswith("/")
    return web_folder or (info_of(place) or {}).get("type") == "directory"


def listed(root: Place) -> Iterator[Found]:
    """The files below a folder, sorted by source, side files and hidden ones left out; or the one file named.

    A folder that may not be opened is handed out like a file, so that it gets its reason from whoever reads it.

    Args:
        root: a folder or a file; a folder is read as the walk gets to it, and links to folders are not followed.

    Raises:
        ReadError: when there is nothing at `root`, or a server cannot be asked.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.wav", "a.wav", "a.wav.yaml", ".hidden"):
        ...         _ = Path(folder, name).write_bytes(b"x")
        ...     [(found.source, found.size) for found in listed(Path(folder))]
        [('a.wav', 1), ('b.wav', 1)]
    """
    root = place_of(root)
    if is_folder(root):
        yield from _below(_entries(root), "")
    else:
        yield _named(root)


def _named(place: Place) -> Found:
    if isinstance(place, Path):
        try:
            facts = place.stat()
        except OSError:
            raise ReadError(f"{place}: there is no such file or folder; check the path") from None
        return Found(place, place.name, facts.st_size, _iso(facts.st_mtime))
    info = info_of(place)
    if info is None:
        raise ReadError(f"{place}: there is no such file or folder; check the URL")
    return Found(place, name_of(place), size_of(info), modified_of(info))


def _below(entries: list[Entry], prefix: str) -> Iterator[Found]:
    """Everything in a folder and further down; "/" after a folder's name makes the order that of whole sources."""
    side_files = {entry.name: entry.modified for entry in entries if entry.name.endswith(SIDE_SUFFIXES)}
    for entry in sorted(entries, key=lambda entry: entry.name + "/" * entry.is_folder):
        if entry.name.startswith(".") or (not entry.is_folder and entry.name in side_files):
            continue
        try:
            below = _entries(entry.place) if entry.is_folder else None
        except PermissionError:
            below = None
        if below is not None:
            yield from _below(below, f"{prefix}{entry.name}/")
            continue
        side = side_files.get(f"{entry.name}.yaml")
        modified = entry.modified if side is None else f"{entry.modified}{SIDE}{side}"
        yield Found(entry.place, prefix + entry.name, entry.size, modified)


def _entries(folder: Place) -> list[Entry]:
    return _local_entries(folder) if isinstance(folder, Path) else _remote_entries(folder)


def _local_entries(folder: Path) -> list[Entry]:
    with os.scandir(folder) as found:
        return [_local_entry(entry) for entry in found]


def _local_entry(entry: "os.DirEntry[str]") -> Entry:
    try:
        facts = entry.stat()
    except OSError:
        facts = entry.stat(follow_symlinks=False)  # a link to nowhere
    below = entry.is_dir(follow_symlinks=False)
    return Entry(entry.name, Path(entry.path), below, facts.st_size, _iso(facts.st_mtime))


def _iso(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat()


def _remote_entries(folder: str) -> list[Entry]:
    found = [_remote_entry(folder, info) for info in entries_of(folder)]
    _remember_side_files(folder, found)
    return [entry for entry in found if entry.name not in ("", "..") and not entry.name.startswith("?")]


def _remote_entry(folder: str, info: Info) -> Entry:
    name = str(info["name"]).rstrip("/").rpartition("/")[2]
    below = info.get("type") == "directory"
    # A web server answers a folder's address without its slash with another page.
    slash = "/" if below and scheme_of(folder).startswith("http") else ""
    return Entry(name, joined(folder, name + slash), below, size_of(info), modified_of(info))


def _remember_side_files(folder: str, entries: Iterable[Entry]) -> None:
    while len(_side_files) >= LISTINGS:
        _side_files.pop(next(iter(_side_files)), None)
    names = frozenset(entry.name for entry in entries if entry.name.endswith(SIDE_SUFFIXES))
    _side_files[folder if folder.endswith("://") else folder.rstrip("/")] = (time.monotonic(), names)
