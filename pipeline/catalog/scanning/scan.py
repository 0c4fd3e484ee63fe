"""Scan: a folder of recordings as a catalog, one row per channel, from headers alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.corpora import load_corpus, manifest_of
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.earlier import Earlier
from pipeline.catalog.scanning.journal import Journal
from pipeline.catalog.scanning.rows import rows_again, rows_of
from pipeline.catalog.scanning.told import ByLines, ByName, Teller, lines_of
from pipeline.catalog.scanning.user_table import read_user_table
from pipeline.catalog.scanning.walk import File, Listing, files_below, recordings
from pipeline.errors import CatalogError, FactError, FaultprintError, RequestError
from pipeline.progress import Tick, unwatched
from pipeline.readers.base import few
from pipeline.readers.places import Place, folder_of, is_folder, joined, place_of

__all__ = ["Request", "Scanned", "recordings", "scan", "scan_files"]

EVERY = 50
"""So many files are read between two ticks."""


@dataclass(frozen=True)
class Request:
    """What is to be scanned, and who says what the files are.

    Attributes:
        path: a folder, or a single file; or the URL of one.
        pattern: what file names say.
        table, columns: what a table says, and their names of our columns.
        corpus: name of the public data set it is.
        with_hash: whether each file is read whole, for its SHA-256.

    Raises:
        RequestError: when two of pattern, table and corpus speak.
    """

    path: Place
    pattern: str | None = None
    table: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    corpus: str | None = None
    with_hash: bool = False

    def __post_init__(self) -> None:
        given = [name for name in ("pattern", "table", "corpus") if getattr(self, name)]
        if len(given) > 1:
            raise RequestError(f"a scan takes one of pattern, table, corpus, got {' and '.join(given)}")
        if self.columns and not self.table:
            raise RequestError("--column maps the columns of a table; give --table too")


class Scanned(NamedTuple):
    """A catalog, and how it came about: files found, known from before, changed, and gone since an earlier scan."""

    catalog: Catalog
    n_files: int
    n_known: int
    n_changed: int = 0
    n_gone: int = 0


def scan(
    path: Place,
    pattern: str | None = None,
    *,
    table: Path | str | None = None,
    columns: Mapping[str, str] | None = None,
    corpus: str | None = None,
    with_hash: bool = False,
    tick: Tick = unwatched,
) -> Catalog:
    """Every channel of every recording below a folder, as a row.

    A file says its rate, speed and unit. Who says what it is: the first folder below `path` (`inner_race+ball` are
    two labels) and the pattern for its name, which wins; or a table; or the manifest of a corpus. A side file
    FILE.yaml wins over all.

    Args:
        path: a folder, or a single file; or the URL of one.
        pattern: such as `{label}_{rpm:d}.mat`; files whose name does not fit are skipped.
        table: CSV with a line per file or per signal; files without a line are skipped.
        columns: the table's name of a column -> ours, where they differ.
        corpus: name of a public data set; `path` is its folder, or the folder above.
        with_hash: also the SHA-256 of every file, which reads it whole.
        tick: told how many files are read.

    Returns:
        A catalog with its root at the folder; `skipped` has the path and reason of every file that gave no row.

    Raises:
        CatalogError: when there is no such path, or the pattern or table cannot be followed.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "outer_race" / "pump-7.csv"
        ...     path.parent.mkdir()
        ...     _ = path.write_text("time_s,DE\\n" + "".join(f"{k / 1000},{k % 7}\\n" for k in range(2000)))
        ...     (row,) = scan(folder).rows
        >>> row.source, row.channel, row.labels, row.rate_hz
        ('outer_race/pump-7.csv', 'DE', ('outer_race',), 1000.0)
    """
    request = Request(place_of(path), pattern, Path(table) if table else None, columns or {}, corpus, with_hash)
    return scan_files(request, tick=tick).catalog


def scan_files(
    request: Request,
    journal: Journal | None = None,
    earlier: Earlier | None = None,
    leave_out: Collection[Path] = (),
    tick: Tick = unwatched,
) -> Scanned:
    """`scan`, with a memory of what was read before.

    Args:
        request: what to scan.
        journal: of an unfinished scan with the same request; told of every file that is finished.
        earlier: rows of a finished catalog.
        leave_out: files below the folder that are no recordings, such as the catalog being written.
        tick: told how many files are read.
    """
    corpus = _corpus(request)
    root: Place = corpus[1] if corpus else request.path
    listing = files_below(root, [*leave_out, *([request.table] if request.table else [])], tick)
    root = root if is_folder(root) else folder_of(root)
    teller, notes = _teller(request, listing, corpus[0] if corpus else None)
    work = _Work(root, teller, request.with_hash, journal, earlier or Earlier())
    for place, file in enumerate(listing.files):
        if place % EVERY == 0:
            tick("reading headers", place, len(listing.files))
        work.take(file)
    tick("reading headers", len(listing.files), len(listing.files))
    skipped = sorted([*listing.skipped, *teller.not_found(), *work.skipped])
    rows = tuple(work.rows)
    catalog = Catalog(
        rows, root, request.corpus, (*inferred_rates(rows), *notes, *listing.notes), skipped=tuple(skipped)
    )
    return Scanned(catalog, len(listing.files), work.n_known, work.earlier.n_changed, work.earlier.n_left)


def _corpus(request: Request) -> tuple[Catalog, Place] | None:
    """The rows of the corpus that is scanned, and the folder of its files.

    The user may name the corpus's own folder, or the one above.
    """
    if request.corpus is None:
        return None
    if isinstance(request.path, str):
        raise RequestError(f"{request.path}: a corpus is looked for on a disk; copy it here first")
    folder = manifest_of(request.corpus).folder
    inside = request.path.absolute().name == folder and not (request.path / folder).is_dir()
    root = request.path.absolute().parent if inside else request.path
    return load_corpus(request.corpus, root), root / folder


def _teller(request: Request, listing: Listing, corpus: Catalog | None) -> tuple[Teller, tuple[str, ...]]:
    """Who says what the files are, and what a reader of the result must know of that."""
    sources = [file.source for file in listing.files]
    if corpus is not None:
        name = f"the manifest of {request.corpus}"
        folder = manifest_of(request.corpus or "").folder
        return ByLines(lines_of(corpus.rows, name, folder), sources, name), corpus.notes
    if request.table is None:
        return ByName(request.pattern).checked(), ()
    found = read_user_table(request.table, request.columns)
    unused = f"{request.table}: nothing was made of the columns {few(found.unused)}; map one with --column THEIRS=OURS"
    return ByLines(found.lines, sources, request.table.name), (unused,) if found.unused else ()


class _Work:
    """Takes file after file; what a file cannot give is told, never raised."""

    def __init__(self, root: Place, teller: Teller, with_hash: bool, journal: Journal | None, earlier: Earlier) -> None:
        self.rows: list[Row] = []
        self.skipped: list[tuple[str, str]] = []
        self.n_known = 0
        self.earlier = earlier
        self._root, self._teller, self._with_hash, self._journal = root, teller, with_hash, journal
        self._ids: set[str] = set()

    def take(self, file: File) -> None:
        """One more file."""
        try:
            rows = self._known(file)
            self.n_known += rows is not None
            if rows is None:
                rows = rows_of(
                    file, joined(self._root, file.source), self._teller.told_of(file.source), self._with_hash
                )
                if self._journal is not None:
                    self._journal.finished(file, rows)
            self._keep(self.earlier.filled(file, rows))
        except (FaultprintError, OSError) as error:
            self.skipped.append((file.source, str(error)))
        except Exception as error:  # a fault of one reader must not end a scan of a hundred thousand files
            said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            self.skipped.append((file.source, f"its reader failed ({said}); please report it"))

    def _known(self, file: File) -> list[Row] | None:
        """Its rows, where they are known from an unfinished or a finished scan."""
        rows = self._journal.recall(file) if self._journal is not None else None
        known = self.earlier.recall(file, self._with_hash)
        if rows is not None or known is None:
            return rows
        try:
            told = self._teller.told_of(file.source, again=True)
            return rows_again(file, joined(self._root, file.source), known, told)
        except FactError:  # a channel is told of that the earlier catalog had left out
            return None

    def _keep(self, rows: list[Row]) -> None:
        taken = [row.signal for row in rows if row.signal in self._ids]
        if taken:
            raise CatalogError(f"{rows[0].source}: another file has a signal '{taken[0]}'; give it an id of its own")
        self._ids.update(row.signal for row in rows)
        self.rows += rows
