"""Universal files (UFF, UNV): time signals in sets 58 (text) and 58b (binary), parsed here and read in parts.

The package pyuff, which the tests compare with, loads every set whole, looks for the mark `    -1` inside binary
values, and takes a header at its word; a logger's hours and a damaged file both need more care than that.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    Writer,
    checked_part,
    damage_told,
    few,
    first_bytes,
    recording_of,
    wanted_names,
)
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.uff_sets import (
    ABSCISSA_TIME,
    KNOWN_SETS,
    MARK,
    TIME_RESPONSE,
    TYPE_LINE,
    UffSet,
    sets_of,
)
from pipeline.readers.traces import stacked
from pipeline.signals.recording import Recording, Samples

WHOLE_PASS = 1 << 20
TEXT_BYTES = 1 << 22
FIXED_WIDTHS = {2: 13, 4: 20}
"""Columns per value (6E13.5, 4E20.12), needed where neighbours touch, as `-1.00000E+000` does."""

ORDINATE = {np.dtype(np.float32): 2, np.dtype(np.float64): 4}
N_ENTITY, N_LABEL = 10, 20

Values = npt.NDArray[np.floating]


class Signals(NamedTuple):
    """The time signals of a file: what a header says, and the set each channel lies in."""

    header: Header
    sets: dict[str, UffSet]


class UffReader(Reader, Writer):
    """Universal files with time signals; spectra, responses and geometry are refused by name.

    Channels are named by where they were measured (`DE:12:+X`), else as the values or the set are called; repeated
    names get a number. Sets of unlike rate may lie in one file; they are read one by one.
    """

    name = "uff"
    suffixes = (".uff", ".unv", ".uf", ".bunv")

    def can_read(self, path: Path) -> bool:
        """By the mark `    -1` and a set's number below it."""
        lines = first_bytes(path, 256).splitlines()
        return len(lines) > 1 and lines[0].rstrip() == MARK and TYPE_LINE.match(lines[1]) is not None

    def header(self, path: Path) -> Header:
        """Channels from the header lines; text is looked through for the ends of sets."""
        with damage_told(path, "a universal file"):
            return signals_of(path).header

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored, float32 or float64 where binary; only the sets asked for are read."""
        with damage_told(path, "a universal file"):
            start, stop = checked_part(start, stop, path)
            header, sets = signals_of(path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            end = n_samples if stop is None else min(stop, n_samples)
            rows = [joined(values_of(sets[name], path, start, end)) for name in names]
            samples = stacked(rows)
            return recording_of(samples, names, header, path, whole=samples.shape[1] == n_samples)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Pieces in order, in one pass: a part of a text costs as much as all before it."""
        with damage_told(path, "a universal file"):
            header, sets = signals_of(path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            end = n_samples if stop is None else min(stop, n_samples)
            passes = [recut(values_of(sets[name], path, start, end), size) for name in names]
            for rows in zip(*passes, strict=True):
                yield stacked(rows)

    def write(self, recording: Recording, path: Path) -> None:
        """Write one set 58b per channel, little-endian, in the precision of the samples.

        Raises:
            FactError: for float16, or names and units longer than the format's columns.
        """
        if recording.samples.dtype not in ORDINATE:
            raise FactError(f"{path}: set 58b has no {recording.samples.dtype}; convert to float32 first")
        write_faithful(self, recording, path, content_of(recording))


def signals_of(path: Path) -> Signals:
    """The time signals of a file.

    Raises:
        ReadError: when it holds none, with what it holds instead.
    """
    sets = list(sets_of(path))
    found = [(each, each.function) for each in sets if each.function is not None and each.function.refused is None]
    if not found:
        raise ReadError(
            f"{path}: a universal file without a time signal (set 58, function type 1); it holds {few(told_sets(sets))}"
        )
    names = unlike([function.channel or f"c{k}" for k, (_, function) in enumerate(found)])
    channels = tuple(
        ChannelHeader(name, function.n_points, function.rate_hz, function.unit or None)
        for name, (_, function) in zip(names, found, strict=True)
    )
    times = [function.time for _, function in found if function.time]
    facts = {"time": times[0]} if times else {}
    return Signals(Header(channels, facts), dict(zip(names, (each for each, _ in found), strict=True)))


def told_sets(sets: Iterable[UffSet]) -> list[str]:
    """Each kind of set once, in words.

    Example:
        >>> told_sets([UffSet(151, 0, 1), UffSet(82, 1, 2), UffSet(82, 2, 3)])
        ['set 151 (header)', 'set 82 (trace lines)']
    """
    told = [
        f"set 58 ({each.function.refused})"
        if each.function
        else f"set {each.number} ({KNOWN_SETS.get(each.number, '?')})"
        for each in sets
    ]
    return list(dict.fromkeys(told)) or ["nothing"]


def unlike(names: Sequence[str]) -> list[str]:
    """Names made different by a number behind each repetition.

    Example:
        >>> unlike(["DE", "FE", "DE"])
        ['DE', 'FE', 'DE_2']
    """
    given: list[str] = []
    for name in names:
        count, candidate = 1, name
        while candidate in given:
            count += 1
            candidate = f"{name}_{count}"
        given.append(candidate)
    return given


def values_of(stored: UffSet, path: Path, start: int, end: int) -> Iterator[Values]:
    """Samples [start, end) of one set, piece by piece."""
    return binary_values(stored, path, start, end) if stored.order else text_values(stored, path, start, end)


def binary_values(stored: UffSet, path: Path, start: int, end: int) -> Iterator[Values]:
    """Of a set 58b, straight from their place."""
    for first in range(start, end, WHOLE_PASS):
        count = min(WHOLE_PASS, end - first)
        yield np.fromfile(path, stored.dtype, count, offset=stored.start + first * stored.dtype.itemsize)


def text_values(stored: UffSet, path: Path, start: int, end: int) -> Iterator[Values]:
    """Of a set 58 in text; all lines before the part are read.

    Raises:
        ReadError: when the set holds fewer or more values than it promises.
    """
    assert stored.function is not None
    seen = 0
    with path.open("rb") as file:
        file.seek(stored.start)
        while seen < end and file.tell() < stored.end:
            text = file.read(min(TEXT_BYTES, stored.end - file.tell()))
            if file.tell() < stored.end:
                text += file.readline()
            values = numbers_in(text, FIXED_WIDTHS[stored.function.ordinate])
            yield values[max(0, start - seen) : max(0, end - seen)]
            seen += values.size
        n_points = stored.function.n_points
        if seen < end or seen > n_points:
            raise ReadError(f"{path}: set 58 promises {n_points} values and holds {seen}; damaged? Copy it again")


def numbers_in(text: bytes, width: int) -> npt.NDArray[np.float64]:
    """The numbers of some lines, set apart by blanks, or by columns where they touch.

    Example:
        >>> numbers_in(b"  1.00000E+00-1.00000E+000\\n", 13)
        array([ 1., -1.])
    """
    try:
        return np.array(text.split(), dtype=np.float64)
    except ValueError:
        lines = [line.rstrip() for line in text.splitlines()]
        return np.array(
            [line[at : at + width] for line in lines for at in range(0, len(line), width)], dtype=np.float64
        )


def joined(pieces: Iterable[Values]) -> Values:
    """All pieces as one array."""
    held = list(pieces)
    return np.concatenate(held) if held else np.empty(0)


def recut(pieces: Iterable[Values], size: int) -> Iterator[Values]:
    """The same samples in pieces of `size`; the last may be shorter.

    Example:
        >>> [piece.tolist() for piece in recut([np.arange(3.0), np.arange(4.0)], 5)]
        [[0.0, 1.0, 2.0, 0.0, 1.0], [2.0, 3.0]]
    """
    left: Values = np.empty(0)
    for piece in pieces:
        held = np.concatenate([left, piece]) if left.size else piece
        whole = held.size - held.size % size
        yield from (held[at : at + size] for at in range(0, whole, size))
        left = held[whole:]
    if left.size:
        yield left


def content_of(recording: Recording) -> Iterator[bytes]:
    """Every channel as a set 58b."""
    for name, unit, row in zip(recording.channels, recording.units, recording.samples, strict=True):
        stored = row.astype(row.dtype.newbyteorder("<"), copy=False).tobytes()
        yield "\r\n".join(header_lines(name, unit, recording, len(stored))).encode()
        yield stored + MARK + b"\r\n"


def header_lines(name: str, unit: str | None, recording: Recording, n_bytes: int) -> list[str]:
    """The lines above the values, the mark first, an empty one last."""
    step = 1.0 / recording.rate_hz if recording.rate_hz else 0.0
    rate = f"rate_hz: {recording.rate_hz!r}" if recording.rate_hz else "NONE"
    n_name = len(name.encode())
    entity = name if n_name <= N_ENTITY else "NONE"
    label = name if n_name <= N_LABEL else "NONE"
    ordinate, nowhere = ORDINATE[recording.samples.dtype], f"{0:10}{0:4}"
    return [
        MARK.decode(),
        f"    58b{1:6}{2:6}{11:12}{n_bytes:12}{0:6}{0:6}{0:12}{0:12}",
        name,
        *("NONE", "NONE", "NONE", rate),
        f"{TIME_RESPONSE:5}{0:10}{0:5}{0:10} {padded(entity, N_ENTITY)}{nowhere} {padded('NONE', N_ENTITY)}{nowhere}",
        f"{ordinate:10}{recording.n_samples:10}{1:10}{0.0:13.5e}{step:13.5e}{0.0:13.5e}",
        f"{ABSCISSA_TIME:10}{0:5}{0:5}{0:5} {padded('Time', N_LABEL)} {padded('s', N_LABEL)}",
        f"{0:10}{0:5}{0:5}{0:5} {padded(label, N_LABEL)} {padded(unit or 'NONE', N_LABEL)}",
        *[f"{0:10}{0:5}{0:5}{0:5} {padded('NONE', N_LABEL)} {padded('NONE', N_LABEL)}"] * 2,
        "",
    ]


def padded(text: str, n_bytes: int) -> str:
    """A text filled with blanks to so many bytes, because columns count bytes, not letters."""
    return text + " " * (n_bytes - len(text.encode()))
