"""Credentials: what a URL carries in secret is kept aside, so that no error, catalog or history can show it.

A place never holds a password: `place_of` takes it out of the URL and keeps it in this process, and only the connection
itself puts it back. A catalog written from such a place is opened later with credentials from the environment.
"""

import re

USERINFO = re.compile(r"^([a-z][a-z0-9+.-]+://)([^/]*:[^/]*)@([^/?]*)", re.IGNORECASE)
SECRET = re.compile(
    r"^(x-amz-|x-goog-|sig$|signature|token|.*secret|.*password|.*credential|.*(access|api).?key(id)?$|sv$|se$|sp$)",
    re.IGNORECASE,
)
"""Parameters of signed URLs (Amazon, Google, Azure) and of home-made ones."""

SHORTEST = 4
"""A shorter word is hardly a secret, and is met in every message."""

_withheld: dict[str, str] = {}


def without_credentials(url: str) -> str:
    """A URL that may be shown; what was taken out is remembered for `with_credentials`.

    Example:
        >>> without_credentials("ftp://me:secret@plant/a.wav")
        'ftp://plant/a.wav'
        >>> without_credentials("https://plant/a.wav?part=2&X-Amz-Signature=77aa")
        'https://plant/a.wav?part=2'
    """
    signed = USERINFO.match(url)
    if signed:
        scheme, userinfo, host = signed.groups()
        _withheld[scheme + host] = userinfo
        url = scheme + host + url[signed.end() :]
    before, mark, query = url.partition("?")
    told = "&".join(part for part in query.split("&") if not SECRET.match(part.partition("=")[0]))
    if not mark or not url.lower().startswith("http") or told == query:
        return url
    clean = f"{before}?{told}" if told else before
    _withheld[clean] = query
    return clean


def with_credentials(url: str) -> str:
    """The URL as it was given, for the connection only.

    Example:
        >>> with_credentials(without_credentials("ftp://me:secret@plant/a.wav"))
        'ftp://me:secret@plant/a.wav'
    """
    query = _withheld.get(url)
    if query is not None:
        url = f"{url.partition('?')[0]}?{query}"
    userinfo = userinfo_of(url)
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{userinfo}@{rest}" if userinfo else url


def userinfo_of(url: str) -> str | None:
    """`user:password` that was given for the host of a URL."""
    scheme, _, rest = url.partition("://")
    return _withheld.get(f"{scheme}://{re.split('[/?]', rest, maxsplit=1)[0]}")


def scrubbed(text: str) -> str:
    """A foreign message in one line, without credentials.

    Example:
        >>> scrubbed("cannot open\\n ftp://me:secret@plant/a.wav")
        'cannot open ftp://plant/a.wav'
    """
    text = re.sub(r"(://)[^/\s]*:[^/\s]*@", r"\1", " ".join(text.split()))
    for given in _withheld.values():
        for secret in (given, given.partition(":")[2]):
            text = text.replace(secret, "...") if len(secret) >= SHORTEST else text
    return text
