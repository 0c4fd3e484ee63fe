"""Scan: recordings to a catalog on disk; what was killed goes on where it stopped, what has not changed is not read."""

import csv
import hashlib
import io
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.labellers import with_votes
from pipeline.catalog.scanning.earlier import Earlier
from pipeline.catalog.scanning.journal import Journal
from pipeline.catalog.scanning.lock import only_one
from pipeline.catalog.scanning.scan import Request, Scanned, scan_files
from pipeline.catalog.scanning.summary import summary_of
from pipeline.catalog.scanning.vectors import scan_vectors
from pipeline.catalog.votes import read_votes
from pipeline.errors import CatalogError, RequestError
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place, folder_of, is_folder, joined
from pipeline.whole_file import write_text

MANY_SKIPPED = 20
"""More than so many reasons fill a screen; they are written beside the catalog."""

URL = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


@dataclass(frozen=True)
class Voting:
    """What several labellers say, and how it is counted; see `pipeline.catalog.labellers`."""

    path: Path
    multilabel: bool = False
    clear_share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.clear_share <= 1:
            raise RequestError(f"--clear-share is a share of the labellers, above 0 up to 1, got {self.clear_share:g}")


def beside(out: Path, suffix: str) -> Path:
    """A file that belongs to a catalog.

    Example:
        >>> beside(Path("plant/catalog.csv"), ".scan.jsonl").name
        'catalog.csv.scan.jsonl'
    """
    return out.with_name(out.name + suffix)


def journal_of(out: Path) -> Path:
    """Where an unfinished scan keeps what it has done."""
    return beside(out, ".scan.jsonl")


def scan_to(
    request: Request, out: Path, *, restart: bool = False, voting: Voting | None = None, tick: Tick = unwatched
) -> dict[str, Any]:
    """Scan recordings and write their catalog.

    Rows of unchanged files are taken from an unfinished scan of the same request, or from the catalog that is there,
    with everything that was filled in by hand.

    Args:
        request: what to scan.
        out: the catalog, CSV or Parquet by its suffix.
        restart: read everything anew.
        voting: labels by several people, in place of those found.
        tick: told of progress.

    Returns:
        What was found: see `summary_of`; `skipped_file` is the table of what was skipped, where the list is long.

    Raises:
        LockedError: when another scan writes this catalog.
        RequestError: when no recording could be read, or `out` is something else than a catalog.
    """
    refuse_out(out)
    votes = read_votes(voting.path) if voting else ()
    path, lock = journal_of(out), beside(out, ".scan.lock")
    with only_one(lock, f"a scan into {out.name}"):
        if restart:
            path.unlink(missing_ok=True)
        earlier = Earlier() if restart else earlier_of(out, request)
        own = [out, path, lock, beside(out, ".bak"), beside(out, ".skipped.csv"), *([voting.path] if voting else [])]
        with Journal(path, fingerprint(request)) as journal:
            scanned = scan_files(request, journal, earlier, own, tick)
        if not len(scanned.catalog):
            journal.remove()
            raise RequestError(nothing_found(request.path, scanned.catalog))
        catalog = scanned.catalog
        if voting:
            catalog = with_votes(catalog, votes, multilabel=voting.multilabel, clear_share=voting.clear_share)
        if out.exists() and (restart or scanned.n_changed or scanned.n_gone):
            shutil.copy2(out, beside(out, ".bak"))
        catalog.write(out)
        skipped_file = write_skipped(catalog, beside(out, ".skipped.csv"))
        journal.remove()
    found = summary_of(scanned._replace(catalog=catalog))
    return {"catalog": str(out), **found, "skipped_file": str(skipped_file) if skipped_file else None}


def scan_vectors_to(path: Place, columns: Mapping[str, str], out: Path) -> dict[str, Any]:
    """A table of sensor vectors as a catalog, one row per row; see `pipeline.catalog.scanning.vectors`.

    Args:
        path: the table.
        columns: which columns are no sensors, and what they say.
        out: the catalog, CSV or Parquet by its suffix.

    Returns:
        As `scan_to`.

    Raises:
        CatalogError, ReadError: for a table that is not there, or not one.
    """
    refuse_out(out)
    catalog = scan_vectors(path, columns)
    catalog.write(out)
    return {"catalog": str(out), **summary_of(Scanned(catalog, 1, 0)), "skipped_file": None}


def refuse_out(out: Path) -> None:
    """Nothing, for a name a catalog can have.

    Raises:
        RequestError: for a folder or a URL.
    """
    what = "a folder" if out.is_dir() else "a URL" if URL.match(str(out)) else None
    if what:
        raise RequestError(f"--out {out}: {what}, and a file on a disk is needed, such as catalog.csv")


def earlier_of(out: Path, request: Request) -> Earlier:
    """The rows of the catalog that is there.

    Raises:
        RequestError: when something else is there, which a scan must not overwrite.
    """
    if not out.exists():
        return Earlier()
    try:
        catalog = Catalog.read(out)
    except CatalogError as error:
        raise RequestError(f"{error}; give another --out, or --restart to replace {out.name}") from None
    return Earlier(catalog.rows, catalog.root, scanned_folder(request))


def scanned_folder(request: Request) -> Place:
    """Where the sources of a scan start."""
    from pipeline.catalog.corpora import manifest_of

    root = request.path
    if request.corpus is None:
        return root if is_folder(root) else folder_of(root)
    inside = joined(root, manifest_of(request.corpus).folder)
    return inside if is_folder(inside) else root


def fingerprint(request: Request) -> dict[str, Any]:
    """What a journal must share with a scan to be its own."""
    path, table = request.path, request.table
    return {
        "path": path if isinstance(path, str) else str(path.absolute()),
        "pattern": request.pattern,
        "table": hashlib.sha256(table.read_bytes()).hexdigest() if table and table.is_file() else None,
        "columns": dict(request.columns),
        "corpus": request.corpus,
        "with_hash": request.with_hash,
    }


def nothing_found(path: Place, catalog: Catalog) -> str:
    """Why there is no catalog, with the first reason of many."""
    if not catalog.skipped:
        return f"no recording under {path}: it holds no file; check the path"
    what, reason = catalog.skipped[0]
    count = len(catalog.skipped)
    more = f" (and {count - 1} other files were of no use)" if count > 1 else ""
    return f"no recording could be read under {path}: {what}: {reason}{more}"


def write_skipped(catalog: Catalog, path: Path) -> Path | None:
    """A table of what was skipped, where it is long; that of an earlier scan goes."""
    if len(catalog.skipped) <= MANY_SKIPPED:
        path.unlink(missing_ok=True)
        return None
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerows([("file", "reason"), *catalog.skipped])
    # A name that is not UTF-8 holds half characters.
    return write_text(path, text.getvalue().encode("utf-8", "backslashreplace").decode())
