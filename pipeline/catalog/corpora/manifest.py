"""Manifest: a public data set described in YAML, by rules that expand to one row per signal.

A recording is an entry of `recordings` (a list in it is read side by side: `{number: [105, 106], load_hp: [0, 1]}` is
two recordings) heard at every point of `points`. A row is what `row` says, then the point, then the recording's own
values, then every rule of `rules` that fits, in their order; later wins. Text in braces is filled with the
recording's values and `{point}`. Values named in `condition` become conditions of the row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, FaultprintError
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of

Values = dict[str, Any]
FIELDS = frozenset(field.name for field in fields(Row)) - {"signal", "source", "condition"}


class Rule(BaseModel):
    """What is true of some signals only.

    Args:
        where: name of a value -> what it must be (one of a list); braces are filled in.
        row: fields of the row that change.
        drop: leave these signals out.
        because: why, in a sentence; for a signal left out it becomes a note of the catalog.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: dict[str, Any]
    row: Values = Field(default_factory=dict)
    drop: bool = False
    because: str = ""

    def fits(self, values: Values) -> bool:
        """Whether a signal with these values is meant."""
        wanted = {name: filled(value, values) for name, value in self.where.items()}
        return all(
            values.get(name) in (value if isinstance(value, list) else [value]) for name, value in wanted.items()
        )


class Manifest(BaseModel):
    """A public data set.

    Args:
        name, title, where, layout, licence, citation: what it is, where to get it, how its files lie, its terms.
        traps: what goes wrong for those who do not know, a sentence each.
        folder, file: where a recording lies under the data folder.
        signal: id of a signal.
        row, points, recordings, condition, rules: see this module.
        anchors: a home for YAML anchors; nothing reads it.

    Raises:
        ValueError: for a field that no row has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    where: str
    layout: str
    licence: str
    citation: str
    traps: tuple[str, ...] = ()
    folder: str
    file: str
    signal: str
    row: Values = Field(default_factory=dict)
    points: dict[str, Values]
    recordings: tuple[Values, ...]
    condition: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    anchors: Values = Field(default_factory=dict)

    @model_validator(mode="after")
    def _row_fields(self) -> Self:
        given = [self.row, *self.points.values(), *(rule.row for rule in self.rules)]
        unknown = {name for row in given for name in row} - FIELDS
        if unknown:
            raise ValueError(f"no row has a field '{min(unknown)}'; known: {', '.join(sorted(FIELDS))}")
        return self

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """A manifest from its YAML file.

        Raises:
            CatalogError: when it is not a manifest.
        """
        try:
            return cls(**yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, TypeError, yaml.YAMLError, ValidationError) as error:
            raise CatalogError(f"{path}: not a corpus manifest: {' '.join(str(error).split())}") from None


class Expanded(NamedTuple):
    """A manifest's rows, and why some signals are not among them."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def expand(manifest: Manifest) -> Expanded:
    """Every row of a manifest, whether its file is there or not.

    Raises:
        CatalogError: for a rule or template that does not fit.
    """
    rows: list[Row] = []
    notes: list[str] = []
    for values in signals(manifest):
        rules = [rule for rule in manifest.rules if rule.fits(values)]
        if dropped := next((rule for rule in rules if rule.drop), None):
            notes += [f"{filled(manifest.signal, values)} is left out: {dropped.because}"] * bool(dropped.because)
        else:
            rows.append(row_of(manifest, values, rules))
    return Expanded(tuple(rows), tuple(notes))


def signals(manifest: Manifest) -> Iterator[Values]:
    """The values of every signal: its recording's, and its point."""
    for entry in manifest.recordings:
        for recording in side_by_side(entry):
            for point in manifest.points:
                yield recording | {"point": point}


def side_by_side(entry: Values) -> Iterator[Values]:
    """The recordings of an entry: its lists in step, its other values in each.

    Example:
        >>> list(side_by_side({"fault": "IR", "number": [105, 106], "load_hp": [0, 1]}))
        [{'fault': 'IR', 'number': 105, 'load_hp': 0}, {'fault': 'IR', 'number': 106, 'load_hp': 1}]
    """
    lists = {name: value for name, value in entry.items() if isinstance(value, list)}
    lengths = {len(value) for value in lists.values()}
    if len(lengths) > 1:
        raise CatalogError(f"manifest: lists of one entry must be equally long, got {lists}")
    for index in range(lengths.pop() if lengths else 1):
        yield entry | {name: value[index] for name, value in lists.items()}


def row_of(manifest: Manifest, values: Values, rules: list[Rule]) -> Row:
    """One row, by the layers of the manifest."""
    own = {name: value for name, value in values.items() if name in FIELDS}
    layers: list[Mapping[str, Any]] = [
        manifest.row,
        manifest.points[values["point"]],
        own,
        *(rule.row for rule in rules),
    ]
    row = {name: filled(value, values) for layer in layers for name, value in layer.items()}
    row["labels"] = tuple(row.get("labels", ()))
    row |= {name: float(row[name]) for name in ("rate_hz", "speed_rpm") if name in row}
    for name, known in (("bearing", bearing_of), ("gear", gear_of)):
        if row.get(name) is not None:
            row[name] = known(row[name])
    condition = {name: values[name] for name in manifest.condition if values.get(name) is not None}
    source = f"{manifest.folder}/{filled(manifest.file, values)}"
    try:
        return Row(filled(manifest.signal, values), source, condition=condition, **row)
    except (TypeError, FaultprintError) as error:
        raise CatalogError(f"manifest {manifest.name}: {error}") from None


def filled(template: Any, values: Values) -> Any:
    """A value with its braces filled in, lists too.

    Raises:
        CatalogError: for a name that the signal has no value for.

    Example:
        >>> filled("CWRU-{end}-{fault}{size_mil:03d}", {"end": "DE", "fault": "IR", "size_mil": 7})
        'CWRU-DE-IR007'
    """
    if isinstance(template, list):
        return [filled(item, values) for item in template]
    if not isinstance(template, str):
        return template
    try:
        return template.format(**values)
    except (KeyError, ValueError, IndexError) as error:
        raise CatalogError(f"manifest: '{template}' cannot be filled from {values}: {error}") from None


@cache
def manifest_at(path: Path) -> Manifest:
    """`Manifest.read`, once per file."""
    return Manifest.read(path)
