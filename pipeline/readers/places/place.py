"""Place: where a recording lies, a local path or the URL of a server; and how places are put together."""

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from pipeline.errors import RequestError
from pipeline.readers.places.credentials import scrubbed, without_credentials

Place: TypeAlias = Path | str
"""A local path, or an fsspec URL such as `s3://bucket/a.wav`; made by `place_of`, so it never holds a password."""

SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
"""Two letters at least, because `C://` is a drive."""

CHAIN = re.compile(r"^[a-z0-9]+::|::[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(place: Place) -> bool:
    """Whether a place is written as a URL.

    Example:
        >>> is_url("s3://bucket/a.wav"), is_url("C:/inbox/a.wav"), is_url(Path("a.wav"))
        (True, False, False)
    """
    return isinstance(place, str) and SCHEME.match(place) is not None


def scheme_of(url: str) -> str:
    """The part before `://`, in small letters."""
    return url.partition("://")[0].lower()


def place_of(text: Place) -> Place:
    """What a user names: a path, or a URL without its credentials; `file:///x` is the path `/x`.

    Raises:
        RequestError: for a chain of URLs (`zip://a.wav::s3://...`), or a `file://` URL with a host.

    Example:
        >>> place_of("s3://bucket/inbox/"), place_of("file:///tmp/a%20b.wav") == Path("/tmp/a b.wav")
        ('s3://bucket/inbox/', True)
    """
    if isinstance(text, Path):
        return text
    if "://" in text and CHAIN.search(text):
        raise RequestError(
            f"{scrubbed(text)}: a chain of URLs ('::') is not followed; unpack it and name the file itself"
        )
    if not is_url(text):
        return Path(text)
    scheme, _, rest = text.partition("://")
    url = f"{scheme.lower()}://{rest}"
    return without_credentials(url) if scheme_of(url) not in ("file", "local") else _local(url)


def _local(url: str) -> Path:
    host = urlsplit(url).netloc
    if host not in ("", "localhost"):
        raise RequestError(f"{scrubbed(url)}: its host is not this machine; write file:///{host}/... or the path alone")
    path = url.partition("://")[2].removeprefix(host)
    return Path(url2pathname(path) if scheme_of(url) == "file" else unquote(path))


def joined(root: Place, source: str) -> Place:
    """A catalog's source as a place; an absolute path or a URL needs no root.

    Example:
        >>> joined("s3://bucket/inbox", "pump/a.wav"), joined("s3://bucket/inbox", "../a.wav")
        ('s3://bucket/inbox/pump/a.wav', 's3://bucket/a.wav')
        >>> joined("s3://bucket", "memory://x/a.wav"), joined(Path("inbox"), "a.wav").as_posix()
        ('memory://x/a.wav', 'inbox/a.wav')
    """
    root = place_of(root)
    if is_url(source):
        return place_of(source)
    if isinstance(root, Path) or Path(source).is_absolute():
        return Path(root) / source
    whole = root + source if root.endswith("/") else f"{root}/{source}"
    scheme, _, rest = whole.partition("://")
    return f"{scheme}://{posixpath.normpath(rest)}" if ".." in source.split("/") else whole


def name_of(place: Place) -> str:
    """The last part of a place.

    Example:
        >>> name_of("s3://bucket/inbox/a.wav"), name_of("https://plant/a.wav?part=2")
        ('a.wav', 'a.wav')
    """
    return place.name if isinstance(place, Path) else PurePosixPath(without_query(place).partition("://")[2]).name


def folder_of(place: Place) -> Place:
    """The folder a file lies in.

    Example:
        >>> folder_of("s3://bucket/inbox/a.wav"), folder_of("memory://a.wav")
        ('s3://bucket/inbox', 'memory://')
    """
    if isinstance(place, Path):
        return place.parent
    scheme, _, rest = without_query(place).rstrip("/").partition("://")
    return f"{scheme}://{rest.rpartition('/')[0]}"


def without_query(url: str) -> str:
    """A web address up to its question mark; elsewhere that is a letter like any other."""
    return url.partition("?")[0] if scheme_of(url).startswith("http") else url
