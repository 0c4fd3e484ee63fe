"""Keys: what a key of a config means, what it may be, and where it stands, as the schema says it."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, NamedTuple

import yaml

from pipeline.config.schema import config_schema
from pipeline.config.words import LIMITS, kind_of, variants
from pipeline.errors import ConfigError

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Key:
    """What there is to know of a key.

    Attributes:
        key: its path, such as `window.seconds`.
        meaning: in a sentence or less.
        type: what it may be, in words.
        needed: whether a config without it is refused.
        default: what holds without it; None where nothing does.
        bounds: in the words of JSON Schema.
        choices: the texts that it may be, where they are known.
        keys: that stand inside.
        beside: keys that stand in the same place.
        example: as YAML.
    """

    key: str
    meaning: str
    type: str
    needed: bool
    default: Any
    bounds: Mapping[str, Any]
    choices: tuple[str, ...]
    keys: tuple[str, ...]
    beside: tuple[str, ...]
    example: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class _Entry(NamedTuple):
    """A key inside a value: its schema, whether it is needed, and in how many lists it stands there."""

    schema: Schema
    needed: bool
    lists: int


class _Step(NamedTuple):
    """A part of a path, and all the keys of its place."""

    name: str
    place: dict[str, _Entry]

    @property
    def entry(self) -> _Entry:
        """Of the key itself."""
        return self.place[self.name]


def explain_key(key: str) -> Key:
    """What a key of a run's config means.

    Args:
        key: its path; a place in a list may be given, as in `branches.0.regime`, and is the same for all places.

    Raises:
        ConfigError: for a key that no config has, with the nearest.

    Example:
        >>> told = explain_key("window.seconds")
        >>> told.meaning, told.type, told.default
        ('its length in seconds; needs rate_hz', 'number > 0 or none', None)
        >>> print(explain_key("branches.regime").example)
        branches:
        - regime: head
        >>> explain_key("stages.fold.row")
        Traceback (most recent call last):
        ...
        pipeline.errors.ConfigError: a config has no key 'stages.fold.row'; did you mean 'stages.fold.rows'?
    """
    schema = _schema()
    definitions = schema["$defs"]
    parts = [part for part in key.split(".") if not part.isdigit()]
    trail: list[_Step] = []
    below = _below(schema, definitions)
    for part in parts:
        if part not in below:
            raise ConfigError(_unknown(key, parts))
        trail.append(_Step(part, below))
        below = _below(below[part].schema, definitions)
    if not trail:
        raise ConfigError(_unknown(key, parts))
    return _told(trail, tuple(below), definitions)


def top_keys() -> list[Key]:
    """The keys of a config itself, in the order of a config.

    Example:
        >>> [key.key for key in top_keys()][:4]
        ['name', 'data', 'rate_hz', 'window']
    """
    return [explain_key(name) for name in _schema()["properties"]]


def every_key() -> Iterator[str]:
    """The path of every key, options of stages and steps too; of stages within stages only the names."""
    schema = _schema()
    return _paths(schema, schema["$defs"], (), frozenset())


@cache
def _schema() -> dict[str, Any]:
    return config_schema()


def _paths(schema: Schema, definitions: Schema, before: tuple[str, ...], met: frozenset[int]) -> Iterator[str]:
    for name, entry in _below(schema, definitions).items():
        yield ".".join((*before, name))
        inner = frozenset(id(one) for one in variants(entry.schema, definitions) if "properties" in one)
        if not inner & met:
            yield from _paths(entry.schema, definitions, (*before, name), met | inner)


def _below(schema: Schema, definitions: Schema, lists: int = 0) -> dict[str, _Entry]:
    """The keys inside a value, through all the ways in which it may be written."""
    found: dict[str, _Entry] = {}
    for one in variants(schema, definitions):
        needed = one.get("required", ())
        for name, inner in one.get("properties", {}).items():
            found.setdefault(name, _Entry(inner, name in needed, lists))
        if isinstance(one.get("items"), Mapping):
            found |= _below(one["items"], definitions, lists + 1)
    return found


def _told(trail: list[_Step], keys: tuple[str, ...], definitions: Schema) -> Key:
    last = trail[-1]
    schema, ways = last.entry.schema, list(variants(last.entry.schema, definitions))
    choices = [one for way in ways for one in (*way.get("enum", ()), *([way["const"]] if "const" in way else []))]
    return Key(
        key=".".join(step.name for step in trail),
        meaning=" ".join(schema.get("description", "").split()),
        type=kind_of(schema, definitions),
        needed=last.entry.needed,
        default=schema.get("default"),
        bounds={name: way[name] for way in ways for name in LIMITS if name in way},
        choices=tuple(map(str, choices)),
        keys=keys,
        beside=tuple(name for name in last.place if name != last.name),
        example=yaml.safe_dump(_in_place(trail, definitions), sort_keys=False, allow_unicode=True).rstrip(),
    )


def _in_place(trail: list[_Step], definitions: Schema) -> Any:
    """A value of a key, with the keys around it, and those of the same entry that must be there."""
    last = trail[-1]
    value = _value(last.entry.schema, definitions)
    # A stage that takes no option is written as its name.
    inner: Any = last.name if value == {} else {**_beside(trail, definitions), last.name: value}
    for step in reversed(trail):
        inner = inner if step is last else {step.name: inner}
        for _ in range(step.entry.lists):
            inner = [inner]
    return inner


def _beside(trail: list[_Step], definitions: Schema) -> dict[str, Any]:
    if len(trail) == 1:
        return {}  # of a config itself, everybody knows that there is more
    return {name: _value(one.schema, definitions) for name, one in trail[-1].place.items() if one.needed}


def _value(schema: Schema, definitions: Schema) -> Any:
    """A value that a key may have: one that its schema gives as an example, else its default, else a plain one."""
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("default") is not None and schema["default"] not in ([], {}):
        return schema["default"]
    first = next(variants(schema, definitions))
    if "enum" in first or "const" in first:
        return first["enum"][0] if "enum" in first else first["const"]
    if "properties" in first:
        inner = first["properties"]
        return {name: _value(inner[name], definitions) for name in first.get("required", list(inner)[:1])}
    if first.get("type") == "array":
        return [_value(one, definitions) for one in first.get("prefixItems") or [first["items"]]]
    return _number(first) if first.get("type") in ("integer", "number") else {}


def _number(schema: Schema) -> float:
    """1, or what is nearest to it within the bounds."""
    low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum", 1)
    if "exclusiveMaximum" in schema:
        return float(schema["exclusiveMaximum"] + (low or 0)) / 2
    return max(1, low or 0) if high >= 1 else high


def _unknown(key: str, parts: list[str]) -> str:
    """What is wrong with a key that no config has: the nearest, by its path, or by its last name."""
    known = list(every_key())
    near = difflib.get_close_matches(".".join(parts), known, n=1, cutoff=0.75)
    near = near or [path for path in known if path.rpartition(".")[2] in parts[-1:]]
    hint = f"did you mean '{near[0]}'?" if near else "faultprint config explain lists what there is"
    return f"a config has no key '{key}'; {hint}"
