"""Walk: every file below a folder, each once, and what could not be walked, with its reason.

A real file is one recording, however many links lead to it: it is counted where it lies, and a link to it only where
it lies elsewhere. Linked folders are entered once, so a loop of links ends.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import CatalogError
from pipeline.progress import Tick, unwatched
from pipeline.readers.base import few
from pipeline.readers.places import SIDE_SUFFIXES, Found, Place, listed, with_side

EVERY = 1000
"""So many files are found between two ticks."""


class File(NamedTuple):
    """A file that may be a recording.

    Attributes:
        source: path below the folder, with "/".
        size_bytes: its size; -1 where a server does not say.
        modified: its time, and that of its side file if it has one: another text means that it must be read again.
            Empty where a server does not say; such a file is always read.
    """

    source: str
    size_bytes: int
    modified: str


@dataclass
class Listing:
    """What a walk found: files sorted by source, (path, reason) of what cannot be a row, and notes."""

    files: list[File] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def files_below(path: Place, leave_out: Collection[Path] = (), tick: Tick = unwatched) -> Listing:
    """Every file below a folder that may be a recording; hidden ones and side files are not.

    Args:
        path: a folder, or a single file; or the URL of one.
        leave_out: files that are something else, such as the catalog being written.
        tick: told how many are found.

    Raises:
        CatalogError: when there is no such path.
        ReadError: when a server cannot be asked.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.wav", "b.wav.yaml", ".hidden"):
        ...         Path(folder, name).touch()
        ...     [file.source for file in files_below(Path(folder)).files]
        ['b.wav']
    """
    if isinstance(path, str):
        return _listing_of(listed(path), tick)
    if not path.exists():
        raise CatalogError(f"{path}: there is no such file or folder to scan")
    walk = _Walk(path if path.is_dir() else path.parent, leave_out, tick)
    if path.is_dir():
        walk.everything()
    else:
        walk.one(path.name)
    return walk.listing()


def _listing_of(found: Iterator[Found], tick: Tick) -> Listing:
    """What a server lists; links are its own affair."""
    listing = Listing()
    for _, source, size_bytes, modified in found:
        if reason := unfit_name(source):
            listing.skipped.append((source, reason))
        else:
            listing.files.append(File(source, size_bytes, modified))
        if len(listing.files) % EVERY == 0:
            tick("finding files", len(listing.files), len(listing.files))
    return listing


def recordings(path: Path) -> Iterator[Path]:
    """The files of `files_below`, as paths; none where there is no such folder.

    What a catalog could not hold, and what could not be opened, is among them: whoever reads it tells the reason.
    """
    if path.is_file():
        yield path
    elif path.is_dir():
        found = files_below(path)
        sources = [*(file.source for file in found.files), *(source for source, _ in found.skipped)]
        yield from (path / source for source in sorted(sources))


def unfit_name(source: str) -> str | None:
    """Why a catalog cannot hold this name, None where it can.

    Example:
        >>> unfit_name("pump 7.wav") is None, unfit_name("a/pump .wav ")
        (True, 'its name begins or ends with a blank, which a table loses; rename the file')
    """
    try:
        source.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8, which a catalog is; rename the file"
    if source.rpartition("/")[2].startswith(".."):
        return "its name begins with two dots, as no recording's does; rename the file"
    if "\\" in source or any(sign < " " for sign in source):
        return "its name holds a backslash or a control sign, which a table cannot keep; rename the file"
    if source != source.strip():
        return "its name begins or ends with a blank, which a table loses; rename the file"
    return None


def hidden(entry: "os.DirEntry[str]") -> bool:
    """Whether somebody hides it; a file with two dots is no hidden one but lacks its name, and is told of."""
    dots = entry.name.startswith(".."), entry.name.startswith(".")
    return dots[1] and not (dots[0] and entry.is_file(follow_symlinks=False))


def shown(source: str) -> str:
    """A name that any terminal can show, whatever its bytes."""
    return source.encode("utf-8", "backslashreplace").decode()


class _Walk:
    """One walk: plain files first, links after them, so that a file is counted where it lies."""

    def __init__(self, root: Path, leave_out: Collection[Path], tick: Tick) -> None:
        self._root = root.resolve()
        self._leave_out = {key_of(path.stat()) for path in leave_out if path.exists()}
        self._tick = tick
        self._found = Listing()
        self._links: list[str] = []
        self._known: set[tuple[int, int]] = set()
        self._entered: set[tuple[int, int]] = set()
        self._twice: list[str] = []

    def listing(self) -> Listing:
        """What was found so far."""
        self._found.files.sort()
        self._found.skipped.sort()
        if self._twice:
            count = len(self._twice)
            self._found.notes.append(
                f"{count} link{'s lead' if count > 1 else ' leads'} to files or folders that are counted already, and "
                f"{'are' if count > 1 else 'is'} left out: {few(sorted(map(shown, self._twice)))}"
            )
        return self._found

    def everything(self) -> None:
        """Walk the folder, then every link met on the way."""
        self._walk_from("")
        while self._links:
            self._links, links = [], sorted(self._links)
            for source in links:
                self._follow(source)

    def one(self, source: str) -> None:
        """A single file."""
        place = self._root / source
        side = place.with_name(f"{place.name}.yaml")
        self._add(source, place.stat(), side.stat() if side.is_file() else None)

    def _walk_from(self, source: str) -> None:
        waiting = [source]
        while waiting:
            waiting += reversed(self._enter(waiting.pop()))

    def _enter(self, source: str) -> list[str]:
        """Take the files of one folder; its folders are returned, its links kept for later."""
        here = self._root / source
        try:
            if not self._is_new(here.stat(), source):
                return []
            with os.scandir(here) as found:
                entries = {entry.name: entry for entry in found if not hidden(entry)}
        except OSError as error:
            self._skip(f"{source or '.'}/", f"the folder cannot be opened: {(error.strerror or 'error').lower()}")
            return []
        below = []
        for name in sorted(entries):
            inner = f"{source}/{name}" if source else name
            if entries[name].is_symlink():
                self._links.append(inner)
            elif entries[name].is_dir(follow_symlinks=False):
                below.append(inner)
            elif not name.endswith(SIDE_SUFFIXES):
                self._take(inner, entries[name], entries.get(f"{name}.yaml"))
        return below

    def _take(self, source: str, entry: "os.DirEntry[str]", side: "os.DirEntry[str] | None") -> None:
        try:
            self._add(source, entry.stat(), side.stat() if side else None)
        except OSError as error:
            self._skip(source, f"{(error.strerror or 'error').lower()}; it was there a moment ago")

    def _follow(self, source: str) -> None:
        try:
            if (self._root / source).is_dir():
                self._walk_from(source)
            elif not source.endswith(SIDE_SUFFIXES):
                self.one(source)
        except OSError as error:
            self._skip(source, f"a link that leads nowhere: {(error.strerror or 'error').lower()}")

    def _is_new(self, stat: os.stat_result, source: str) -> bool:
        """Whether a folder is met for the first time."""
        new = key_of(stat) not in self._entered
        self._entered.add(key_of(stat))
        self._twice += [source] * (not new)
        return new

    def _add(self, source: str, stat: os.stat_result, side: os.stat_result | None) -> None:
        if key_of(stat) in self._leave_out:
            return
        if key_of(stat) in self._known:
            self._twice.append(source)
            return
        self._known.add(key_of(stat))
        if reason := unfit_name(source):
            self._skip(source, reason)
            return
        modified = with_side(in_utc(stat.st_mtime_ns), in_utc(side.st_mtime_ns) if side else None)
        self._found.files.append(File(source, stat.st_size, modified))
        if len(self._found.files) % EVERY == 0:
            self._tick("finding files", len(self._found.files), len(self._found.files))

    def _skip(self, source: str, reason: str) -> None:
        self._found.skipped.append((source, reason))


def key_of(stat: os.stat_result) -> tuple[int, int]:
    """What tells one file from another, whatever their names."""
    return stat.st_dev, stat.st_ino


def in_utc(time_ns: int) -> str:
    """When a file was last changed, in UTC, to the nanosecond: what differs there is another file.

    Example:
        >>> in_utc(1_500_000_000)
        '1970-01-01T00:00:01.500000000Z'
    """
    seconds, nanoseconds = divmod(time_ns, 10**9)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
    except (ValueError, OverflowError, OSError):  # a clock gone wild
        return f"{seconds}.{nanoseconds:09d}"
