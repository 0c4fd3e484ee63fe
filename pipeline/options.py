"""Options that several commands share, each described once."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import RequestError

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Compute every feature anew.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Override a value: --set branches.0.regime=full")]
ConfigFile = Annotated[Path, typer.Argument(help="A run's config, YAML.")]
ModelFolder = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A bundle's folder, such as RUN/model; or ready, which ships.")
]
Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Recordings, or folders of them; paths or URLs.")]
"""Text, because a path would fold the slashes of `s3://`."""

StoreName = Annotated[str, typer.Argument(metavar="STORE", help="A file of SQLite, or postgresql://...")]
MayBeEmpty = Annotated[
    bool, typer.Option("--may-be-empty", help="Somebody takes files out of the inbox; an empty one is well.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result of this command.")]

CatalogName = Annotated[str | None, typer.Option("--catalog", help="A catalog that states facts of the files.")]
EngineName = Annotated[str, typer.Option("--engine", help="torch; onnx or openvino for an exported model.")]


def _fact(kind: type, name: str, told: str) -> Any:
    return Annotated[kind | None, typer.Option(name, help=told)]


FACTS: Mapping[str, Any] = {
    "rate_hz": _fact(float, "--rate-hz", "Sampling rate, samples per second."),
    "speed_rpm": _fact(float, "--speed-rpm", "Shaft speed, revolutions per minute."),
    "bearing": _fact(str, "--bearing", "Bearing: a name such as 6205, its geometry as {...}, or a YAML file with it."),
    "gear": _fact(str, "--gear", "Gear stage: teeth such as 32:80, or a YAML file."),
    "channel": _fact(str, "--channel", "Channel: a name, a unique part of it, or a glob."),
    "unit": _fact(str, "--unit", "Unit of the samples, such as g."),
    "reader": _fact(str, "--reader", "Format, where the content does not decide."),
}
"""What a user may state of files that do not say it themselves."""

Facts = dict[str, Any]
"""Those of `FACTS` that a user stated, by name."""


def stating_facts(command: Callable[..., None]) -> Callable[..., None]:
    """A command with an option for each of `FACTS`, in the place of its parameter `facts`.

    Args:
        command: has a keyword-only parameter `facts`, and is given those that the user stated.

    Example:
        >>> @stating_facts
        ... def tell(file: str, *, facts: Facts, quiet: bool = False) -> None:
        ...     print(file, facts)
        >>> list(inspect.signature(tell).parameters)
        ['file', 'rate_hz', 'speed_rpm', 'bearing', 'gear', 'channel', 'unit', 'reader', 'quiet']
        >>> tell(file="pump.wav", bearing="6205", unit=None)
        pump.wav {'bearing': '6205'}
    """

    @wraps(command)
    def with_options(**given: Any) -> None:
        facts = {name: given.pop(name, None) for name in FACTS}
        command(**given, facts={name: value for name, value in facts.items() if value is not None})

    signature = inspect.signature(command)
    options = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=FACTS[name]) for name in FACTS]
    shown = [options if name == "facts" else [one] for name, one in signature.parameters.items()]
    with_options.__signature__ = signature.replace(parameters=list(chain(*shown)))  # type: ignore[attr-defined]
    return with_options


def refuse_file(out: Path | None) -> None:
    """Nothing, where `--out` can be a folder.

    Raises:
        RequestError: where a file has its name.
    """
    if out is not None and out.exists() and not out.is_dir():
        raise RequestError(f"--out {out}: needs a folder, and this is a file; name another")


def _share(level: float | None) -> float | None:
    """A level that can be one, told before a model is loaded.

    Raises:
        RequestError: for anything else.
    """
    if level is not None and not 0 < level < 1:
        raise RequestError(f"--level {level:g}: needs a share between 0 and 1, such as 0.9")
    return level


Level = Annotated[
    float | None,
    typer.Option("--level", callback=_share, help="Share of sets to hold the truth; the model's own if absent."),
]


def cache_of(no_cache: bool) -> Any:
    """The feature cache, None where the user wants none."""
    from pipeline.models.features import FeatureCache

    return None if no_cache else FeatureCache()


def config_at(path: Path, settings: list[str] | None) -> Any:
    """A run's config with the user's overrides."""
    from pipeline.config import load_config

    return load_config(path, tuple(settings or ()))
