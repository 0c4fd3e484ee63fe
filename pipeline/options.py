"""Options that several commands share, each described once."""

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

RateHz = Annotated[float | None, typer.Option("--rate-hz", help="Sampling rate, samples per second.")]
SpeedRpm = Annotated[float | None, typer.Option("--speed-rpm", help="Shaft speed, revolutions per minute.")]
BearingName = Annotated[str | None, typer.Option("--bearing", help="Bearing: a name such as 6205, or a YAML file.")]
GearName = Annotated[str | None, typer.Option("--gear", help="Gear stage: teeth such as 32:80, or a YAML file.")]
Channel = Annotated[str | None, typer.Option("--channel", help="Channel: a name, a unique part of it, or a glob.")]
Unit = Annotated[str | None, typer.Option("--unit", help="Unit of the samples, such as g.")]
ReaderName = Annotated[str | None, typer.Option("--reader", help="Format, where the content does not decide.")]


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
