"""Groups: the value by which signals stay together when a catalog is split."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, did_you_mean

PARTS = ("specimen", "machine", "recording", "condition", "day")
"""Groups every catalog can have; any column `condition.NAME`, and `speed_rpm`, is one too."""

TIMES = ("day", "time", "date")
"""Conditions that say when a signal was recorded, the first of them that is there."""

OPERATING = ("load", "speed", "temperature")
"""How the names of conditions begin that belong to running a machine, not to its fault."""


def as_key(value: str | float) -> str:
    """A group's value as text, so that 50, 50.0 and "50" are one.

    Example:
        >>> as_key(50), as_key(50.0), as_key("50"), as_key(4266.67), as_key("low")
        ('50', '50', '50', '4266.67', 'low')
    """
    try:
        return f"{float(value):.12g}"
    except ValueError:
        return str(value)


def natural(name: str) -> tuple[float, str]:
    """A key that sorts groups as people count: 2 before 10, numbers before words.

    Example:
        >>> sorted(["10", "2", "idle"], key=natural)
        ['2', '10', 'idle']
    """
    try:
        return float(name), name
    except ValueError:
        return math.inf, name


def day_of(row: Row) -> str | None:
    """The date a signal was recorded on, as its own clock wrote it; None where the catalog does not say.

    Raises:
        CatalogError: when what it says is not a date or time of ISO 8601.

    Example:
        >>> day_of(Row("a", "a.wav", condition={"time": "2024-03-01T23:59:00+01:00"}))
        '2024-03-01'
        >>> day_of(Row("a", "a.wav", condition={"day": 20240301.0}))
        '2024-03-01'
    """
    name = next((name for name in TIMES if name in row.condition), None)
    if name is None:
        return None
    told = as_key(row.condition[name])
    try:
        return datetime.fromisoformat(told.strip()).date().isoformat()
    except ValueError:
        raise CatalogError(
            f"signal '{row.signal}': condition.{name} is '{told}', and a day needs ISO 8601, such as 2024-03-01T12:00"
        ) from None


def group_of(row: Row, group: str) -> str | None:
    """The group a signal belongs to, None where the catalog does not say.

    Args:
        row: the signal.
        group: `specimen`, `machine`, `recording`, `condition` (all of load, speed and temperature), `speed`, `day` (the
            date of a condition `day`, `time` or `date`), or a condition's name; `load` also finds the only condition
            that begins so, such as `load_hp`.

    Raises:
        CatalogError: for a day, when the time stated is none.

    Example:
        >>> row = Row("a", "a.wav", specimen="pump 7", speed_rpm=1772.0, condition={"load_hp": 1})
        >>> [group_of(row, group) for group in ("specimen", "speed", "load", "condition", "severity")]
        ['pump 7', '1772', '1', 'load_hp=1 speed_rpm=1772', None]
    """
    if group == "recording":
        return row.recording
    if group in ("specimen", "machine"):
        return getattr(row, group) or None
    if group == "day":
        return day_of(row)
    if group == "condition":
        told = operating(row)
        return " ".join(f"{name}={value}" for name, value in told.items()) or None
    if group in ("speed", "speed_rpm"):
        return operating(row).get("speed_rpm")
    names = [group] if group in row.condition else [name for name in row.condition if name.startswith(f"{group}_")]
    return as_key(row.condition[names[0]]) if len(names) == 1 else None


def part_of(row: Row, group: str = "specimen") -> tuple[str, str]:
    """What stands or falls together: a signal's specimen, or, where nobody names one, its recording.

    Whoever names no specimen may still have recorded one machine with several channels, so a signal alone is no part.

    Args:
        row: the signal.
        group: another group than the specimen; see `group_of`.

    Returns:
        What kind of part it is, and its name; a recording may be called as a specimen is.

    Example:
        >>> part_of(Row("a", "a.wav", specimen="pump 7")), part_of(Row("a.wav/DE", "./a.wav", channel="DE"))
        (('specimen', 'pump 7'), ('recording', 'a.wav'))
    """
    named = group_of(row, group)
    return (group, named) if named is not None else ("recording", row.recording)


def operating(row: Row) -> dict[str, str]:
    """Load, speed and temperature of a signal, by name; a `speed...` condition stands for the speed measured."""
    told = {name: as_key(value) for name, value in sorted(row.condition.items()) if name.startswith(OPERATING)}
    speed = next((told.pop(name) for name in list(told) if name.startswith("speed")), None)
    if speed is None and row.speed_rpm is not None:
        speed = as_key(row.speed_rpm)
    return told | ({"speed_rpm": speed} if speed is not None else {})


def grouped(rows: Iterable[Row], group: str) -> tuple[dict[str, list[Row]], list[Row]]:
    """Rows by their group, and the rows that have none."""
    found: dict[str, list[Row]] = {}
    without: list[Row] = []
    for row in rows:
        key = group_of(row, group)
        (without if key is None else found.setdefault(key, [])).append(row)
    return found, without


def checked_groups(rows: Sequence[Row], group: str) -> tuple[dict[str, list[Row]], list[Row]]:
    """`grouped`, where at least one row must have the group.

    Raises:
        CatalogError: when none has, with the groups this catalog knows; or when there are no rows at all, which of
            a split are those with a label.
    """
    found, without = grouped(rows, group)
    if not rows:
        raise CatalogError("no signal has a label, so nothing can be dealt; fill the column labels of the catalog")
    if not found:
        known = known_groups(rows)
        hint = did_you_mean(group, known) or ";"
        raise CatalogError(f"split.group: no signal has a '{group}'{hint} this catalog knows {', '.join(known)}")
    return found, without


def known_groups(rows: Iterable[Row]) -> list[str]:
    """Groups for which at least one row has a value."""
    rows = tuple(rows)
    names = dict.fromkeys((*PARTS, "speed_rpm", *(name for row in rows for name in row.condition)))
    return [name for name in names if any(has_group(row, name) for row in rows)]


def has_group(row: Row, group: str) -> bool:
    """Whether a signal says something of a group, sense or not."""
    if group == "day":
        return any(name in row.condition for name in TIMES)
    return group_of(row, group) is not None
