"""Checking: whether the files of a corpus are what its manifest says."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipeline.catalog.corpora.content import content_sha256, known_contents
from pipeline.catalog.corpora.folder import Folder
from pipeline.catalog.corpora.loading import data_root, manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.corpora.shipped import CORPORA
from pipeline.catalog.row import Row
from pipeline.errors import FaultprintError
from pipeline.readers.base import ChannelHeader, Header
from pipeline.readers.choose import read_header, read_recording
from pipeline.signals.recording import pick_channel

OK = "ok"
MISSING = "missing"

MOST_TOLD = 3
"""So many differences of one file are spelt out; a matrix of 936 signals would fill the screen."""


@dataclass(frozen=True)
class FileCheck:
    """One file of a corpus.

    Attributes:
        file: where it is, or where it would be, relative to the data folder.
        status: "ok", "missing", or what differs from the manifest.
        n_hashed: of how many of its signals the samples were compared with a known hash.
    """

    file: str
    status: str
    n_hashed: int = 0


def check_corpus(name: str, root: Path | None = None, with_hash: bool = False) -> list[FileCheck]:
    """Compare every file of a corpus with its manifest: presence, channels, lengths, rates, and samples if wanted.

    Args:
        name: see `corpus_names`.
        root: the data folder; by default the environment's FAULTPRINT_DATA.
        with_hash: read every sample and compare its signal with the manifest's hash (`content_sha256`), where it has
            one; otherwise only headers are read.

    Raises:
        CatalogError: when the folder is not set or not there.
    """
    manifest = manifest_of(name)
    root = data_root(name, manifest.folder, root)
    hashes = known_contents(CORPORA[name]) if with_hash else {}
    rows, _, missing = expand(manifest, Folder(root))
    there = [
        checked(root / source, source, tuple(of_file), hashes)
        for source, of_file in groupby(sorted(rows, key=lambda row: row.source), key=lambda row: row.source)
    ]
    return sorted([*there, *(FileCheck(source, MISSING) for source in missing)], key=lambda check: check.file)


def tallied(checks: Sequence[FileCheck]) -> dict[str, int]:
    """How many files are right, wrong and missing, and of how many signals the samples were compared.

    Example:
        >>> tallied([FileCheck("a.mat", "ok", 2), FileCheck("b.mat", "missing"), FileCheck("c.mat", "a: 5 samples")])
        {'ok': 1, 'differs': 1, 'missing': 1, 'n_files': 3, 'n_hashed': 2}
    """
    found = Counter(check.status if check.status in (OK, MISSING) else "differs" for check in checks)
    counts = {word: found[word] for word in (OK, "differs", MISSING)}
    return counts | {"n_files": len(checks), "n_hashed": sum(check.n_hashed for check in checks)}


def checked(path: Path, source: str, rows: tuple[Row, ...], hashes: Mapping[str, str]) -> FileCheck:
    """What a file is found to be."""
    hashed = tuple(row for row in rows if row.signal in hashes)
    try:
        told = [*differences(read_header(path, rows[0].reader), rows)]
        told += [*changed(path, hashed, hashes)]
    except FaultprintError as error:
        return FileCheck(source, str(error))
    more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return FileCheck(source, ("; ".join(told[:MOST_TOLD]) + more) or OK, len(hashed))


def differences(header: Header, rows: Sequence[Row]) -> Iterator[str]:
    """What a file says otherwise than the manifest of its signals.

    Raises:
        FactError: when the manifest's channel is not exactly one of the file's.
    """
    channels = {channel.name: channel for channel in header.channels}
    for row in rows:
        found: ChannelHeader = channels[pick_channel(header.names, row.channel, row.source)]
        for unit, stated, told in (("samples", row.n_samples, found.n_samples), ("Hz", row.rate_hz, found.rate_hz)):
            if None not in (stated, told) and stated != told:
                yield f"{row.signal}: {told:g} {unit} in the file, {stated:g} in the manifest"


def changed(path: Path, rows: Sequence[Row], hashes: Mapping[str, str]) -> Iterator[str]:
    """Signals whose samples are not those that were published."""
    for signal, (_, sha256) in contents(path, rows).items():
        if sha256 != hashes[signal]:
            yield f"{signal}: the samples are not those published ({sha256[:12]}..., not {hashes[signal][:12]}...)"


def contents(path: Path, rows: Sequence[Row]) -> dict[str, tuple[int, str]]:
    """Number of samples of some signals of one file, and the hash of each.

    Raises:
        FaultprintError: when the file cannot be read.
    """
    if not rows:
        return {}
    names = read_header(path, rows[0].reader).names
    channels = [pick_channel(names, row.channel, row.source) for row in rows]
    samples = read_recording(path, channels, reader=rows[0].reader).samples
    return {row.signal: (len(heard), content_sha256(heard)) for row, heard in zip(rows, samples, strict=True)}
