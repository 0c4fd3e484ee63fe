"""The sets of a universal file: where each lies, and what the header lines of a function (set 58) say.

Source: SDRC, Universal File Datasets 58 and 58b (as kept by the University of Cincinnati, Structural Dynamics
Research Laboratory). Fields stand in fixed columns of bytes, so lines are cut before they are decoded.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from pipeline.errors import ReadError
from pipeline.readers.increment import rate_of_increment

MARK = b"    -1"
TYPE_LINE = re.compile(rb" {0,5}(\d{1,6})([bB])?(.*)", re.DOTALL)
LONGEST_LINE = 4096
N_HEADER_LINES = 11

FUNCTIONS = (
    "a general function",
    "a time response",
    "an auto spectrum",
    "a cross spectrum",
    "a frequency response",
    "a transmissibility",
    "a coherence",
    "an auto correlation",
    "a cross correlation",
    "a power spectral density",
    "an energy spectral density",
    "a probability density",
    "a spectrum",
)
GENERAL, TIME_RESPONSE = 0, 1
ABSCISSA_TIME = 17
REAL = {2: "f4", 4: "f8"}
COMPLEX = frozenset({5, 6})
EVEN = 1
IEEE = frozenset({0, 2})
BIG_ENDIAN = 2
SECONDS = frozenset({"", "s", "sec", "second", "seconds"})
DIRECTIONS = {1: "+X", 2: "+Y", 3: "+Z", 4: "+RX", 5: "+RY", 6: "+RZ"}
DIRECTIONS |= {-number: f"-{letters[1:]}" for number, letters in DIRECTIONS.items()}
DATE = re.compile(r"(?P<day>\d{1,2})-(?P<month>[A-Za-z]{3})-(?P<year>\d{4}|\d{2})\s+(?P<time>[012]\d:[0-5]\d:[0-5]\d)")
MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
STATED_RATE = re.compile(r"rate_hz: (\S+)")
"""How our writer keeps a rate whose time step needs more digits than the format prints."""

KNOWN_SETS = {15: "nodes", 18: "coordinate systems", 55: "mode shapes", 82: "trace lines", 151: "header", 164: "units"}
KNOWN_SETS |= {1858: "qualifiers of functions", 2411: "nodes", 2412: "elements", 2414: "analysis results"}


class Function(NamedTuple):
    """What the header lines of a set 58 say.

    Attributes:
        ids: the five lines of text.
        kind: function type, 1 for a time response.
        entity, node, direction: where the response was measured.
        ordinate: data type of the values (2 and 4 real, 5 and 6 complex).
        n_points: values promised.
        spacing: 1 for even steps.
        step: the time step as printed.
        abscissa, abscissa_unit: what the values are a function of.
        label, unit: of the values.
    """

    ids: tuple[str, ...]
    kind: int
    entity: str
    node: int
    direction: int
    ordinate: int
    n_points: int
    spacing: int
    step: str
    abscissa: int
    abscissa_unit: str
    label: str
    unit: str

    @property
    def rate_hz(self) -> float | None:
        """The rate of the printed step, or one stated in a line of text that agrees with it to its digits."""
        if self.abscissa_unit.lower() not in SECONDS:
            return None
        printed = rate_of_increment(self.step)
        stated = next((found for line in self.ids if (found := STATED_RATE.fullmatch(line))), None)
        if printed and stated and abs(float(stated[1]) / printed - 1.0) < 1e-5:
            return float(stated[1])
        return printed

    @property
    def channel(self) -> str:
        """Where it was measured (`DE:12:+X`), else what the values or the set are called; empty where nobody says."""
        direction = DIRECTIONS.get(self.direction, "")
        place = [part for part in (self.entity, str(self.node), direction) if part] if self.node else [self.entity]
        return ":".join(place) or self.label or self.ids[0]

    @property
    def time(self) -> str | None:
        """When it was recorded, by the clock of the recorder, as ISO 8601; None where the third line is no date."""
        found = DATE.fullmatch(self.ids[2])
        month = MONTHS.find(found["month"].lower()) if found else -1
        if not found or month % 3:
            return None
        year = int(found["year"]) + (0 if len(found["year"]) == 4 else 1900 if int(found["year"]) >= 70 else 2000)
        return f"{year}-{month // 3 + 1:02}-{int(found['day']):02}T{found['time']}"

    @property
    def refused(self) -> str | None:
        """Why this is no signal, None where it is one."""
        if self.kind not in (GENERAL, TIME_RESPONSE):
            told = FUNCTIONS[self.kind] if 0 <= self.kind < len(FUNCTIONS) else f"a function of type {self.kind}"
            return f"{told}, not a time signal"
        if self.kind == GENERAL and self.abscissa != ABSCISSA_TIME:
            return "a general function of something other than time"
        if self.spacing != EVEN:
            return "a time signal with uneven steps"
        if self.ordinate not in REAL:
            return f"a time signal of {'complex values' if self.ordinate in COMPLEX else 'an unknown number type'}"
        return None


class UffSet(NamedTuple):
    """One set of the file.

    Attributes:
        number: 58 for a function.
        start, end: first byte of its values and the one after the last (of other sets: of everything in them).
        order: "<" or ">" for binary values, empty for text.
        function: of a set 58.
    """

    number: int
    start: int
    end: int
    order: str = ""
    function: Function | None = None

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Of one binary value."""
        return np.dtype(self.order + REAL[self.function.ordinate if self.function else 4])


