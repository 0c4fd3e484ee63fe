"""Notation: how people write a part's geometry: a mapping, YAML text of one, or a YAML file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.errors import FactError, ReadError, did_you_mean
from pipeline.strict import complaint

Part = TypeVar("Part", bound=BaseModel)

LONGEST_BYTES = 2**20
"""A text of facts that is longer is something else."""

DEEPEST = 50
"""Facts nested deeper are no facts."""


def looks_inline(text: str) -> bool:
    """Whether text is a YAML mapping rather than a name or a path."""
    return text.lstrip().startswith("{")


def looks_like_file(text: str) -> bool:
    """Whether text is meant as a path of a YAML file, there or not."""
    return Path(text).suffix.lower() in (".yaml", ".yml") or Path(text).is_file()


def short_text(path: Path) -> str:
    """A text of facts written by hand.

    Raises:
        ReadError: for a pipe or a device, which might never end, and for a file that is far too long.
        OSError, UnicodeDecodeError: for one that cannot be read.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ReadError(f"{path}: a few lines in a plain file are needed, it is a pipe or a device; replace it")
    with path.open("rb") as file:
        said = file.read(LONGEST_BYTES + 1)
    if len(said) > LONGEST_BYTES:
        raise ReadError(f"{path}: a few lines are needed, it is longer than {LONGEST_BYTES // 2**20} MB; shorten it")
    return said.decode("utf-8-sig")


def plain_yaml(text: str, what: str) -> Any:
    """What YAML says, written out: a few lines of aliases can stand for more than a machine holds.

    Args:
        text: the YAML.
        what: whose it is, for the error.

    Raises:
        ReadError: when it has an alias, or is nested without end.
        YAMLError, ValueError: when it is not YAML.

    Example:
        >>> plain_yaml("labels: [ball]", "pump.wav.yaml")
        {'labels': ['ball']}
        >>> plain_yaml("a: &one [1]\\nb: *one", "pump.wav.yaml")
        Traceback (most recent call last):
        ...
        pipeline.errors.ReadError: pump.wav.yaml: aliases such as *one are not read; write out what it stands for
    """
    import yaml

    # By libyaml where it is there, which is ten times as fast; a folder may hold a side file per recording.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for token in yaml.scan(text, Loader=loader):
        if isinstance(token, yaml.AliasToken):
            raise ReadError(f"{what}: aliases such as *{token.value} are not read; write out what it stands for")
        kind = type(token).__name__
        depth += ("Start" in kind) - ("End" in kind)
        if depth > DEEPEST:
            raise ReadError(f"{what}: nested deeper than {DEEPEST} levels; facts take two or three")
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def mapping_from_text(text: str, what: str) -> Mapping[str, Any]:
    """A mapping written as YAML.

    Args:
        text: the YAML.
        what: whose it is, for the error.

    Raises:
        FactError: when it is not YAML, or not a mapping.
        ReadError: when it stands for more than it says.

    Example:
        >>> mapping_from_text("{teeth: [32, 80]}", "gear")
        {'teeth': [32, 80]}
    """
    import yaml

    try:
        value = plain_yaml(text, what)
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
        text = short_text(path)
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
        invalid = error
    unknown = [str(problem["loc"][-1]) for problem in invalid.errors() if problem["type"] == "extra_forbidden"]
    if unknown:
        known = list(kind.model_fields)
        hint = did_you_mean(unknown[0], known) or f"; known: {', '.join(known)}"
        raise FactError(f"{what}: unknown field '{unknown[0]}'{hint}")
    raise FactError(f"{what}: {complaint(invalid, kind)}")
