"""Listing: the files below a folder of a server, in the order of their names, as they are found.

A folder of this machine is walked by `pipeline.catalog.scanning.walk`, which knows of links.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import ReadError
from pipeline.readers.places.place import Place, folder_of, joined, name_of, place_of, scheme_of, without_query
from pipeline.readers.places.remote import Info, entries_of, info_of, modified_of, size_of

SIDE_SUFFIXES = (".yaml", ".yml")
SIDE = " with side file "
"""Between a file's time and that of its side file."""

LISTING_HOLDS_S = 300.0
"""So long a listing answers whether a side file is there; a scan then needs no request for each recording."""

LISTINGS = 100
"""Folders whose side files are remembered."""


class Found(NamedTuple):
    """A file that may be a recording.

    Attributes:
        place: its URL.
        source: its path below the root, with "/".
        size: bytes; -1 where a server does not say.
        modified: last change, ISO 8601 in UTC, and that of its side file if it has one; empty where a server does not
            say. Another text means that the file must be read again.
    """

    place: str
    source: str
    size: int
    modified: str


class Entry(NamedTuple):
    """One line of a folder."""

    name: str
    place: str
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


def listed(url: str) -> Iterator[Found]:
    """The files below a folder, sorted by source, side files and hidden ones left out; or the one file named.

    Args:
        url: a folder or a file, as `place_of` writes it; a folder is read as the walk gets to it.

    Raises:
        ReadError: when there is nothing at `url`, or its server cannot be asked.

    Example:
        >>> import fsspec
        >>> fsspec.filesystem("memory").pipe({f"/shelf/{name}": b"x" for name in ("b.wav", "a.wav", "a.wav.yaml")})
        >>> [(found.source, found.size) for found in listed("memory://shelf")]
        [('a.wav', 1), ('b.wav', 1)]
    """
    if is_folder(url):
        yield from _below(_entries(url), "")
    else:
        yield _named(url)


def with_side(modified: str, side: str | None) -> str:
    """The time of a file together with that of its side file; empty where one of them is not told.

    Args:
        modified: of the file.
        side: of its side file; None where it has none.

    Example:
        >>> with_side("noon", None), with_side("noon", "one"), with_side("", "one"), with_side("noon", "")
        ('noon', 'noon with side file one', '', '')
    """
    if side is None:
        return modified
    return f"{modified}{SIDE}{side}" if modified and side else ""


def _named(url: str) -> Found:
    info = info_of(url)
    if info is None:
        raise ReadError(f"{url}: there is no such file or folder; check the URL")
    side = info_of(f"{without_query(url)}.yaml")
    modified = with_side(modified_of(info), None if side is None else modified_of(side))
    return Found(url, name_of(url), size_of(info), modified)


def _below(entries: list[Entry], prefix: str) -> Iterator[Found]:
    """Everything in a folder and further down; "/" after a folder's name makes the order that of whole sources."""
    side_files = {entry.name: entry.modified for entry in entries if entry.name.endswith(SIDE_SUFFIXES)}
    for entry in sorted(entries, key=lambda entry: entry.name + "/" * entry.is_folder):
        if entry.name.startswith(".") or (not entry.is_folder and entry.name in side_files):
            continue
        if entry.is_folder:
            yield from _below(_entries(entry.place), f"{prefix}{entry.name}/")
            continue
        modified = with_side(entry.modified, side_files.get(f"{entry.name}.yaml"))
        yield Found(entry.place, prefix + entry.name, entry.size, modified)


def _entries(folder: str) -> list[Entry]:
    found = [_entry(folder, info) for info in entries_of(folder)]
    _remember_side_files(folder, found)
    return [entry for entry in found if entry.name not in ("", "..") and not entry.name.startswith("?")]


def _entry(folder: str, info: Info) -> Entry:
    name = str(info["name"]).rstrip("/").rpartition("/")[2]
    below = info.get("type") == "directory"
    # A web server answers a folder's address without its slash with another page.
    slash = "/" if below and scheme_of(folder).startswith("http") else ""
    return Entry(name, str(joined(folder, name + slash)), below, size_of(info), modified_of(info))


def _remember_side_files(folder: str, entries: Iterable[Entry]) -> None:
    while len(_side_files) >= LISTINGS:
        _side_files.pop(next(iter(_side_files)), None)
    names = frozenset(entry.name for entry in entries if entry.name.endswith(SIDE_SUFFIXES))
    _side_files[folder if folder.endswith("://") else folder.rstrip("/")] = (time.monotonic(), names)
