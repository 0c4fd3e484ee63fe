"""Notation: how people write a part's geometry: a mapping, YAML text of one, or a YAML file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.errors import FactError, did_you_mean

Part = TypeVar("Part", bound=BaseModel)


def looks_inline(text: str) -> bool:
    """Whether text is a YAML mapping rather than a name or a path."""
    return text.lstrip().startswith("{")


def looks_like_file(text: str) -> bool:
    """Whether text is meant as a path of a YAML file, there or not."""
    return Path(text).suffix.lower() in (".yaml", ".yml") or Path(text).is_file()


def mapping_from_text(text: str, what: str) -> Mapping[str, Any]:
    """A mapping written as YAML.

    Args:
        text: the YAML.
        what: whose it is, for the error.

    Raises:
        FactError: when it is not YAML, or not a mapping.

    Example:
        >>> mapping_from_text("{teeth: [32, 80]}", "gear")
        {'teeth': [32, 80]}
    """
    import yaml

    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise FactError(f"{what}: not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(value, dict):
        raise FactError(f"{what}: needs a mapping such as {{key: value}}, got {type(value).__name__}")
    return value


def mapping_from_file(path: Path, what: str) -> Mapping[str, Any]:
    """A mapping kept in a YAML file.

    Raises:
        FactError: when the file is missing, unreadable, or holds no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FactError(f"{what}: cannot read {path} ({getattr(error, 'strerror', None) or error})") from None
    return mapping_from_text(text, f"{what} {path}")


def part_from_mapping(kind: type[Part], mapping: Mapping[str, Any], what: str) -> Part:
    """A bearing or gear from its geometry.

    Args:
        kind: the part's class.
        mapping: its fields.
        what: whose they are, for the error.

    Raises:
        FactError: for an unknown, missing or impossible field; the first one, in one line.

    Example:
        >>> from pipeline.signals.gear import Gear
        >>> part_from_mapping(Gear, {"tooth": [32, 80]}, "gear")
        Traceback (most recent call last):
        ...
        pipeline.errors.FactError: gear: unknown field 'tooth'; did you mean 'teeth'?
    """
    try:
        return kind.model_validate(dict(mapping))
    except ValidationError as error:
        problems = error.errors()
    unknown = [str(problem["loc"][-1]) for problem in problems if problem["type"] == "extra_forbidden"]
    if unknown:
        known = list(kind.model_fields)
        hint = did_you_mean(unknown[0], known) or f"; known: {', '.join(known)}"
        raise FactError(f"{what}: unknown field '{unknown[0]}'{hint}")
    place = ".".join(str(part) for part in problems[0]["loc"])
    said = problems[0]["msg"].removeprefix("Value error, ")
    raise FactError(f"{what}: {f'{place}: ' if place else ''}{said}")
