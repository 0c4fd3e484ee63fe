"""Loading: a public data set under the data folder as a catalog."""

import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.corpora.folder import Folder
from pipeline.catalog.corpora.manifest import DOCUMENTATION, Manifest, expand, manifest_at
from pipeline.catalog.corpora.shipped import CORPORA
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError

VARIABLE = "FAULTPRINT_DATA"


def corpus_names() -> list[str]:
    """Names of the corpora that have a manifest, sorted.

    Example:
        >>> corpus_names()
        ['cwru', 'femto', 'gearbox', 'hit_sm', 'mfpt', 'paderborn', 'seu', 'uconn_gear', 'uored']
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


def corpus_kept_in(folder: str) -> str | None:
    """The corpus whose own folder has this name; None where there is none.

    Example:
        >>> corpus_kept_in("spectraquest_gearbox"), corpus_kept_in("pumps")
        ('gearbox', None)
    """
    return next((name for name in corpus_names() if manifest_of(name).folder == folder), None)


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
    rows, notes, missing = expand(manifest, Folder(root))
    if not rows:
        raise CatalogError(
            f"corpus '{name}': none of its {len(missing)} recordings is in {root / manifest.folder} "
            f"({missing[0]} and so on); see data/README.md for its layout"
        )
    n_files = len(missing) + len({row.source for row in rows})
    told = (*inferred_rates(rows), *layout_told(manifest), *unknown_rates(rows), *notes)
    return Catalog(rows, root, name, (*told, *missing_told(missing, n_files)))


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


def layout_told(manifest: Manifest) -> tuple[str, ...]:
    """A note where nobody of us has seen the files."""
    if manifest.layout_from != DOCUMENTATION:
        return ()
    return (f"the layout of {manifest.name} is from documentation; try faultprint corpora check {manifest.name}",)


def unknown_rates(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """A note where neither manifest nor owner states a sampling rate.

    Example:
        >>> unknown_rates((Row("a", "a.csv"), Row("b", "b.csv", rate_hz=12000.0)))
        ('the sampling rate of 1 signal is not documented by its owners: state rate_hz in a side file or a catalog',)
    """
    count = sum(row.rate_hz is None for row in rows)
    if not count:
        return ()
    signals = "signal" if count == 1 else "signals"
    return (
        f"the sampling rate of {count} {signals} is not documented by its owners: "
        "state rate_hz in a side file or a catalog",
    )


def missing_told(missing: Sequence[str], n_files: int) -> tuple[str, ...]:
    """A note for the files that are not there, none when all are."""
    if not missing:
        return ()
    named = ", ".join(missing[:5]) + ", ..." * (len(missing) > 5)
    return (f"{len(missing)} of {n_files} recordings are missing: {named}",)
