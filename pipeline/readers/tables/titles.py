"""Titles: the names of a table's columns, and their units, from the lines above the numbers."""

import re
from collections.abc import Sequence

from pipeline.readers.time_column import SECONDS, time_unit
from pipeline.units import canonical

BRACKETED = re.compile(r"[\[(]\s*([^\])]*?)\s*[\])]")
OTHER_UNITS = frozenset({"rpm", "hz", "khz", "°c", "degc", "c", "k", "%", "db", "w", "kw", "deg", "-", "nm"})
"""What else stands in a line of units, in small letters; a unit in brackets may be anything."""

UNIT_LABEL = re.compile(r"(?:units?|einheit(?:en)?)\s*[:=]?", re.IGNORECASE)
NAME_LABEL = re.compile(r"(?:names?|channels?|kan(?:al|äle))\s*[:=]?", re.IGNORECASE)
"""What loggers write before a line of units, and before the line of names above it."""

LONE_UNIT = re.compile(rf"{UNIT_LABEL.pattern}\s*(\S+)", re.IGNORECASE)
PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?")
REMARK = "comment"
"""LabVIEW names a column for remarks that no row has."""


def titles(above: Sequence[Sequence[str]], filled: Sequence[bool]) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    """Names and units of columns, from the last line that has one name per column and the line of units below it.

    Args:
        above: the lines above the numbers, split.
        filled: per column, whether it holds anything; the last empty ones need no name.

    Returns:
        A name per column, `c0`, `c1`, ... where none is given; a unit per column: None where no line tells,
        empty where that line says there is none.

    Example:
        >>> titles([["recorded by", "me"], ["time", "a", "a"]], [True] * 3)
        (('time', 'a', 'a_2'), (None, None, None))
        >>> titles([["Time", "DE"], ["(ms)", "(g)"]], [True] * 2)
        (('Time', 'DE'), ('ms', 'g'))
        >>> titles([["Name", "DE", "NDE"], ["Unit", "g", "m/s²"]], [True] * 2)
        (('DE', 'NDE'), ('g', 'm/s²'))
        >>> titles([], [True] * 2)
        (('c0', 'c1'), (None, None))
    """
    width = len(filled)
    rows = [row for row in (fitting(unlabelled(line, width), filled) for line in above) if row]
    if len(rows) > 1 and are_units(rows[-1]) and not are_units(rows[-2]):
        return told_apart(rows[-2]), tuple(bare_unit(field) for field in rows[-1])
    return told_apart(rows[-1] if rows else [""] * width), (None,) * width


def unlabelled(row: Sequence[str], width: int) -> Sequence[str]:
    """A line of names or units without the word before it that says which it is.

    A word above a column of its own, such as one of timestamps, makes way for an empty field where it is of units.

    Example:
        >>> unlabelled(["Unit", "g", "g"], 2), unlabelled(["Unit", "g", "g"], 3), unlabelled(["Name", "DE", "NDE"], 2)
        (['g', 'g'], ['', 'g', 'g'], ['DE', 'NDE'])
        >>> unlabelled(["Unit g"], 1), unlabelled(["Unit", "DE"], 2)
        (['g'], ['Unit', 'DE'])
    """
    lone = LONE_UNIT.fullmatch(row[0]) if len(row) == 1 == width else None
    if lone and is_unit(lone.group(1)):
        return [lone.group(1)]
    behind = list(row[1:])
    if behind and UNIT_LABEL.fullmatch(row[0]) and are_units(behind):
        return behind if len(behind) == width else ["", *behind]
    return behind if len(behind) == width and NAME_LABEL.fullmatch(row[0]) else row


def fitting(row: Sequence[str], filled: Sequence[bool]) -> list[str] | None:
    """The line as one name per column, None where it is no line of names.

    Example:
        >>> fitting(["a", "b"], [True, True, False]), fitting(["Sample Interval", "4e-06"], [True, True])
        (['a', 'b', ''], None)
    """
    width, n_needed = len(filled), max((k + 1 for k, is_filled in enumerate(filled) if is_filled), default=0)
    beyond = row[width:]
    if len(row) < n_needed or not any(row) or any(field and field.lower() != REMARK for field in beyond):
        return None
    # One name and numbers behind it are a setting, save where sensors are numbered: `time, 1, 2`.
    behind = [field for field in row[1:] if field]
    is_setting = behind and all(PLAIN_NUMBER.fullmatch(field) for field in behind) and time_unit(row[0]) is None
    if is_setting or (width == 1 and re.search(r"[:=]", row[0])):
        return None
    return [*row[:width], *[""] * (width - len(row))]


def are_units(row: Sequence[str]) -> bool:
    """Whether every field is a unit or empty.

    Example:
        >>> are_units(["s", "m/s²", ""]), are_units(["(ms)", "(furlong)"]), are_units(["time", "a1"])
        (True, True, False)
    """
    return any(row) and all(not field or is_unit(field) for field in row)


def is_unit(field: str) -> bool:
    """Whether a field is a unit, or anything that is all in brackets."""
    plain = field.lower()
    return bool(BRACKETED.fullmatch(field)) or plain in OTHER_UNITS or plain in SECONDS or canonical(field) is not None


def bare_unit(field: str) -> str:
    """A unit without its brackets.

    Example:
        >>> bare_unit("(ms)"), bare_unit("g"), bare_unit("[]")
        ('ms', 'g', '')
    """
    found = BRACKETED.fullmatch(field)
    return found.group(1) if found else field


def told_apart(given: Sequence[str]) -> tuple[str, ...]:
    """Names, each once; a column without one is called by its number.

    Example:
        >>> told_apart(["a", "a_1", "a", ""])
        ('a', 'a_1', 'a_2', 'c3')
    """
    names: dict[str, None] = {}
    for k, field in enumerate(given):
        name = field or f"c{k}"
        while name in names:
            name = f"{name}_{k}"
        names[name] = None
    return tuple(names)
