"""Earlier: the rows of a finished catalog, by file, for a scan that need not read again what has not changed."""

import os
from collections.abc import Callable, Iterable

from pipeline.catalog.row import Row
from pipeline.catalog.scanning.walk import File
from pipeline.readers.places import SIDE, Place, is_url, joined


class Earlier:
    """What an earlier scan wrote, mended by hand or not.

    Args:
        rows: of the earlier catalog.
        root: where their relative sources start.
        folder: where those of this scan start.

    Example:
        >>> from pathlib import Path
        >>> row = Row("a.wav", "rig/a.wav", size_bytes=44, modified="noon", specimen="pump 7")
        >>> earlier = Earlier([row], Path("/data"), Path("/data/rig"))
        >>> [row.specimen for row in earlier.recall(File("a.wav", 44, "noon")) or []], earlier.n_changed
        (['pump 7'], 0)
        >>> earlier = Earlier([row], Path("/data"), Path("/data/rig"))
        >>> earlier.recall(File("a.wav", 48, "later")), earlier.n_changed
        (None, 1)
    """

    def __init__(self, rows: Iterable[Row] = (), root: Place = "", folder: Place = "") -> None:
        self._place = names_from(folder)
        self._rows: dict[str, list[Row]] = {}
        self._before: dict[str, list[Row]] = {}
        self.n_changed = 0
        name = names_from(root)
        for row in rows:
            self._rows.setdefault(name(row.source), []).append(row)

    def recall(self, file: File, with_hash: bool = False) -> list[Row] | None:
        """The rows of a file whose size and time are those of the catalog; None for one that must be read.

        So is one without a hash where one is wanted.
        """
        rows = self._rows.pop(self._place(file.source), None) if self._rows else None
        if rows is None:
            return None
        same = bool(file.modified) and all(
            (row.size_bytes, row.modified) == (file.size_bytes, file.modified) for row in rows
        )
        self.n_changed += not same
        hashed = not with_hash or all(row.sha256 for row in rows)
        if same and hashed:
            return rows
        if not has_side(file.modified) and all(only_touched(row, file) for row in rows):
            self._before[file.source] = rows
        return None

    def filled(self, file: File, rows: list[Row]) -> list[Row]:
        """The new rows of a file that was only touched, with what had been filled in by hand before.

        A file of another length is another recording, and a side file that came or went has spoken.
        """
        before = {row.channel: row for row in self._before.pop(file.source, ())}
        return [filled_from(row, before[row.channel]) if row.channel in before else row for row in rows]

    @property
    def n_left(self) -> int:
        """Files of the earlier catalog that the scan has not met."""
        return len(self._rows)


def only_touched(row: Row, file: File) -> bool:
    """Whether a file has another time but the same length, and no side file had spoken of it."""
    return row.size_bytes == file.size_bytes and not has_side(row.modified)


def has_side(modified: str) -> bool:
    """Whether a time is that of a file with a side file."""
    return SIDE in modified


BY_HAND = ("point", "machine", "specimen", "labels", "bearing", "gear", "unit")
"""Fields that no file states and people fill in; a new row that says something of its own keeps that."""

STATED = (("rate_hz", "rate_from"), ("speed_rpm", "speed_from"))


def filled_from(row: Row, before: Row) -> Row:
    """A row, its empty fields as they were before; a rate or speed that the file itself had stated is not kept.

    Example:
        >>> before = Row("a", "a.wav", specimen="pump 7", speed_rpm=1485.0, rate_hz=12000.0, rate_from="file")
        >>> row = filled_from(Row("a", "a.wav", labels=("ball",)), before)
        >>> row.specimen, row.labels, row.speed_rpm, row.rate_hz
        ('pump 7', ('ball',), 1485.0, None)
    """
    kept = {name: getattr(before, name) for name in BY_HAND if not getattr(row, name)}
    for fact, speaker in STATED:
        if getattr(row, fact) is None and getattr(before, speaker) in ("", "catalog"):
            kept |= {fact: getattr(before, fact), speaker: getattr(before, speaker)}
    return row.changed(**kept, condition={**before.condition, **row.condition})


def names_from(root: Place) -> Callable[[str], str]:
    """What makes of a source below a place the name it has from everywhere.

    Example:
        >>> from pathlib import Path
        >>> names_from(Path("/data/rig"))("../a.wav"), names_from("s3://bucket")("a.wav")
        ('/data/a.wav', 's3://bucket/a.wav')
    """
    start = root if isinstance(root, str) else os.path.normpath(root.absolute())

    def name(source: str) -> str:
        if is_url(source) or isinstance(root, str):
            return str(joined(root, source))
        plain = source[0] not in "./" and ".." not in source
        return f"{start}{os.sep}{source}" if plain else os.path.normpath(os.path.join(start, source))  # noqa: PTH118

    return name
