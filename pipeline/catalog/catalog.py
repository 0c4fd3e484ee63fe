"""Catalog: rows, one per signal, and the folder their sources start from."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pipeline.catalog.row import Row
from pipeline.catalog.table import read_rows, write_rows
from pipeline.errors import CatalogError, ReadError, RequestError
from pipeline.readers.places import Place, folder_of, local_copy, place_of, told_by_place

INFERRED = "inferred"
"""A rate that nobody states and somebody worked out; every output must say so."""


def inferred_rates(rows: Sequence[Row]) -> tuple[str, ...]:
    """A note for every rate that is inferred, not stated.

    Example:
        >>> inferred_rates([Row("a", "a.csv", rate_hz=4266.67, rate_from="inferred")])
        ('the rate of 4266.67 Hz is inferred, not stated by its publisher (1 signal)',)
    """
    rates = Counter(row.rate_hz for row in rows if row.rate_from == INFERRED and row.rate_hz is not None)
    return tuple(
        f"the rate of {rate_hz:g} Hz is inferred, not stated by its publisher ({count} signal{'s' * (count > 1)})"
        for rate_hz, count in rates.items()
    )


@dataclass(frozen=True)
class Catalog:
    """Signals, with what is known of each.

    Attributes:
        rows: one per signal; no two share an id.
        root: where relative sources start, a folder or a URL.
        corpus: name of the public data set, None for one's own.
        notes: what a reader of any result must know (inferred rates, what was left out).
        skipped: (path, reason) of files that gave no row.

    Raises:
        CatalogError: when two rows share an id.

    Example:
        >>> catalog = Catalog((Row("a", "a.wav", labels=("healthy",)), Row("b", "b.wav", labels=("ball",))), Path())
        >>> len(catalog), catalog.labels, [row.signal for row in catalog.where(lambda row: "ball" in row.labels)]
        (2, ('ball', 'healthy'), ['b'])
    """

    rows: tuple[Row, ...]
    root: Place
    corpus: str | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        twice = [signal for signal, count in Counter(row.signal for row in self.rows).items() if count > 1]
        if twice:
            raise CatalogError(f"signal '{twice[0]}' is there more than once; every row needs an id of its own")

    @classmethod
    def read(cls, path: Place) -> "Catalog":
        """A catalog from its CSV or Parquet; see `pipeline.catalog.table` for the columns.

        Raises:
            CatalogError: for a missing file, an unknown column, or a cell that cannot be read.
        """
        place = place_of(path)
        try:
            local = local_copy(place)
        except ReadError as error:
            raise CatalogError(str(error)) from None
        with told_by_place(place, local):
            rows = read_rows(local)
        return cls(rows, folder_of(place), notes=inferred_rates(rows))

    def write(self, path: Path | str) -> None:
        """Write what `read` reads; sources below its folder become relative to it, others absolute."""
        place = place_of(path)
        if isinstance(place, str):
            raise RequestError(f"{place}: a catalog is written to a disk; name a file here and copy it there")
        write_rows(self.rows, self.root, place)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def where(self, predicate: Callable[[Row], bool]) -> Self:
        """The rows a predicate keeps."""
        return replace(self, rows=tuple(row for row in self.rows if predicate(row)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label, sorted."""
        return tuple(sorted({label for row in self.rows for label in row.labels}))

    def __getitem__(self, signal: str) -> Row:
        for row in self.rows:
            if row.signal == signal:
                return row
        raise CatalogError(f"no signal '{signal}' among the {len(self.rows)} of this catalog")
