"""Dialect: how a table of numbers is written, found from its first lines.

Nothing is asked of the file's name. A text is a table when most of its first lines split, in one of the usual ways,
into the same count of numbers, dates and times; where a sign separates the columns, some may be words.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.readers.tables.titles import titles
from pipeline.readers.tables.unit_in_name import unit_of

LOOKED_AT = 256
"""So many lines tell the dialect; more would only cost time."""

WAYS = ((",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","), (None, "."), (None, ","), (",", ","))
"""(delimiter, decimal mark), the first wins where several fit equally; None is any run of white space."""

WAYS_WITH_WORDS = (("\t", "."), ("\t", ","), (";", ","), (";", "."), (",", "."), (",", ","))
"""Where words stand beside numbers, the rarer sign is the surer: a word may well hold a comma."""

Kind = Literal["number", "moment", "date", "word", "empty"]
"""What a column holds; a moment has a time of day, a date has none."""

MISSING = r"[+-]?(?:nan|inf|infinity)|na|n/a|null"
NUMBER = {
    mark: re.compile(rf"[+-]?(?:\d+{stop}?\d*|{stop}\d+)(?:e[+-]?\d+)?|{MISSING}", re.IGNORECASE | re.ASCII)
    for mark, stop in ((".", r"\."), (",", ","))
}
DATE = "|".join(
    rf"\d{{4}}{sign}\d{{1,2}}{sign}\d{{1,2}}|\d{{1,2}}{sign}\d{{1,2}}{sign}(?:\d{{4}}|\d{{2}})"
    for sign in ("-", "/", r"\.")
)
TIME = r"\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?:\s*[ap]m)?(?:\s*(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
MOMENT = re.compile(rf"(?:{DATE})(?:[T ]\s*{TIME})?|{TIME}", re.IGNORECASE | re.ASCII)
COMMENT_SIGN = re.compile(r"^\s*(?:#+|%+(?=\s))\s*")
SPACE_BETWEEN_NAMES = re.compile(r"\s+(?![\[(])(?![^\[(]*[\])])")
NUMBERS_IN_ONE = re.compile(r"[+-]?\d[\d.,]*\s*[;\t|]\s*[+-]?\d[\d.,]*")
"""What is left of a row split at another sign than its own."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: between columns; None for any run of white space.
        decimal: "." or ",".
        n_skipped: lines before the first row of numbers.
        names: one per column, `c0`, `c1`, ... where no line gives them.
        kinds: per column, what its first rows hold.
        units: per column, from a line of units below the names, or from the name itself; None unknown.
    """

    delimiter: str | None
    decimal: str
    n_skipped: int
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    units: tuple[str | None, ...]


class Fit(NamedTuple):
    """How well one way of splitting fits.

    Attributes:
        n_rows: how many lines are rows of the table.
        width: columns.
        delimiter, decimal: the way.
        wordy: columns that may hold words; such a row must hold a number in another.
    """

    n_rows: int
    width: int
    delimiter: str | None
    decimal: str
    wordy: frozenset[int] = frozenset()

    def is_row(self, row: Sequence[str]) -> bool:
        """Whether a split line belongs to the table."""
        return len(row) == self.width and are_numbers(
            [field for k, field in enumerate(row) if k not in self.wordy], self.decimal
        )


def find_dialect(lines: Sequence[str]) -> Dialect | None:
    """How these lines are written, None when they are no table of numbers.

    Args:
        lines: the first lines of a text, without line ends; blank ones are passed over.

    Example:
        >>> dialect = find_dialect(["\\ufefftime;a1 (g)", "0,0;4,6", "0,1;1,9"])
        >>> dialect.delimiter, dialect.decimal, dialect.n_skipped, dialect.names, dialect.units
        (';', ',', 1, ('time', 'a1 (g)'), (None, 'g'))
        >>> find_dialect(["Dear reader,", "this is a letter."]) is None
        True
    """
    lines = [line.removeprefix("\ufeff").rstrip("\r") for line in lines[:LOOKED_AT]]
    full = [line for line in lines if line.strip()]
    fit = best_fit(full)
    if fit is None:
        return None
    if fit.width == 2 and fit[2:4] == (",", ".") and has_decimal_commas(full):
        fit = fitted(full, None, ",")
    rows = [fields_of(line, fit.delimiter) for line in lines]
    fit = with_settings(rows, fit)
    first = next(k for k, row in enumerate(rows) if fit.is_row(row))
    body = [row for row in rows[first:] if fit.is_row(row)]
    kinds = tuple(kind_of([row[k] for row in body], fit.decimal) for k in range(fit.width))
    names, below = titles(
        [names_in(line, fit.delimiter) for line in lines[:first]], [kind != "empty" for kind in kinds]
    )
    # Code and prose have numbers between words too, but no names above them.
    is_named = any(name != f"c{k}" for k, name in enumerate(names))
    if fit.wordy and not is_named and 2 * kinds.count("number") < len(kinds) - kinds.count("empty"):
        return None
    units = tuple(unit_of(name) if unit is None else unit or None for name, unit in zip(names, below, strict=True))
    return Dialect(fit.delimiter, fit.decimal, first, names, kinds, units)


def best_fit(lines: Sequence[str]) -> Fit | None:
    """The way of splitting by which most lines are rows; None where under half of them are, whatever the way.

    Example:
        >>> best_fit(["a;b", "1;2", "3;4"])
        Fit(n_rows=2, width=2, delimiter=';', decimal=',', wordy=frozenset())
        >>> best_fit(["1.5,ok", "2.5,worn", "3.5,ok"]).wordy
        frozenset({1})
    """

    def usable(delimiter: str | None) -> bool:
        return delimiter is None or any(delimiter in line for line in lines)

    fit = max((fitted(lines, *way) for way in WAYS if usable(way[0])), key=lambda each: each.n_rows)
    if fit.n_rows * 2 > len(lines):
        return fit
    worded = [fitted_with_words(lines, *way) for way in WAYS_WITH_WORDS if usable(way[0])]
    good = [each for each in worded if each.n_rows * 2 > len(lines)]
    return min(good, key=lambda each: len(each.wordy) / each.width, default=None)


def fitted(lines: Sequence[str], delimiter: str | None, decimal: str) -> Fit:
    """How many lines split this way into the most usual count of numbers.

    Example:
        >>> fitted(["a;b", "1;2", "3;4"], ";", ".").n_rows
        2
    """
    rows = [fields_of(line, delimiter) for line in lines]
    widths = Counter(len(row) for row in rows if are_numbers(row, decimal))
    width, n_rows = widths.most_common(1)[0] if widths else (0, 0)
    return Fit(n_rows, width, delimiter, decimal)


def fitted_with_words(lines: Sequence[str], delimiter: str, decimal: str) -> Fit:
    """The same where some columns hold words: those that are not all numbers in the second half of the lines.

    Example:
        >>> fitted_with_words(["a,b", "1,ok", "2,worn", "3,ok"], ",", ".")
        Fit(n_rows=3, width=2, delimiter=',', decimal='.', wordy=frozenset({1}))
    """
    split = [fields_of(line, delimiter) for line in lines]
    widths = Counter(len(row) for row in split)
    width = widths.most_common(1)[0][0]
    later = [row for row in split[len(split) // 2 :] if len(row) == width]
    kinds = [kind_of([row[k] for row in later], decimal) for k in range(width)]
    wordy = frozenset(k for k, kind in enumerate(kinds) if kind == "word")
    fit = Fit(0, width, delimiter, decimal, wordy)
    if any(NUMBERS_IN_ONE.fullmatch(row[k]) for row in later for k in wordy):
        return fit  # `1.234,5;2.000,1` is two numbers with marks at the thousands, split at the wrong sign
    return fit._replace(n_rows=sum(fit.is_row(row) for row in split) if "number" in kinds else 0)


def with_settings(rows: Sequence[Sequence[str]], fit: Fit) -> Fit:
    """The same, where the first rows have settings in columns that are empty further down, as Tektronix TDS write them.

    Example:
        >>> rows = [["Sample Interval", "4e-06", "0.1"], ["", "", "0.2"], ["", "", "0.3"]]
        >>> with_settings(rows, fitted([",,0.2", ",,0.3"], ",", ".")).wordy
        frozenset({0, 1})
    """
    body = [row for row in rows if fit.is_row(row)]
    kinds = [kind_of([row[k] for row in body], fit.decimal) for k in range(fit.width)]
    return fit._replace(wordy=fit.wordy | {k for k, kind in enumerate(kinds) if kind == "empty"})


def fields_of(line: str, delimiter: str | None) -> list[str]:
    """A line split, quotes and spaces around fields taken off."""
    if delimiter is None:
        return line.split()
    if '"' not in line:
        return [field.strip() for field in line.split(delimiter)] if line else []
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def names_in(line: str, delimiter: str | None) -> list[str]:
    """A line above the numbers split; a comment sign is taken off, and `time (s)` is one name though a space is in it.

    Example:
        >>> names_in("# Time (s)  DE [g]  FE", None), names_in("#de,fe", ",")
        (['Time (s)', 'DE [g]', 'FE'], ['de', 'fe'])
    """
    bare = COMMENT_SIGN.sub("", line)
    return SPACE_BETWEEN_NAMES.split(bare.strip()) if delimiter is None else fields_of(bare, delimiter)


def is_number(field: str, decimal: str = ".") -> bool:
    """Whether a field is a number, or a word for a missing one."""
    return NUMBER[decimal].fullmatch(field) is not None


def is_moment(field: str) -> bool:
    """Whether a field is a date, a time of day, or both.

    Example:
        >>> [is_moment(field) for field in ("2024-01-31T12:00:00.0005Z", "31.01.2024", "1:02:03,5 PM", "12:30", "1.5")]
        [True, True, True, False, False]
    """
    return bool(field) and MOMENT.fullmatch(field) is not None


def are_numbers(row: Sequence[str], decimal: str) -> bool:
    """Whether every field is a number, a date, a time or empty, and at least one a number.

    Example:
        >>> are_numbers(["1.5", "", "-2e-3"], "."), are_numbers(["1,5"], ","), are_numbers(["time"], ".")
        (True, True, False)
        >>> are_numbers(["2024-01-31 12:00:00", "1.5"], "."), are_numbers(["2024-01-31", ""], ".")
        (True, False)
    """
    numbers = [is_number(field, decimal) for field in row]
    return any(numbers) and all(
        known or not field or is_moment(field) for known, field in zip(numbers, row, strict=True)
    )


def kind_of(fields: Sequence[str], decimal: str) -> Kind:
    """What a column holds.

    Example:
        >>> kind_of(["1", "", "2"], "."), kind_of(["31.01.2024"], "."), kind_of(["12:00:00"], "."), kind_of(["ok"], ".")
        ('number', 'date', 'moment', 'word')
    """
    filled = [field for field in fields if field]
    if not filled:
        return "empty"
    if all(is_number(field, decimal) for field in filled):
        return "number"
    if all(is_moment(field) for field in filled):
        return "moment" if ":" in filled[0] else "date"
    return "word"


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
