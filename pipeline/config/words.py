"""Words: what a value of a config may be, as a user of YAML would say it."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

NAMES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false", "null": "none"}
LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "{} letters or more",
    "minItems": "{} or more",
    "maxItems": "{} at most",
    "pattern": "as `{}`",
}
"""What bounds a value, in the words of JSON Schema and in ours."""

ENTRIES = ("Stage", "Step")
"""Definitions that are a name, or a name with its options."""


def resolved(schema: Schema, definitions: Schema) -> Schema:
    """What a reference refers to; anything else as it is."""
    return definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def variants(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """The ways in which a value may be written, each a plain schema.

    Example:
        >>> [one["type"] for one in variants({"anyOf": [{"type": "number"}, {"$ref": "#/$defs/Size"}]},
        ...     {"Size": {"type": "object"}})]
        ['number', 'object']
    """
    plain = resolved(schema, definitions)
    for one in plain.get("anyOf") or plain.get("oneOf") or ():
        yield from variants(one, definitions)
    if not (plain.keys() & {"anyOf", "oneOf"}):
        yield plain


def limits_of(schema: Schema) -> str:
    """What bounds a value.

    Example:
        >>> limits_of({"type": "number", "exclusiveMinimum": 0, "maximum": 1e8})
        '> 0 and ≤ 100000000'
    """
    return " and ".join(told.format(_short(schema[name])) for name, told in LIMITS.items() if name in schema)


def kind_of(schema: Schema, definitions: Schema) -> str:
    """What a value may be, in words.

    Example:
        >>> kind_of({"anyOf": [{"type": "integer", "minimum": 1}, {"enum": ["auto", "all"]}, {"type": "null"}]}, {})
        'whole number ≥ 1, auto, all, or none'
    """
    return listed(list(dict.fromkeys(_ways(schema, definitions))))


def _ways(schema: Schema, definitions: Schema) -> Iterator[str]:
    if str(schema.get("$ref", "")).rpartition("/")[2] in ENTRIES:
        yield "names, or {name: {option: value}}"
        return
    for one in variants(schema, definitions):
        if "enum" in one or "const" in one:
            yield from map(str, one["enum"] if "enum" in one else [one["const"]])
        else:
            yield _typed(one, definitions)


def listed(words: list[str]) -> str:
    """Words in a row, the last after "or".

    Example:
        >>> listed(["DE", "FE", "none"])
        'DE, FE, or none'
    """
    return f"{', '.join(words[:-1])}{',' if len(words) > 2 else ''} or {words[-1]}" if len(words) > 1 else words[0]


def _typed(schema: Schema, definitions: Schema) -> str:
    limits = limits_of(schema)
    if schema.get("type") == "array":
        places = schema.get("prefixItems")
        inner = ", ".join(kind_of(one, definitions) for one in places or [schema.get("items", {})])
        return f"list of {inner}" + (f" ({limits})" if limits and not places else "")
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        if isinstance(values, Mapping):
            return f"names with {kind_of(values, definitions)}"
        return shape_of(schema, definitions) if len(schema.get("properties", {})) == 1 else "keys and values"
    return f"{NAMES.get(schema.get('type', ''), 'anything')} {limits}".strip()


def shape_of(schema: Schema, definitions: Schema) -> str:
    """An object as it is written, such as `{last_blocks: whole number ≥ 1}`."""
    inner = schema["properties"].items()
    return f"{{{', '.join(f'{name}: {kind_of(one, definitions)}' for name, one in inner)}}}"


def _short(value: Any) -> Any:
    return f"{value:.10g}" if isinstance(value, float) else value
