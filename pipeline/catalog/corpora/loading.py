"""Loading: a public data set under the data folder as a catalog."""

import os
from pathlib import Path

from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.corpora.manifest import Manifest, expand, manifest_at
from pipeline.catalog.corpora.shipped import CORPORA
from pipeline.errors import CatalogError

VARIABLE = "FAULTPRINT_DATA"


def corpus_names() -> list[str]:
    """Names of the corpora that have a manifest, sorted.

    Example:
        >>> corpus_names()
        ['cwru', 'gearbox', 'hit_sm', 'mfpt']
    """
    return sorted(CORPORA)


def manifest_of(name: str) -> Manifest:
    """The manifest of a corpus: what it is, its licence, its traps.

    Raises:
        RequestError: for a name without a manifest, with the nearest.

    Example:
        >>> manifest_of("hit_sm").folder
        'hit_sm'
    """
    return manifest_at(CORPORA[name])


def load_corpus(name: str, root: Path | None = None) -> Catalog:
    """A corpus as a catalog, with a row for every signal whose file is there; no file is opened.

    Args:
        name: see `corpus_names`.
        root: the data folder, which holds the corpus's own folder; by default the environment's FAULTPRINT_DATA.

    Returns:
        A catalog whose notes say what is missing, left out or inferred.

    Raises:
        CatalogError: when the folder is not set or not there, or none of the corpus's files is.
    """
    manifest = manifest_of(name)
    root = data_root(name, manifest.folder, root)
    rows, notes = expand(manifest)
    there = {source: (root / source).is_file() for source in dict.fromkeys(row.source for row in rows)}
    missing = [source for source, found in there.items() if not found]
    if len(missing) == len(there):
        raise CatalogError(
            f"corpus '{name}': none of its {len(there)} recordings is in {root / manifest.folder} "
            f"({missing[0]} and so on); see data/README.md for its layout"
        )
    kept = tuple(row for row in rows if there[row.source])
    return Catalog(kept, root, name, (*inferred_rates(kept), *notes, *missing_told(missing, len(there))))


def data_root(name: str, folder: str, root: Path | None) -> Path:
    """The data folder, checked.

    Raises:
        CatalogError: saying what to set.
    """
    if root is None:
        said = os.environ.get(VARIABLE)
        if not said:
            raise CatalogError(
                f"corpus '{name}': set {VARIABLE} to the folder that holds {folder}/ (see data/README.md)"
            )
        root = Path(said)
    if not (root / folder).is_dir():
        raise CatalogError(
            f"corpus '{name}': there is no folder {root / folder}; set {VARIABLE} to the folder that holds {folder}/ "
            "(see data/README.md)"
        )
    return root


def missing_told(missing: list[str], n_files: int) -> tuple[str, ...]:
    """A note for the files that are not there, none when all are."""
    if not missing:
        return ()
    named = ", ".join(missing[:5]) + ", ..." * (len(missing) > 5)
    return (f"{len(missing)} of {n_files} recordings are missing: {named}",)
