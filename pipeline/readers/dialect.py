"""Dialect: how a table of numbers is written, found from its first lines.

Nothing is asked of the file's name. A text is a table when most of its first lines split, in one of the usual ways,
into the same count of numbers.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

LOOKED_AT = 256
"""So many lines tell the dialect; more would only cost time."""

WAYS = ((",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","), (None, "."), (None, ","), (",", ","))
"""(delimiter, decimal mark), the first wins where several fit equally; None is any run of white space."""

MISSING = r"[+-]?(?:nan|inf|infinity)|na|n/a|null"
NUMBER = {
    mark: re.compile(rf"[+-]?(?:\d+{stop}?\d*|{stop}\d+)(?:e[+-]?\d+)?|{MISSING}", re.IGNORECASE)
    for mark, stop in ((".", r"\."), (",", ","))
}
COMMENT_SIGN = re.compile(r"^\s*(?:#+|%+(?=\s))\s*")
UNIT_BRACKETS = re.compile(r"[\[(]\s*([^\])]*?)\s*[\])]\s*$")


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: between columns; None for any run of white space.
        decimal: "." or ",".
        n_skipped: lines before the first row of numbers.
        names: one per column, `c0`, `c1`, ... where no line gives them.
        filled: per column, whether the first lines hold any number there.
    """

    delimiter: str | None
    decimal: str
    n_skipped: int
    names: tuple[str, ...]
    filled: tuple[bool, ...]


class Fit(NamedTuple):
    """How well one way of splitting fits: rows of `width` numbers, and which lines they are."""

    n_rows: int
    width: int
    delimiter: str | None
    decimal: str


def find_dialect(lines: Sequence[str]) -> Dialect | None:
    """How these lines are written, None when they are no table of numbers.

    Args:
        lines: the first lines of a text, without line ends; blank ones are passed over.

    Example:
        >>> find_dialect(["\\ufefftime;a1", "0,0;4,6", "0,1;1,9"])
        Dialect(delimiter=';', decimal=',', n_skipped=1, names=('time', 'a1'), filled=(True, True))
        >>> find_dialect(["Dear reader,", "this is a letter."]) is None
        True
    """
    lines = [line.removeprefix("\ufeff").rstrip("\r") for line in lines[:LOOKED_AT]]
    full = [line for line in lines if line.strip()]
    usual = [way for way in WAYS if way[0] is None or any(way[0] in line for line in full)]
    fit = max((fitted(full, *way) for way in usual), key=lambda each: each.n_rows)
    if fit.n_rows * 2 <= len(full):
        return None
    if fit.width == 2 and fit[2:] == (",", ".") and has_decimal_commas(full):
        fit = fitted(full, None, ",")
    rows = [fields_of(COMMENT_SIGN.sub("", line), fit.delimiter) for line in lines]
    first = next(k for k, row in enumerate(rows) if len(row) == fit.width and are_numbers(row, fit.decimal))
    body = [row for row in rows[first:] if len(row) == fit.width]
    filled = tuple(any(row[k] for row in body) for k in range(fit.width))
    return Dialect(fit.delimiter, fit.decimal, first, named(rows[:first], fit.width), filled)


def fitted(lines: Sequence[str], delimiter: str | None, decimal: str) -> Fit:
    """How many lines split this way into the most usual count of numbers.

    Example:
        >>> fitted(["a;b", "1;2", "3;4"], ";", ".")
        Fit(n_rows=2, width=2, delimiter=';', decimal='.')
    """
    rows = [fields_of(line, delimiter) for line in lines]
    widths = Counter(len(row) for row in rows if are_numbers(row, decimal))
    width, n_rows = widths.most_common(1)[0] if widths else (0, 0)
    return Fit(n_rows, width, delimiter, decimal)


def fields_of(line: str, delimiter: str | None) -> list[str]:
    """A line split, quotes and spaces around fields taken off."""
    if delimiter is None:
        return line.split()
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def are_numbers(row: Sequence[str], decimal: str) -> bool:
    """Whether every field is a number or empty, and at least one a number.

    Example:
        >>> are_numbers(["1.5", "", "-2e-3"], "."), are_numbers(["1,5"], ","), are_numbers(["time"], ".")
        (True, True, False)
    """
    return any(row) and all(not field or NUMBER[decimal].fullmatch(field) for field in row)


def has_decimal_commas(lines: Sequence[str]) -> bool:
    """Whether `0,0512` is one number rather than two: all lines look so, and some second half starts with a zero.

    Whole numbers in two columns are not written with leading zeros, nor as `-0`; fractions are.

    Example:
        >>> has_decimal_commas(["0,512", "-0,0331"]), has_decimal_commas(["12,34", "5,6"])
        (True, False)
    """
    rows = [line.strip() for line in lines if are_numbers(fields_of(line, ","), ".")]
    whole = all(re.fullmatch(r"[+-]?\d+,\d+([eE][+-]?\d+)?", row) for row in rows)
    return whole and any(re.match(r"-0,|[+-]?\d+,0\d", row) for row in rows)


def named(above: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """Column names from the last line above the numbers that has one field per column.

    Example:
        >>> named([["recorded by", "me"], ["time", "a", "a"]], 3)
        ('time', 'a', 'a_2')
        >>> named([], 2)
        ('c0', 'c1')
    """
    given = next((row for row in reversed(above) if len(row) == width and any(row)), [""] * width)
    names: list[str] = []
    for k, field in enumerate(given):
        name = field or f"c{k}"
        while name in names:
            name = f"{name}_{k}"
        names.append(name)
    return tuple(names)


def unit_of(name: str) -> str | None:
    """The unit in brackets at the end of a column's name.

    Example:
        >>> unit_of("a1 (m/s2)"), unit_of("DE [g]"), unit_of("a1")
        ('m/s2', 'g', None)
    """
    found = UNIT_BRACKETS.search(name)
    return found.group(1) or None if found else None
