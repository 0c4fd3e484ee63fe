"""Fetching: the content of a URL as a local file, once per version; safe with two processes."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.cache_folder import VARIABLE, default_folder
from pipeline.errors import FaultprintError, ReadError
from pipeline.readers.places.patience import patiently
from pipeline.readers.places.place import Place, name_of, place_of, scheme_of
from pipeline.readers.places.remote import Info, asked_again, info_of, opened, size_of, trouble_told, version_of

LIMIT_BYTES = 20 * 10**9
"""Of all fetched files together; those used longest ago go first."""

IN_USE_S = 600.0
"""A file used within this time stays, even over the limit: somebody may be reading it."""

ABANDONED_S = 3600.0
"""An unfinished file of this age belongs to a process that died."""

BLOCK = 8 * 2**20
STALLED_S = 30.0
"""A transfer of which no block came for so long is given up."""

UNFINISHED = ".unfinished"

_allowance = 0
"""Bytes this process may still fetch before it looks again at what all have fetched."""


def fetched_folder() -> Path:
    """Where fetched files lie."""
    return default_folder() / "fetched"


def local_copy(place: Place) -> Path:
    """A local file with the content of a place: itself where it is local, otherwise fetched once per version.

    Raises:
        ReadError: when it cannot be fetched, in one line that names the URL.

    Example:
        >>> local_copy(Path("a.wav")).name
        'a.wav'
    """
    place = place_of(place)
    if isinstance(place, Path):
        return place
    info = info_of(place)
    if info is None or info.get("type") == "directory":
        said = "no such file; check the URL" if info is None else "a folder, and one file is needed; name a file in it"
        raise ReadError(f"{place}: {said}")
    path = path_of(place, info)
    if not path.is_file():
        fetch(place, info, path)
    _mark_used(path)
    return path


def path_of(url: str, info: Info) -> Path:
    """Where a version of a file is kept; one of a server that tells no version is good until it is asked again."""
    version = version_of(info) or f"asked {info.get('asked_ns')}"
    key = hashlib.sha256(f"{url}\0{version}".encode()).hexdigest()[:32]
    return fetched_folder() / key / safe_name(name_of(url))


def safe_name(name: str) -> str:
    """A name every file system takes, with its suffixes, which readers look at.

    Example:
        >>> safe_name("a:b?.csv.gz"), len(safe_name("x" * 300 + ".wav"))
        ('a_b_.csv.gz', 100)
    """
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(". ")[-100:]
    return plain or "file"


def fetch(url: str, info: Info, path: Path) -> None:
    """Bring a file here, whole or not at all.

    Raises:
        ReadError: when it cannot be, or changes while it comes.
    """
    with cache_told(url):
        make_room(url, max(size_of(info), 0))
        handle, name = tempfile.mkstemp(suffix=UNFINISHED, dir=fetched_folder())
        os.close(handle)
    unfinished = Path(name)
    try:
        with trouble_told(url):
            patiently(lambda: _download(url, info, unfinished), STALLED_S, lambda: _size(unfinished))
        refuse_torn(url, info, unfinished)
        with cache_told(url):
            _move(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _download(url: str, info: Info, unfinished: Path) -> None:
    with unfinished.open("wb") as file:
        for block in _blocks(url, size_of(info)):
            with cache_told(url):
                file.write(block)
                file.flush()


def _blocks(url: str, size: int) -> Iterator[bytes]:
    """The content in pieces; no more than a piece too many where a server sends more than it said."""
    files, path = opened(url)
    web = scheme_of(url).startswith("http")
    if 0 <= size <= BLOCK and not web:
        yield files.cat_file(path)
        return
    came, limit = 0, size if size >= 0 else LIMIT_BYTES
    with files.open(path, "rb", block_size=0 if web else BLOCK, cache_type="none") as content:
        while came <= limit and (block := content.read(BLOCK)):
            came += len(block)
            yield block
    if came > LIMIT_BYTES and size < 0:
        raise ReadError(f"{url}: {LIMIT_BYTES / 1e9:g} GB came and no end; fetch it by hand and name the file")


def refuse_torn(url: str, info: Info, unfinished: Path) -> None:
    """Nothing, when what came is the version that was asked for.

    Raises:
        ReadError: when the file changed while it was fetched.
    """
    said, came = size_of(info), _size(unfinished)
    # What came in one piece is of one version; what came in several is asked for once more.
    later = info if 0 <= said <= BLOCK else asked_again(url)
    if said not in (-1, came) or later is None or version_of(later) != version_of(info):
        raise ReadError(f"{url}: changed while it was fetched ({came} bytes came of {said}); read it again")


@contextmanager
def cache_told(url: str) -> Iterator[None]:
    """A full or locked cache, told by its folder and what to do.

    Raises:
        ReadError: in place of an OSError of the local disk.
    """
    try:
        yield
    except OSError as error:
        raise ReadError(
            f"{url}: cannot be kept in {fetched_folder()} ({(error.strerror or 'no room').lower()}); "
            f"make room, or set {VARIABLE} to another folder"
        ) from None


def _move(unfinished: Path, path: Path) -> None:
    for attempt in range(3):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.replace(path)
        except FileNotFoundError:
            # Another process, making room, took the empty folder for a leftover.
            if attempt == 2:
                raise
        except PermissionError:
            # Windows, where another process fetched the same and reads it already.
            if not path.is_file():
                raise
            return
        else:
            return


def make_room(url: str, size: int) -> None:
    """Clear old files until the new one fits.

    Raises:
        ReadError: when the disk itself has no room for it.
    """
    global _allowance
    folder = fetched_folder()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if size > free:
        raise ReadError(
            f"{url}: {size / 1e9:.3g} GB do not fit into {folder} ({free / 1e9:.3g} GB free); "
            f"make room, or set {VARIABLE} to another folder"
        )
    if size >= _allowance:
        spare = LIMIT_BYTES - cleared(folder, LIMIT_BYTES - size)
        _allowance = max(size, min(spare, LIMIT_BYTES // 8))
    _allowance -= size


def cleared(folder: Path, goal_bytes: int) -> int:
    """Remove files, those used longest ago first, until no more than a goal is left; returns what is left."""
    found = sorted(_files(folder))
    total = sum(size for _, size, _ in found)
    for used_s, size, path in found:
        if total <= goal_bytes or time.time() - used_s < IN_USE_S:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
            path.parent.rmdir()
    return total


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Time of last use, size and path of every fetched file; what dead processes left behind goes."""
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):
            if path.suffix == UNFINISHED:
                if time.time() - path.stat().st_mtime > ABANDONED_S:
                    path.unlink()
                continue
            for file in path.iterdir():
                facts = file.stat()
                yield facts.st_mtime, facts.st_size, file


def content_hash(place: Place) -> str:
    """SHA-256 of a file, in hex.

    Raises:
        ReadError: when it cannot be fetched.
    """
    with local_copy(place).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def told_by_place(place: Place, local: Path) -> Iterator[None]:
    """Errors of what reads a copy name the URL, as the user knows it, not the cache.

    Raises:
        FaultprintError: the same kind, in the words of the user.
    """
    try:
        yield
    except FaultprintError as error:
        if isinstance(place, Path):
            raise
        said = str(error).replace(str(local), place)
        # A library may have cut its message in the middle of the path.
        said = re.sub(re.escape(str(fetched_folder())) + r"[^\s'\"),;]*", lambda _: place, said)
        raise type(error)(said) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _mark_used(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)
