"""Overview: every corpus in a line: what it is, how much of it is there, its licence."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.corpora.folder import Folder
from pipeline.catalog.corpora.loading import VARIABLE, corpus_names, manifest_of
from pipeline.catalog.corpora.manifest import Manifest, Rule, places_of, signals


@dataclass(frozen=True)
class Overview:
    """One corpus.

    Attributes:
        name, title, licence: as its manifest says.
        files, files_there: how many files it has in all, and how many are in the data folder (None: no folder known).
        layout_from: "files" where the manifest was written with the files at hand, or "documentation".
    """

    name: str
    title: str
    files: int
    files_there: int | None
    layout_from: str
    licence: str


def overviews(root: Path | None = None) -> list[Overview]:
    """Every corpus with a manifest; no file is opened.

    Args:
        root: the data folder; by default the environment's FAULTPRINT_DATA, or none at all.

    Example:
        >>> next(each for each in overviews(Path("/nowhere")) if each.name == "gearbox").files
        4
    """
    told = os.environ.get(VARIABLE)
    root = root or (Path(told) if told else None)
    return [overview_of(manifest_of(name), root) for name in corpus_names()]


def overview_of(manifest: Manifest, root: Path | None) -> Overview:
    """One corpus, by the names of its files only."""
    files = set(files_of(manifest))
    there = None if root is None else n_there(files, Folder(root))
    return Overview(manifest.name, manifest.title, len(files), there, manifest.layout_from, manifest.licence)


def files_of(manifest: Manifest) -> list[tuple[str, ...]]:
    """The places of every file that holds a signal of a corpus."""
    dropping: list[Rule] = [rule for rule in manifest.rules if rule.drop]
    return [
        tuple(places_of(manifest, values))
        for values in signals(manifest)
        if not any(rule.fits(values) for rule in dropping)
    ]


def n_there(files: Iterable[Sequence[str]], folder: Folder) -> int:
    """How many files are at one of their places."""
    return sum(folder.found(places) is not None for places in files)
