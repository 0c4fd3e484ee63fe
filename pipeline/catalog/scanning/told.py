"""Told: what folder, name, table or manifest say of a file before it is opened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple, Protocol

from pipeline.catalog.cells import COLUMNS, CONDITION
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.pattern import Pattern, translated
from pipeline.catalog.scanning.user_table import Line
from pipeline.errors import CatalogError
from pipeline.signals.bearing_table import bearing_of

Values = dict[str, Any]
"""Fields of a row, `condition` always among them; `channel` says for which channel they hold, all where it is None."""

SPOKEN = {"rate_from": "rate_hz", "speed_from": "speed_rpm"}
"""The fact behind each word of who says so."""


class Teller(Protocol):
    """Whoever says something of files beforehand."""

    def told_of(self, source: str, again: bool = False) -> list[Values]:
        """What it says of a file, one entry per channel it tells apart.

        Args:
            source: the file.
            again: whether an earlier catalog knows the file: what was only a guess must not overrule it.

        Raises:
            CatalogError: when the file is not among those meant, saying why.
        """

    def not_found(self) -> list[tuple[str, str]]:
        """(what, reason) of everything it says of files that are not there."""


class ByName(NamedTuple):
    """The first folder is the label, `inner_race+ball` are two; a pattern says what the name means, and wins.

    Example:
        >>> ByName(None).told_of("inner_race+ball/7.wav")
        [{'labels': ('inner_race', 'ball'), 'condition': {}}]
        >>> ByName("{rpm:d}.wav").told_of("ball/600.wav", again=True)
        [{'speed_rpm': 600.0, 'speed_from': 'file name', 'condition': {}}]
    """

    pattern: str | None

    def told_of(self, source: str, again: bool = False) -> list[Values]:
        """The facts in its folder and name."""
        folder, _, rest = source.partition("/")
        told: Values = {"labels": folder} if rest and not again else {}
        if self.pattern is not None:
            said = Pattern(self.pattern).read(source)
            if said is None:
                raise CatalogError(f"{source}: does not fit the pattern '{self.pattern}'")
            told |= said
        return [as_fields(told)]

    def not_found(self) -> list[tuple[str, str]]:
        """Nothing, because names belong to files."""
        return []

    def checked(self) -> "ByName":
        """This one.

        Raises:
            CatalogError: when the pattern has a field no catalog has.
        """
        translated(self.pattern or "")
        return self


def as_fields(told: Mapping[str, Any]) -> Values:
    """What folder and name say, as a row's fields."""
    values: Values = {name: value for name, value in told.items() if name in COLUMNS}
    if "labels" in told:
        values["labels"] = labels_in(told["labels"])
    if "bearing" in told:
        values["bearing"] = bearing_of(told["bearing"])
    values |= {speaker: "file name" for speaker, fact in SPOKEN.items() if fact in told}
    condition = {name.removeprefix(CONDITION): told[name] for name in told if name.startswith(CONDITION)}
    return values | {"condition": condition}


@cache
def labels_in(text: str) -> tuple[str, ...]:
    """The labels of a folder or name, kept once for all of its files.

    Example:
        >>> labels_in("inner_race+ball")
        ('inner_race', 'ball')
    """
    return tuple(label for label in text.split("+") if label)


class ByLines:
    """A table or manifest says which files are meant, and what each of their channels is.

    Args:
        lines: what is said, each of one file.
        sources: the files that are there.
        name: of the table, for messages.

    Raises:
        CatalogError: when a line fits several files.

    Example:
        >>> teller = ByLines([Line("t.csv:2", "7.wav", {"specimen": "7", "condition": {}})], ["rig/7.wav"], "t.csv")
        >>> teller.told_of("rig/7.wav")
        [{'specimen': '7', 'condition': {}}]
        >>> teller.told_of("rig/8.wav")
        Traceback (most recent call last):
        ...
        pipeline.errors.CatalogError: rig/8.wav: t.csv does not name it; add a line, or take the file away
    """

    def __init__(self, lines: Iterable[Line], sources: Sequence[str], name: str) -> None:
        self._name = name
        self._told: dict[str, list[Values]] = {}
        self._not_found: list[tuple[str, str]] = []
        names = Names(sources)
        for line in lines:
            source = names.the_one(line)
            if source is None:
                self._not_found.append((line.file, f"{line.place} names it, but it is not there"))
            else:
                self._told.setdefault(source, []).append(line.values)

    def told_of(self, source: str, again: bool = False) -> list[Values]:  # noqa: ARG002 - a table knows, it never guesses
        """The lines of a file."""
        if source not in self._told:
            raise CatalogError(f"{source}: {self._name} does not name it; add a line, or take the file away")
        return self._told[source]

    def not_found(self) -> list[tuple[str, str]]:
        """Files of the table that are not there."""
        return self._not_found


class Names:
    """Finds the file a table means: by its path, the end of its path, or its name without the suffix.

    Example:
        >>> names = Names(["rig/105.mat", "rig/106.mat"])
        >>> [names.the_one(Line("t.csv:2", said, {})) for said in ("rig/105.mat", "./105.mat", "106", "107.mat")]
        ['rig/105.mat', 'rig/105.mat', 'rig/106.mat', None]
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = frozenset(sources)
        self._by_word: dict[str, list[str]] = {}
        for source in sources:
            name = source.rpartition("/")[2]
            stem = name.removesuffix(".gz").rpartition(".")[0] or name
            for word in {name, stem}:
                self._by_word.setdefault(word, []).append(source)

    def the_one(self, line: Line) -> str | None:
        """The file of a line, None where there is none.

        Raises:
            CatalogError: when several fit.
        """
        said = line.file.replace("\\", "/").removeprefix("./")
        if said in self._sources:
            return said
        near = self._by_word.get(said.rpartition("/")[2], [])
        folder = said.rpartition("/")[0]
        fit = [source for source in near if not folder or f"/{source}".rpartition("/")[0].endswith(f"/{folder}")]
        if len(fit) > 1:
            raise CatalogError(
                f"{line.place}: '{line.file}' fits {fit[0]} and {fit[1]}; write the path below the folder"
            )
        return fit[0] if fit else None


def lines_of(rows: Iterable[Row], place: str, folder: str) -> list[Line]:
    """What the rows of a manifest say, as lines of a table; what a row leaves open is left to the file.

    Args:
        rows: of a corpus.
        place: the manifest, for messages.
        folder: what is scanned, as the sources of the rows begin.

    Example:
        >>> lines_of([Row("7", "cwru/7.mat", point="DE")], "cwru", "cwru")[0][1:]
        ('7.mat', {'signal': '7', 'point': 'DE', 'condition': {}})
    """
    told = []
    for row in rows:
        values = {each.name: getattr(row, each.name) for each in fields(row)}
        kept = {name: value for name, value in values.items() if value and name != "source"}
        told.append(Line(place, row.source.removeprefix(f"{folder}/"), kept | {"condition": dict(row.condition)}))
    return told
