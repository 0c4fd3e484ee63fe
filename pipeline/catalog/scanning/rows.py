"""Rows: what the header of one file, and everybody who knows it, say of its signals."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.catalog.cells import COLUMNS, number_or_text
from pipeline.catalog.parquet import is_parquet_catalog
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.told import SPOKEN, Values
from pipeline.catalog.scanning.walk import File
from pipeline.catalog.table import PARQUET
from pipeline.errors import CatalogError
from pipeline.readers.base import ChannelHeader, Header
from pipeline.readers.choose import read_header
from pipeline.readers.places import SIDE, Place, content_hash, local_copy, name_of
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of
from pipeline.signals.recording import pick_channel

SILENCE: Values = {"condition": {}}
CATALOG_BEGINS = (b"signal,source", b"signal;source")


def rows_of(file: File, path: Place, told: Sequence[Values], with_hash: bool = False) -> list[Row]:
    """The rows of one file, from its header.

    Args:
        file: how the catalog calls it, its size and time.
        path: where it lies, here or on a server.
        told: what is said of it beforehand, one entry per channel or one for all; the file's own words are under it,
            its side file's over it.
        with_hash: whether to read it whole, for its SHA-256.

    Raises:
        FaultprintError: why there is none.
    """
    if is_catalog(path):
        raise CatalogError(f"{file.source}: a catalog, not a recording")
    side = read_side_file(path)
    said = of_side_file(side) if side else SILENCE
    header = read_header(path, next((each["reader"] for each in (said, *told) if each.get("reader")), None))
    own = {
        "source": file.source,
        "size_bytes": file.size_bytes,
        "modified": file.modified,
        "sha256": content_hash(path) if with_hash else None,
    }
    rows = [
        row_of(channel, header, own, [each, said], n_chosen=len(names))
        for each in told
        for names in [chosen(header.names, said.get("channel") or each.get("channel"), file.source)]
        for channel in header.channels
        if channel.name in names
    ]
    return unlike(rows, file.source)


def rows_again(file: File, path: Place, known: Sequence[Row], told: Sequence[Values]) -> list[Row]:
    """The rows of a file that an earlier catalog knows, with what is told now over them.

    Args:
        file: as it is, which is as it was.
        path: where it lies; only its side file is read, and only where somebody else speaks too.
        known: its rows, mended by hand or not; their ids stay.
        told: what is said of it beforehand.

    Raises:
        FactError: when a channel is told of that the catalog left out; read the file then.
    """
    names = tuple(row.channel or "" for row in known)
    side = read_side_file(path) if SIDE in file.modified and told != [SILENCE] else None
    if side:
        said = of_side_file(side)
        told = [each | said | {"condition": each["condition"] | said["condition"]} for each in told]
    rows = [
        row.changed(**(each | {"source": file.source, "channel": row.channel, "condition": {**row.condition, **more}}))
        for each in told
        for wanted in [chosen(names, each.get("channel"), file.source)]
        for more in [each["condition"]]
        for row in known
        if (row.channel or "") in wanted
    ]
    return unlike(rows, file.source)


def chosen(names: tuple[str, ...], wanted: str | None, source: str) -> tuple[str, ...]:
    """The channels that are meant, all where nobody says."""
    return names if wanted is None else (pick_channel(names, wanted, source),)


def unlike(rows: list[Row], source: str) -> list[Row]:
    """Rows with an id each.

    Raises:
        CatalogError: when a file has two channels of one name, or a table names a channel twice.
    """
    ids: set[str] = set()
    for row in rows:
        if row.signal in ids:
            raise CatalogError(f"{source}: two signals of it are '{row.signal}'; name them apart in the column signal")
        ids.add(row.signal)
    return rows


def is_catalog(path: Place) -> bool:
    """Whether a table is a catalog that somebody left beside the recordings."""
    name = name_of(path).lower()
    if name.endswith(PARQUET):
        return is_parquet_catalog(local_copy(path))
    if not name.endswith(".csv"):
        return False
    with local_copy(path).open("rb") as opened:
        return opened.read(64).removeprefix(b"\xef\xbb\xbf").startswith(CATALOG_BEGINS)


def row_of(channel: ChannelHeader, header: Header, own: Values, layers: Sequence[Values], n_chosen: int) -> Row:
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
    called = values.pop("signal", None)
    if called is None:
        called, n_chosen = own["source"], len(header.channels)
    signal = called if n_chosen == 1 else f"{called}/{channel.name}"
    name = sys.intern(channel.name)  # one text for a hundred thousand rows
    return Row(**(values | own | {"signal": signal, "channel": name, "n_samples": channel.n_samples}))


def of_side_file(side: SideFile) -> Values:
    """What a side file says, as a row's fields."""
    told = {name: getattr(side, name) for name in COLUMNS if getattr(side, name, None) not in (None, (), "")}
    parts = {
        name: part_of(told[name]) for name, part_of in (("bearing", bearing_of), ("gear", gear_of)) if name in told
    }
    origins = {speaker: "side file" for speaker, fact in SPOKEN.items() if fact in told}
    own: Mapping[str, Any] = {"load": side.load, "severity": side.severity} | side.condition
    condition = {
        name: value if isinstance(value, int | float | str) and not isinstance(value, bool) else str(value)
        for name, value in own.items()
        if value is not None
    }
    return told | parts | origins | {"condition": condition}
