"""Groups: the value by which signals stay together when a catalog is split."""

from collections.abc import Iterable, Sequence

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, did_you_mean

PARTS = ("specimen", "machine", "recording", "condition")
"""Groups every catalog can have; any column `condition.NAME`, and `speed_rpm`, is one too."""

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


def group_of(row: Row, group: str) -> str | None:
    """The group a signal belongs to, None where the catalog does not say.

    Args:
        row: the signal.
        group: `specimen`, `machine`, `recording`, `condition` (all of load, speed and temperature), `speed`, or a
            condition's name; `load` also finds the only condition that begins so, such as `load_hp`.

    Example:
        >>> row = Row("a", "a.wav", specimen="pump 7", speed_rpm=1772.0, condition={"load_hp": 1})
        >>> [group_of(row, group) for group in ("specimen", "speed", "load", "condition", "severity")]
        ['pump 7', '1772', '1', 'load_hp=1 speed_rpm=1772', None]
    """
    if group == "recording":
        return row.recording
    if group in ("specimen", "machine"):
        return getattr(row, group) or None
    if group == "condition":
        told = operating(row)
        return " ".join(f"{name}={value}" for name, value in told.items()) or None
    if group in ("speed", "speed_rpm"):
        return operating(row).get("speed_rpm")
    names = [group] if group in row.condition else [name for name in row.condition if name.startswith(f"{group}_")]
    return as_key(row.condition[names[0]]) if len(names) == 1 else None


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
        CatalogError: when none has, with the groups this catalog knows.
    """
    found, without = grouped(rows, group)
    if not found:
        known = known_groups(rows)
        hint = did_you_mean(group, known) or ";"
        raise CatalogError(f"split.group: no signal has a '{group}'{hint} this catalog knows {', '.join(known)}")
    return found, without


def known_groups(rows: Iterable[Row]) -> list[str]:
    """Groups for which at least one row has a value."""
    rows = tuple(rows)
    names = dict.fromkeys((*PARTS, "speed_rpm", *(name for row in rows for name in row.condition)))
    return [name for name in names if any(group_of(row, name) is not None for row in rows)]