def sets_of(path: Path) -> Iterator[UffSet]:
    """Every set in turn; values of binary sets are passed over, text has to be looked through for its end.

    Raises:
        ReadError: for a set that does not end, or a header that contradicts itself.
    """
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            if line.rstrip() == MARK:
                yield one_set(file, path)


def one_set(file: BinaryIO, path: Path) -> UffSet:
    """The set whose opening mark was just read; the file stands behind its closing mark afterwards."""
    found = TYPE_LINE.match(file.readline(LONGEST_LINE))
    if found is None:
        raise ReadError(f"{path}: a universal file with a set of no number; damaged? Copy it again")
    number, is_binary = int(found[1]), found[2] is not None
    if number != 58:
        return UffSet(number, file.tell(), end_of_text(file, path))
    function = function_of([file.readline(LONGEST_LINE) for _ in range(N_HEADER_LINES)], path)
    start = file.tell()
    if is_binary:
        return binary_set(file, function, found[3], path)
    end = end_of_text(file, path)
    # A value takes two bytes at least, the blank beside it included.
    if function.refused is None and 2 * function.n_points > end - start + 1:
        raise ReadError(
            f"{path}: set 58 promises {function.n_points} values in {end - start} bytes; cut short? Copy it again"
        )
    return UffSet(number, start, end, "", function)


def binary_set(file: BinaryIO, function: Function, layout: bytes, path: Path) -> UffSet:
    """A set 58b: `layout` is its first line after the b (byte order, number format, lines of text, bytes)."""
    order, floats, _, n_bytes = fields(layout, (6, 6, 12, 12))
    start = file.tell()
    if whole(floats) not in IEEE:
        raise ReadError(f"{path}: set 58b with numbers of VMS or IBM machines; export it with IEEE numbers")
    if function.refused is None:
        held = function.n_points * np.dtype(REAL[function.ordinate]).itemsize
        if whole(n_bytes) not in (0, held):
            raise ReadError(
                f"{path}: set 58b promises {function.n_points} values in {whole(n_bytes)} bytes, they need {held}; "
                "damaged? Copy it again"
            )
        n_bytes = str(held)
    end = start + whole(n_bytes)
    file.seek(end)
    # Some writers begin a new line before the mark.
    line = file.readline(LONGEST_LINE)
    if line and not line.strip(b"\r\n"):
        line = file.readline(LONGEST_LINE)
    if line.rstrip() != MARK:
        raise ReadError(f"{path}: set 58b does not end where its header says; cut short? Copy it again")
    return UffSet(58, start, end, ">" if whole(order) == BIG_ENDIAN else "<", function)


def end_of_text(file: BinaryIO, path: Path) -> int:
    """First byte of the closing mark; the file stands behind it afterwards.

    Raises:
        ReadError: where there is none.
    """
    at = file.tell()
    for line in iter(file.readline, b""):
        if line.startswith(MARK) and line.rstrip() == MARK:
            return at
        at += len(line)
    raise ReadError(f"{path}: a universal file whose last set has no end; cut short? Copy it again")


def function_of(lines: Sequence[bytes], path: Path) -> Function:
    """The eleven header lines of a set 58, understood.

    Raises:
        ReadError: where a number is expected and something else stands.
    """
    try:
        kind, _, _, _, entity, node, direction = fields(lines[5], (5, 10, 5, 10, 11, 10, 4))
        ordinate, n_points, spacing, _, step = fields(lines[6], (10, 10, 10, 13, 13))
        abscissa, _, _, _, _, abscissa_unit = fields(lines[7], (10, 5, 5, 5, 21, 21))
        _, _, _, _, label, unit = fields(lines[8], (10, 5, 5, 5, 21, 21))
        ids = tuple(said(fields(line, (80,))[0]) for line in lines[:5])
        place = (whole(kind), said(entity), whole(node), whole(direction))
        form = (whole(ordinate), whole(n_points), whole(spacing), step)
        return Function(ids, *place, *form, whole(abscissa), said(abscissa_unit), said(label), said(unit))
    except ValueError as error:
        raise ReadError(f"{path}: set 58 with a header that cannot be read ({error}); damaged? Copy it again") from None


def fields(line: bytes, widths: Sequence[int]) -> list[str]:
    """Fields in fixed columns, blanks taken off; UTF-8 where it is, else Latin-1.

    Example:
        >>> fields(b"    1         0 m/s\\xb2", (5, 10, 21))
        ['1', '0', 'm/s²']
    """
    cut, at = [], 0
    for width in widths:
        piece = line.rstrip(b"\r\n")[at : at + width]
        at += width
        try:
            cut.append(piece.decode("utf-8").strip(" \0"))
        except UnicodeDecodeError:
            cut.append(piece.decode("latin-1").strip(" \0"))
    return cut


def whole(field: str) -> int:
    """A whole number; an empty field counts as zero."""
    number = int(field or 0)
    if number > 2**62:
        raise ValueError(f"{number} is too large")
    return number


def said(field: str) -> str:
    """A text; the word NONE says nothing."""
    return "" if field.upper() == "NONE" else field
