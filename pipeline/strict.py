"""Strict: option models that refuse what they do not know, and say so in one line."""

import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigError, FaultprintError, did_you_mean


class Strict(BaseModel):
    """A frozen model; an unknown key is an error that names the nearest known one, and numbers are finite.

    Example:
        >>> class Size(Strict):
        ...     rows: int = 8
        >>> Size.parse({"rows": 4}, "run.yaml")
        Size(rows=4)
        >>> Size.parse({"row": 4}, "run.yaml")
        Traceback (most recent call last):
        ...
        pipeline.errors.ConfigError: run.yaml: row: unknown key; did you mean 'rows'?
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def parse(cls, raw: Any, where: str, error: type[FaultprintError] = ConfigError) -> Self:
        """Build the model from plain values.

        Args:
            raw: a mapping, as YAML gives it.
            where: file or place, for the message.
            error: the kind of error to raise.

        Raises:
            FaultprintError: of that kind, one line with key, complaint and what came.
        """
        if not isinstance(raw, Mapping):
            raise error(f"{where}: needs keys and values, got {type(raw).__name__}")
        try:
            return cls.model_validate(dict(raw))
        except ValidationError as invalid:
            raise error(f"{where}: {complaint(invalid, cls)}") from None


NEEDS = {
    **dict.fromkeys(("float_parsing", "float_type", "decimal_parsing", "decimal_type"), "needs a number"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "needs a whole number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "needs true or false"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), "needs keys and values"),
    **dict.fromkeys(("list_type", "tuple_type", "sequence_type", "set_type"), "needs a list"),
    "string_type": "needs a text",
    "finite_number": "needs a finite number",
    "missing": "is needed, and is not there",
}
"""What pydantic's complaints ask for, in the words of a user of YAML."""


def needs(kind: str, message: str) -> str:
    """What a complaint of pydantic asks for.

    Args:
        kind: its `type`.
        message: its `msg`.

    Example:
        >>> needs("float_parsing", "Input should be a valid number, unable to parse string as a number")
        'needs a number'
        >>> needs("greater_than", "Input should be greater than 0")
        'needs to be greater than 0'
        >>> needs("too_short", "Tuple should have at least 2 items after validation, not 1")
        'needs at least 2 items'
    """
    said = message.removeprefix("Value error, ")
    counted = re.match(r"\w+ should have (at (?:least|most) \d+ \w+)", said)
    told = f"needs {counted[1]}" if counted else re.sub(r"^(?:Input|String) should", "needs to", said)
    return NEEDS.get(kind, told)


def complaint(invalid: ValidationError, model: type[BaseModel]) -> str:
    """The first thing pydantic objects to, in one line: key, what is wrong, what came."""
    # An unknown key explains a missing one, so it is told first.
    first = min(invalid.errors(), key=lambda entry: entry["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        *path, last = first["loc"]
        return f"{key}: unknown key{did_you_mean(str(last), _keys_at(model, path)) or '; remove it'}"
    said = needs(first["type"], first["msg"])
    came = "" if first["type"] in ("missing", "value_error") else f", got {first['input']!r}"
    return f"{key}: {said}{came}" if key else f"{said}{came}"


def _keys_at(model: type[BaseModel], path: list[Any]) -> list[str]:
    """Keys known where an unknown one was met: follow the path from the outer model inwards."""
    models = [model]
    for part in path:
        if not isinstance(part, str):
            continue
        fields = [inner.model_fields[part].annotation for inner in models if part in inner.model_fields]
        models = [inner for annotation in fields for inner in _models_in(annotation)] or models
    return [name for inner in models for name in inner.model_fields]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)
