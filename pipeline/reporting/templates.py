"""Templates: the pages of this package, with everything that is put into them escaped."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def template(name: str) -> Template:
    """A template by its path in this package.

    Example:
        >>> template("diagnosed/page.html").name
        'diagnosed/page.html'
    """
    loader = PackageLoader("pipeline.reporting", package_path="")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def encoded(parts: Iterable[str]) -> Iterator[bytes]:
    """A page in UTF-8, piece by piece; what a file name holds that is no character is shown as a code.

    Example:
        >>> b"".join(encoded(["pump ", "\\udcff.wav"]))
        b'pump \\\\udcff.wav'
    """
    return (part.encode("utf-8", "backslashreplace") for part in parts)


def made_words(made_at: datetime | None) -> str:
    """When a page was made, as it says itself; now unless given.

    Example:
        >>> made_words(datetime(2026, 3, 1, 6, 30, tzinfo=UTC))
        '2026-03-01 06:30 UTC'
    """
    return f"{made_at or datetime.now(UTC):%Y-%m-%d %H:%M %Z}".strip()
