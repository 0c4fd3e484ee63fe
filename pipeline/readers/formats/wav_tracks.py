"""The names of a WAV's channels, which field recorders keep in a chunk `iXML`, and their units, which we add.

Source: iXML specification 2.10, TRACK_LIST (Gallery, ixml.info). A tag that a program does not know is passed over,
so the unit beside a name harms nobody. The text is searched, not parsed: it has one shape, and no entities of its own.
"""

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

TRACK = re.compile(r"<TRACK>(.*?)</TRACK>", re.DOTALL)
PLACE = re.compile(r"<INTERLEAVE_INDEX>\s*(\d{1,5})\s*</INTERLEAVE_INDEX>")
NAME = re.compile(r"<NAME>(.*?)</NAME>", re.DOTALL)
UNIT = re.compile(r"<UNIT>(.*?)</UNIT>", re.DOTALL)


class TrackTexts(NamedTuple):
    """Name and unit of every channel."""

    names: tuple[str, ...]
    units: tuple[str | None, ...]


def default_names(n_channels: int) -> tuple[str, ...]:
    """Names where the file gives none.

    Example:
        >>> default_names(2)
        ('c0', 'c1')
    """
    return tuple(f"c{k}" for k in range(n_channels))


def texts_of(xml: bytes, n_channels: int) -> TrackTexts:
    """What the chunk says of each channel; a name that is missing or repeated is `c0`, `c1`, ...

    Args:
        xml: content of the chunk, empty where there is none.
        n_channels: of the file.

    Example:
        >>> texts_of(ixml(["DE", "FE"], ["g", None]), 3)
        TrackTexts(names=('DE', 'FE', 'c2'), units=('g', None, None))
    """
    names = list(default_names(n_channels))
    units: list[str | None] = [None] * n_channels
    for track in TRACK.findall(xml.decode("utf-8", errors="replace")):
        place, name, unit = PLACE.search(track), NAME.search(track), UNIT.search(track)
        if place and 1 <= int(place[1]) <= n_channels:
            at = int(place[1]) - 1
            names[at] = html.unescape(name[1]) if name and name[1] else names[at]
            units[at] = html.unescape(unit[1]) if unit else None
    given = tuple(names) if len(set(names)) == n_channels else default_names(n_channels)
    return TrackTexts(given, tuple(units))


def ixml(names: Sequence[str], units: Sequence[str | None]) -> bytes:
    """The chunk for some channels.

    Example:
        >>> b"<NAME>motor &amp; fan</NAME>" in ixml(["motor & fan"], [None])
        True
    """
    tracks = "".join(
        f"<TRACK><CHANNEL_INDEX>{k}</CHANNEL_INDEX><INTERLEAVE_INDEX>{k}</INTERLEAVE_INDEX>"
        f"<NAME>{html.escape(name)}</NAME>"
        + (f"<UNIT>{html.escape(unit)}</UNIT>" if unit is not None else "")
        + "</TRACK>"
        for k, (name, unit) in enumerate(zip(names, units, strict=True), start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><BWFXML><IXML_VERSION>1.61</IXML_VERSION>'
        f"<TRACK_LIST><TRACK_COUNT>{len(names)}</TRACK_COUNT>{tracks}</TRACK_LIST></BWFXML>"
    ).encode()
