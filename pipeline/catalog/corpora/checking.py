"""Checking: whether the files of a corpus are what its manifest says."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipeline.catalog.corpora.loading import data_root, manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.row import Row
from pipeline.errors import FaultprintError
from pipeline.readers.base import Header
from pipeline.readers.choose import read_header
from pipeline.signals.recording import pick_channel

OK = "ok"
MISSING = "missing"


@dataclass(frozen=True)
class FileCheck:
    """One file of a corpus: "ok", "missing", or what differs from the manifest."""

    file: str
    status: str


def check_corpus(name: str, root: Path | None = None) -> list[FileCheck]:
    """Compare every file of a corpus with its manifest: presence, channels, lengths, rates; headers only.

    Args:
        name: see `corpus_names`.
        root: the data folder; by default the environment's FAULTPRINT_DATA.

    Raises:
        CatalogError: when the folder is not set or not there.
    """
    manifest = manifest_of(name)
    root = data_root(name, manifest.folder, root)
    rows = sorted(expand(manifest).rows, key=lambda row: row.source)
    return [
        FileCheck(source, status(root / source, tuple(of_file)))
        for source, of_file in groupby(rows, key=lambda row: row.source)
    ]


def status(path: Path, rows: tuple[Row, ...]) -> str:
    """What a file is found to be."""
    if not path.is_file():
        return MISSING
    try:
        header = read_header(path, rows[0].reader)
        return "; ".join(told for row in rows for told in differences(header, row)) or OK
    except FaultprintError as error:
        return str(error)


def differences(header: Header, row: Row) -> list[str]:
    """What the file says otherwise than the manifest of one signal.

    Raises:
        FactError: when the manifest's channel is not exactly one of the file's.
    """
    name = pick_channel(header.names, row.channel, row.source)
    channel = next(channel for channel in header.channels if channel.name == name)
    told = [("samples", row.n_samples, channel.n_samples), ("Hz", row.rate_hz, channel.rate_hz)]
    return [
        f"{row.signal}: {found:g} {unit} in the file, {stated:g} in the manifest"
        for unit, stated, found in told
        if None not in (stated, found) and stated != found
    ]
