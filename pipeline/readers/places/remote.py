"""Remote: the servers behind URLs, asked through fsspec; whatever goes wrong there is one line that names the URL."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import FaultprintError, ReadError, did_you_mean
from pipeline.readers.places.credentials import scrubbed, with_credentials
from pipeline.readers.places.patience import patiently
from pipeline.readers.places.place import scheme_of
from pipeline.readers.places.settings import S3, settings_of

ASKING_S = 15.0
"""A server that has not said by then whether a file is there counts as gone."""

LISTING_S = 120.0
"""A folder of a hundred thousand files comes in a hundred answers."""

FRESH_S = 2.0
"""What a server said of a file holds so long; header, samples and hash of one reading are then of one version."""

REMEMBERED = 1000
"""Answers kept; a night over a million files must not gather them all."""

MARKS = ("ETag", "etag", "VersionId", "generation", "md5Hash", "Content-MD5", "Digest", "hash", "sha")
TIMES = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated", "modified", "created")
"""How the file systems of fsspec call the time of the last change."""

Info = Mapping[str, Any]

_answers: dict[str, tuple[float, Info]] = {}


def opened(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it.

    Raises:
        ReadError: when no package for its protocol is installed, or the server refuses at once.
    """
    from fsspec.registry import get_filesystem_class

    scheme = scheme_of(url)
    with trouble_told(url):
        try:
            kind = get_filesystem_class(scheme)
        except (ImportError, ValueError):
            raise ReadError(f"{url}: {_missing(scheme)}") from None
        # A bucket's URL has no place for a user; its settings have.
        given = url if scheme in S3 else with_credentials(url)
        files = kind(**kind._get_kwargs_from_urls(given), **settings_of(url))
        return files, str(kind._strip_protocol(given))


def _missing(scheme: str) -> str:
    from fsspec.registry import known_implementations

    known = known_implementations.get(scheme)
    if known is None:
        hint = did_you_mean(scheme, known_implementations) or "; copy the file to a disk"
        return f"{scheme}:// is no protocol that fsspec knows{hint}"
    module = known["class"].partition(".")[0]
    quoted = re.findall(r'"([\w-]+)"', known.get("err", ""))
    packages = [module] if module != "fsspec" else quoted
    if not packages:
        return f"{scheme}:// needs a package that is not installed ({known.get('err')})"
    return f"{scheme}:// needs the package {' and '.join(packages)}; pip install {' '.join(packages)}"


def info_of(url: str) -> Info | None:
    """What the server says of a file or folder; None where there is nothing.

    Raises:
        ReadError: when the server cannot be asked.
    """
    asked_s, info = _answers.get(url, (-FRESH_S, None))
    if info is not None and time.monotonic() - asked_s < FRESH_S:
        return info
    return asked_again(url)


def asked_again(url: str) -> Info | None:
    """`info_of`, whatever was said before."""
    files, path = opened(url)

    def ask() -> Info | None:
        files.invalidate_cache()
        try:
            return {**files.info(path), "asked_ns": time.time_ns()}
        except FileNotFoundError as error:
            if unanswered(error):
                raise ConnectionError(str(error.__cause__)) from None
            return None

    with trouble_told(url):
        info = patiently(ask, ASKING_S)
    _answers.pop(url, None)
    if info is not None:
        while len(_answers) >= REMEMBERED:
            _answers.pop(next(iter(_answers)), None)
        _answers[url] = (time.monotonic(), info)
    return info


def unanswered(error: FileNotFoundError) -> bool:
    """Whether a web file was called missing only because its server, if there is one, gave no answer."""
    cause = error.__cause__
    return cause is not None and not isinstance(cause, FileNotFoundError) and _status(cause) is None


def entries_of(url: str) -> list[Info]:
    """What lies in a folder: a mapping with `name`, `type` and whatever else the server says of each.

    Raises:
        ReadError: when the server cannot be asked.
    """
    files, path = opened(url)

    def ask() -> list[Info]:
        files.invalidate_cache()
        return list(files.ls(path, detail=True))

    with trouble_told(url):
        found = patiently(ask, LISTING_S)
    return [entry for entry in found if str(entry["name"]).rstrip("/") != path.rstrip("/")]


def size_of(info: Info) -> int:
    """Bytes of a file; -1 where its server does not say."""
    size = info.get("size")
    return int(size) if size is not None else -1


def modified_of(info: Info) -> str:
    """When a file was changed last, in ISO 8601 where the server tells a time; empty where it does not.

    Example:
        >>> modified_of({"mtime": 0})
        '1970-01-01T00:00:00+00:00'
    """
    said = next((info[name] for name in TIMES if info.get(name)), info.get("mtime"))
    if isinstance(said, int | float):
        said = datetime.fromtimestamp(said, UTC)
    if isinstance(said, datetime):
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return str(said or "")


def version_of(info: Info) -> str | None:
    """What changes when a file does; None where its server tells nothing of the kind."""
    marks = [f"{name}={info[name]}" for name in MARKS if info.get(name)]
    modified = modified_of(info)
    return " ".join([f"size={size_of(info)}", f"modified={modified}", *marks]) if marks or modified else None


@contextmanager
def trouble_told(url: str) -> Iterator[None]:
    """Turn whatever a backend throws into one line without credentials.

    Raises:
        ReadError: in place of any exception but our own.

    Example:
        >>> with trouble_told("s3://bucket/a.wav"):
        ...     raise PermissionError("Forbidden")
        Traceback (most recent call last):
        ...
        pipeline.errors.ReadError: s3://bucket/a.wav: access refused (PermissionError: Forbidden); check the
        credentials, which come from the environment or the settings of s3
    """
    try:
        yield
    except FaultprintError:
        raise
    except FileNotFoundError:
        raise ReadError(f"{url}: no such file or folder; check the URL") from None
    except Exception as error:
        said = scrubbed(f"{type(error).__name__}: {error}")[:200]
        if _refused(error):
            scheme = scheme_of(url)
            advice = f"check the credentials, which come from the environment or the settings of {scheme}"
            raise ReadError(f"{url}: access refused ({said}); {advice}") from None
        # Without its cause, which may hold what was kept aside.
        raise ReadError(f"{url}: cannot be fetched ({said}); check server and network, then try again") from None


def _refused(error: Exception) -> bool:
    name = type(error).__name__
    return isinstance(error, PermissionError) or "Credential" in name or "Auth" in name or _status(error) in (401, 403)


def _status(error: BaseException) -> Any:
    return getattr(error, "status", None)
