"""Scan: a folder of recordings as a catalog, one row per channel, from headers alone."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.pattern import Pattern, translated
from pipeline.catalog.table import CONDITION, number_or_text
from pipeline.errors import CatalogError, FaultprintError
from pipeline.readers.base import ChannelHeader, Header
from pipeline.readers.choose import read_header
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of
from pipeline.signals.recording import pick_channel

SIDE_SUFFIXES = (".yaml", ".yml")
COLUMNS = frozenset(field.name for field in fields(Row)) - {"condition"}

Values = dict[str, Any]


def scan(path: Path | str, pattern: str | None = None) -> Catalog:
    """Every channel of every recording below a folder, as a row.

    A file says its rate, speed and unit; the first folder below `path` is its label (`inner_race+ball` are two); the
    pattern says what its name means, and wins; a side file FILE.yaml wins over all.

    Args:
        path: a folder, or a single file.
        pattern: such as `{label}_{rpm:d}.mat`; files whose name does not fit are skipped.

    Returns:
        A catalog with its root at the folder; `skipped` has the path and reason of every file that gave no row.

    Raises:
        CatalogError: when there is no such path, or the pattern has an unknown field.
    """
    path = Path(path)
    if not path.exists():
        raise CatalogError(f"{path}: there is no such file or folder to scan")
    translated(pattern or "")
    root = path if path.is_dir() else path.parent
    rows: list[Row] = []
    skipped: list[tuple[str, str]] = []
    for file in recordings(path):
        source = file.relative_to(root).as_posix()
        try:
            source.encode()
            rows += rows_of(file, source, named(source, pattern))
        except UnicodeEncodeError:
            skipped.append((source, "its name is not UTF-8, which a catalog is; rename the file"))
        except (FaultprintError, OSError) as error:
            skipped.append((source, str(error)))
    return Catalog(tuple(rows), root, skipped=tuple(skipped))


def recordings(path: Path) -> Iterator[Path]:
    """Files that may be recordings, sorted; hidden ones and side files are not."""
    if path.is_file():
        yield path
    for folder, below, files in os.walk(path):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and not name.endswith(SIDE_SUFFIXES):
                yield Path(folder, name)


def named(source: str, pattern: str | None) -> Values:
    """What folder and name say of a file.

    Raises:
        CatalogError: when the name does not fit the pattern.

    Example:
        >>> named("inner_race+ball/7.wav", None)
        {'labels': 'inner_race+ball'}
    """
    folder, _, rest = source.partition("/")
    told: Values = {"labels": folder} if rest else {}
    if pattern is not None:
        said = Pattern(pattern).read(source)
        if said is None:
            raise CatalogError(f"{source}: does not fit the pattern '{pattern}'")
        told |= said
    return told


def rows_of(file: Path, source: str, told: Values) -> list[Row]:
    """The rows of one file.

    Args:
        file: where it lies.
        source: how the catalog calls it.
        told: what folder and name say.

    Raises:
        FaultprintError: why there is none.
    """
    if is_catalog(file):
        raise CatalogError(f"{source}: a catalog, not a recording")
    side = read_side_file(file) or SideFile()
    header = read_header(file, side.reader or told.get("reader"))
    wanted = side.channel or told.get("channel")
    chosen = header.names if wanted is None else (pick_channel(header.names, wanted, source),)
    layers = [as_values(told), of_side_file(side)]
    return [
        row_of(channel, header, source, layers, alone=len(header.channels) == 1)
        for channel in header.channels
        if channel.name in chosen
    ]


def is_catalog(file: Path) -> bool:
    """Whether a CSV is a catalog that somebody left beside the recordings."""
    if file.suffix.lower() != ".csv":
        return False
    with file.open("rb") as opened:
        return opened.read(64).removeprefix(b"\xef\xbb\xbf").startswith((b"signal,source", b"signal;source"))


def row_of(channel: ChannelHeader, header: Header, source: str, layers: list[Values], alone: bool) -> Row:
    """One channel as a row: what the file says, then each layer over it."""
    speed_rpm = header.facts.get("speed_rpm")
    values: Values = {
        "rate_hz": channel.rate_hz,
        "rate_from": "file" if channel.rate_hz is not None else "",
        "speed_rpm": speed_rpm,
        "speed_from": "file" if speed_rpm is not None else "",
        "unit": channel.unit,
        "condition": {"load": number_or_text(str(header.facts["load"]))} if "load" in header.facts else {},
    }
    for layer in layers:
        values |= layer | {"condition": values["condition"] | layer["condition"]}
    signal = source if alone else f"{source}/{channel.name}"
    return Row(
        **(values | {"signal": signal, "source": source, "channel": channel.name, "n_samples": channel.n_samples})
    )


def as_values(told: Values) -> Values:
    """What folder and name say, as a row's fields."""
    values: Values = {name: value for name, value in told.items() if name in COLUMNS}
    if "labels" in told:
        values["labels"] = tuple(label for label in told["labels"].split("+") if label)
    if "bearing" in told:
        values["bearing"] = bearing_of(told["bearing"])
    values |= {f"{name}_from": "file name" for name in ("rate", "speed") if spoken(name) in told}
    condition = {name.removeprefix(CONDITION): told[name] for name in told if name.startswith(CONDITION)}
    return values | {"condition": condition}


def spoken(name: str) -> str:
    """The column behind `rate_from` and `speed_from`."""
    return {"rate": "rate_hz", "speed": "speed_rpm"}[name]


def of_side_file(side: SideFile) -> Values:
    """What a side file says, as a row's fields."""
    told = {name: getattr(side, name) for name in COLUMNS if getattr(side, name, None) not in (None, (), "")}
    parts = {
        name: part_of(told[name]) for name, part_of in (("bearing", bearing_of), ("gear", gear_of)) if name in told
    }
    origins = {f"{name}_from": "side file" for name in ("rate", "speed") if spoken(name) in told}
    own: Mapping[str, Any] = {"load": side.load, "severity": side.severity} | side.condition
    condition = {
        name: value if isinstance(value, int | float | str) and not isinstance(value, bool) else str(value)
        for name, value in own.items()
        if value is not None
    }
    return told | parts | origins | {"condition": condition}
