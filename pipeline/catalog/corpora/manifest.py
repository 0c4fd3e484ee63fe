"""Manifest: a public data set described in YAML, by rules that expand to one row per signal.

A recording is an entry of `recordings` (see `pipeline.catalog.corpora.entries` for lists and ranges), made once for
every combination in `across`, and heard at every point of `points`. Its file is the first of `file` that exists, for
publishers and redistributors lay a data set out differently. A row is what `row` says, then the point, then the
recording's own values, then every rule of `rules` that fits, in their order; later wins. Text in braces is filled
with the recording's values, `{point}`, and `{ending}`, the file's (such as ".mat"). Values named in `condition`
become conditions of the row.
"""

from ast import literal_eval
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from posixpath import splitext
from typing import Any, Literal, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.catalog.corpora.entries import Values, filled, recordings_in
from pipeline.catalog.corpora.folder import Folder
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, FaultprintError
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of

FIELDS = frozenset(field.name for field in fields(Row)) - {"signal", "source", "condition"}

DOCUMENTATION = "documentation"


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
        for name, value in self.where.items():
            wanted = filled(value, values)
            if values.get(name) not in (wanted if isinstance(wanted, list) else [wanted]):
                return False
        return True


class Manifest(BaseModel):
    """A public data set.

    Args:
        name, title, where, layout, licence, citation: what it is, where to get it, how its files lie, its terms.
        layout_from: "files" where the manifest was written with the files at hand, "documentation" where it follows
            what others tell of them.
        documented: facts taken from others, a sentence each, with who states them.
        unconfirmed: what nobody could confirm, a sentence each.
        traps: what goes wrong for those who do not know, a sentence each.
        folder, file: where a recording lies under the data folder; of several files the first that exists.
        signal: id of a signal.
        row, points, recordings, across, condition, rules: see this module.
        anchors: a home for YAML anchors; nothing reads it.

    Raises:
        ValueError: for a field that no row has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    where: str
    layout: str
    layout_from: Literal["files", "documentation"] = "files"
    licence: str
    citation: str
    documented: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    folder: str
    file: tuple[str, ...]
    signal: str
    row: Values = Field(default_factory=dict)
    points: dict[str, Values]
    recordings: tuple[Values, ...]
    across: Values = Field(default_factory=dict)
    condition: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    anchors: Values = Field(default_factory=dict)

    @field_validator("file", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

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
    """A manifest's rows, why some signals are not among them, and the files that are not there."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    missing: tuple[str, ...]


def expand(manifest: Manifest, folder: Folder | None = None) -> Expanded:
    """The rows of a manifest.

    Args:
        manifest: what to expand.
        folder: where files are looked for; only those there give rows. Without it every file does, under the first of
            the names it may have.

    Raises:
        CatalogError: for a rule or template that does not fit.
    """
    rows: list[Row] = []
    notes: list[str] = []
    missing: dict[str, None] = {}
    for values in signals(manifest):
        first = next(places_of(manifest, values))
        source = folder.found(places_of(manifest, values)) if folder else first
        values["ending"] = splitext(source or first)[1]
        rules = [rule for rule in manifest.rules if rule.fits(values)]
        if dropped := next((rule for rule in rules if rule.drop), None):
            notes += [f"{filled(manifest.signal, values)} is left out: {dropped.because}"] * bool(dropped.because)
        elif source is None:
            missing[first] = None
        else:
            rows.append(row_of(manifest, values, rules, source))
    return Expanded(tuple(rows), tuple(notes), tuple(missing))


def signals(manifest: Manifest) -> Iterator[Values]:
    """The values of every signal: its recording's, and its point."""
    for recording in recordings_in(manifest.recordings, manifest.across):
        for point in manifest.points:
            yield recording | {"point": point}


def places_of(manifest: Manifest, values: Values) -> Iterator[str]:
    """Where a recording's file may lie, relative to the data folder, best first."""
    return (f"{manifest.folder}/{filled(template, values)}" for template in manifest.file)


def row_of(manifest: Manifest, values: Values, rules: list[Rule], source: str) -> Row:
    """One row, by the layers of the manifest."""
    row: Values = {**manifest.row, **manifest.points[values["point"]]}
    row |= {name: value for name, value in values.items() if name in FIELDS}
    for rule in rules:
        row |= rule.row
    row = {name: filled(value, values) for name, value in row.items()}
    row["labels"] = tuple(row.get("labels", ()))
    row |= {name: float(row[name]) for name in ("rate_hz", "speed_rpm") if row.get(name) is not None}
    row |= {name: part(known, repr(row[name])) for name, known in PARTS.items() if row.get(name) is not None}
    condition = {name: values[name] for name in manifest.condition if values.get(name) is not None}
    try:
        return Row(filled(manifest.signal, values), source, condition=condition, **row)
    except (TypeError, FaultprintError) as error:
        raise CatalogError(f"manifest {manifest.name}: {error}") from None


PARTS: dict[str, Callable[[Any], Any]] = {"bearing": bearing_of, "gear": gear_of}


@cache
def part(known: Callable[[Any], Any], told: str) -> Any:
    """The part meant by a name or mapping, written out; thousands of rows share one."""
    return known(literal_eval(told))


@cache
def manifest_at(path: Path) -> Manifest:
    """`Manifest.read`, once per file."""
    return Manifest.read(path)
