"""Table: a catalog on disk, one line per signal: CSV, which a spreadsheet or an editor can mend, or Parquet.

The suffix says which. Both hold the same rows; see `pipeline.catalog.cells` for the columns.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from pipeline.catalog.cells import CellReader, cells_of, check_columns
from pipeline.catalog.parquet import columns_of, parquet_bytes, read_parquet
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError
from pipeline.readers.places import Place, joined
from pipeline.whole_file import write_whole

PARQUET = (".parquet", ".pq")
BATCH = 4096


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a catalog.

    Args:
        path: Parquet by its suffix, otherwise CSV with "," or ";" between its cells.

    Raises:
        CatalogError: for a missing file, an unknown column (with the nearest), or a cell that cannot be read.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise CatalogError(f"{path}: a catalog is a file, this is a pipe or a device; write it to a file first")
    return tuple(read_parquet(path) if path.suffix.lower() in PARQUET else read_csv(path))


def read_csv(path: Path) -> Iterator[Row]:
    """The rows of a catalog in CSV, line by line.

    Raises:
        CatalogError: as `read_rows`.
    """
    reader = CellReader()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file, delimiter=delimiter_of(file))
            columns = next(table, [])
            check_columns(columns, str(path))
            for line in table:
                place = f"{path}:{table.line_num}"
                if line and len(line) != len(columns):
                    raise CatalogError(f"{place}: has another number of cells than the first line")
                if line:
                    yield reader.row_of(dict(zip(columns, line, strict=True)), place)
    except FileNotFoundError:
        raise CatalogError(
            f"{path}: there is no such catalog; faultprint scan FOLDER --out CATALOG writes one"
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogError(f"{path}: cannot be read as a catalog (CSV in UTF-8): {error}") from None


def delimiter_of(file: IO[str]) -> str:
    """What stands between the cells of an opened CSV, by its first line; the file is wound back.

    Example:
        >>> delimiter_of(io.StringIO("source;labels")), delimiter_of(io.StringIO("source,labels"))
        (';', ',')
    """
    first = file.readline()
    file.seek(0)
    return next((sign for sign in (",", ";", "\t") if sign in first), ",")


def write_rows(rows: Iterable[Row], root: Place, path: Path) -> None:
    """Write a catalog, whole or not at all.

    Args:
        rows: what to write.
        root: where their relative sources start.
        path: Parquet by its suffix, otherwise CSV; its folder is made if missing.

    Raises:
        RequestError: when it cannot be written.
        CatalogError: when a source is not UTF-8.
    """
    rows = tuple(rows)
    sources = sources_from(rows, root, path.parent)
    try:
        as_parquet = path.suffix.lower() in PARQUET
        write_whole(path, [parquet_bytes(rows, sources)] if as_parquet else csv_parts(rows, sources))
    except UnicodeEncodeError:
        raise CatalogError(
            f"{path}: the way to the recordings has a name that is not UTF-8, which a catalog is; rename that folder, "
            "or write the catalog into it"
        ) from None


def csv_parts(rows: Sequence[Row], sources: Iterator[str]) -> Iterator[bytes]:
    """A catalog as the bytes of a CSV, piece by piece."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, columns_of(rows), restval="", lineterminator="\n")
    table.writeheader()
    for place, (row, source) in enumerate(zip(rows, sources, strict=True), start=1):
        table.writerow(cells_of(row, source))
        if place % BATCH == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def sources_from(rows: Iterable[Row], root: Place, folder: Path) -> Iterator[str]:
    """Sources as the table in `folder` writes them: relative to it where they lie below, otherwise absolute or a URL.

    Example:
        >>> rows = [Row("a", "a.wav"), Row("b", "s3://bucket/b.wav")]
        >>> list(sources_from(rows, Path("/data/rig"), Path("/data")))
        ['rig/a.wav', 's3://bucket/b.wav']
    """
    start = None if isinstance(root, str) else f"{root.absolute().as_posix().rstrip('/')}/"
    here = f"{folder.absolute().as_posix().rstrip('/')}/"
    for row in rows:
        # A path for each of a hundred thousand rows would take longer than all the rest.
        plain = start is not None and row.source[0] not in "./\\" and ":" not in row.source
        place = f"{start}{row.source}" if plain else joined(root, row.source)
        written = place if isinstance(place, str) else place.absolute().as_posix()
        yield written.removeprefix(here)
