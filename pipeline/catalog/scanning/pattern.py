"""Pattern: what the name of a file says of its signals, as in `{label}_{rpm:d}.mat`."""

import re
from typing import NamedTuple

from pipeline.catalog.cells import CONDITION, number_or_text
from pipeline.errors import CatalogError, did_you_mean

SHORT = {
    "label": "labels",
    "rpm": "speed_rpm",
    "load": f"{CONDITION}load",
    "severity": f"{CONDITION}severity",
}
"""Short words for columns of the catalog."""

COLUMNS = ("labels", "point", "machine", "specimen", "rate_hz", "speed_rpm", "bearing", "unit", "channel", "reader")

KINDS = {"": r"[^/]+?", "d": r"[+-]?\d+", "f": r"[+-]?\d+(?:\.\d+)?"}
"""What `{name}`, `{name:d}` and `{name:f}` match: text without a slash, a whole number, a number."""

NUMBERS = ("rate_hz", "speed_rpm")


class Pattern(NamedTuple):
    """A pattern for the name of a file, or with a slash for its path below the folder.

    `{}` matches what nobody needs, `*` any text without a slash.

    Example:
        >>> sorted(Pattern("{label}_{rpm:d}.mat").read("inner_race_600.mat").items())
        [('labels', 'inner_race'), ('speed_rpm', 600.0)]
        >>> Pattern("{specimen}/{load:d}.wav").read("rig/pump 7/50.wav")
        {'specimen': 'pump 7', 'condition.load': 50.0}
        >>> Pattern("{lable}.wav").read("ball.wav")
        Traceback (most recent call last):
        ...
        pipeline.errors.CatalogError: pattern: unknown field '{lable}'; did you mean 'label'?
    """

    text: str

    def read(self, path: str) -> dict[str, str | float] | None:
        """What a path says, by column of the catalog; None where it does not fit.

        Args:
            path: relative to the folder that is scanned, with slashes.

        Raises:
            CatalogError: for a field no catalog has.
        """
        expression, columns = translated(self.text)
        found = re.fullmatch(f"(?:.*/)?{expression}", path)
        if found is None:
            return None
        told = zip(columns, found.groups(), strict=True)
        return {column: as_column(column, said) for column, said in told}


def as_column(column: str, said: str) -> str | float:
    """What a name says as its column takes it: numbers where they are numbers by nature."""
    return number_or_text(said) if column in NUMBERS or column.startswith(CONDITION) else said


def translated(text: str) -> tuple[str, list[str]]:
    """A pattern as a regular expression, and the column of each of its groups.

    Example:
        >>> translated("{label}_*.wav")
        ('([^/]+?)_[^/]*\\\\.wav', ['labels'])
    """
    expression, columns = "", []
    for piece in re.findall(r"\{[^{}]*\}|\*|[^{*]+|.", text):
        if piece == "*":
            expression += "[^/]*"
        elif piece == "{}":
            expression += KINDS[""]
        elif piece.startswith("{"):
            name, _, kind = piece.strip("{}").partition(":")
            columns.append(column_of(name))
            expression += f"({kind_of(kind or 'f' * (columns[-1] in NUMBERS), text)})"
        else:
            expression += re.escape(piece)
    if len(columns) != len(set(columns)):
        raise CatalogError(f"pattern '{text}': names a field twice")
    return expression, columns


def column_of(name: str) -> str:
    """The column a field of a pattern fills.

    Raises:
        CatalogError: for an unknown one, with the nearest.
    """
    column = SHORT.get(name, name)
    if column in COLUMNS or (column.startswith(CONDITION) and column != CONDITION):
        return column
    known = (*SHORT, *COLUMNS)
    hint = did_you_mean(name, known) or f"; a condition of your own is '{{{CONDITION}{name}}}'"
    raise CatalogError(f"pattern: unknown field '{{{name}}}'{hint}")


def kind_of(kind: str, text: str) -> str:
    """What a kind of field matches.

    Raises:
        CatalogError: for another kind than text, `d` and `f`.
    """
    if kind not in KINDS:
        raise CatalogError(f"pattern '{text}': unknown kind ':{kind}'; use :d for whole numbers, :f for numbers")
    return KINDS[kind]
