"""JSON Schema as tables: a row for each option, with what it may be, what it is if absent, and what it means."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docstrings import plain, split_up

from pipeline.config.words import ENTRIES, NAMES, limits_of, shape_of

Schema = Mapping[str, Any]


def table(schema: Schema, definitions: Schema, page: str = "") -> str:
    """The options of one object.

    Args:
        schema: of the object.
        definitions: what its references mean.
        page: where referred objects have their section; this page by default.
    """
    properties = schema.get("properties", {})
    if not properties:
        return "No options."
    required = schema.get("required", ())
    rows = [_row(name, one, name in required, definitions, page) for name, one in properties.items()]
    return "\n".join(["| option | may be | if absent | meaning |", "|---|---|---|---|", *rows])


def _row(name: str, schema: Schema, required: bool, definitions: Schema, page: str) -> str:
    default = "**needed**" if required else _default(schema)
    cells = (f"`{name}`", kind(schema, definitions, page), default, plain(schema.get("description", "")))
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(schema: Schema) -> str:
    if "default" not in schema:
        return ""
    default = schema["default"]
    if default is None:
        return "none"
    if isinstance(default, dict) and default:
        return "its own"
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default, ensure_ascii=False)}`"


def kind(schema: Schema, definitions: Schema, page: str = "") -> str:
    """What a value may be, in words."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in ENTRIES:
        return "names, or `{name: {option: value}}`"
    if name:
        return kind(definitions[name], definitions, page) if "enum" in definitions[name] else link(name, page)
    if "const" in schema:
        return "none" if schema["const"] == "none" else f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        ways = schema.get("anyOf") or schema["oneOf"]
        return " or ".join(dict.fromkeys(kind(one, definitions, page) for one in ways))
    return _typed(schema, definitions, page)


def _typed(schema: Schema, definitions: Schema, page: str) -> str:
    if schema.get("type") == "array":
        limits = "" if "prefixItems" in schema else limits_of(schema)
        return f"list of {_of_array(schema, definitions, page)}" + (f" ({limits})" if limits else "")
    if "properties" in schema:
        return f"`{shape_of(schema, definitions)}`"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"names with {kind(values, definitions, page)}" if isinstance(values, Mapping) else "names with values"
    return f"{NAMES.get(schema.get('type', ''), 'anything')} {limits_of(schema)}".strip()


def _of_array(schema: Schema, definitions: Schema, page: str) -> str:
    if "prefixItems" in schema:
        return ", ".join(kind(one, definitions, page) for one in schema["prefixItems"])
    return kind(schema.get("items", {}), definitions, page)


def link(name: str, page: str = "") -> str:
    """A link to the section of an object."""
    return f"[{name}]({page}#{name.lower()})"


def words(schema: Schema) -> str:
    """What an object is for, without its examples."""
    return "\n\n".join(plain(text) for name, text in split_up(schema.get("description", "")) if not name and text)


def in_order(schema: Schema, definitions: Schema) -> Iterator[str]:
    """Names of the objects that a schema refers to, each once, in the order in which a reader meets them."""
    seen: dict[str, None] = {}

    def walk(part: Any) -> None:
        if isinstance(part, Mapping):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in (*seen, *ENTRIES):
                seen[name] = None
                walk(definitions[name])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk({key: value for key, value in schema.items() if key != "$defs"})
    return iter(seen)
