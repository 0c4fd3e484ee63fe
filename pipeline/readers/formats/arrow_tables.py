"""Tables that Arrow opens, Parquet and Feather alike: rows of some columns, batch by batch, without the rest.

Source: Apache Arrow, Columnar format (IPC file format, `ARROW1`); Apache Parquet, File format (`PAR1`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.base import damage_told, first_bytes

if TYPE_CHECKING:
    import pyarrow

PARQUET, IPC, FEATHER_1 = b"PAR1", b"ARROW1\x00\x00", b"FEA1"
BATCH_ROWS = 65536


class Table(ABC):
    """A stored table.

    Attributes:
        schema: of its columns, with what is said of each.
        n_rows: how many rows it has.
    """

    schema: "pyarrow.Schema"
    n_rows: int

    @abstractmethod
    def batches(self, columns: Sequence[int], start: int = 0) -> Iterator[tuple[int, "pyarrow.RecordBatch"]]:
        """Batches of some columns, in rising order, each with the number of its first row; those before `start` not."""


class ParquetTable(Table):
    """Parquet: row groups are skipped unread, and within one a column is unpacked page by page."""

    def __init__(self, path: Path) -> None:
        from pyarrow import parquet

        self.file = parquet.ParquetFile(path, memory_map=True, pre_buffer=False, page_checksum_verification=True)
        self.schema = self.file.schema_arrow
        groups = [self.file.metadata.row_group(k) for k in range(self.file.metadata.num_row_groups)]
        self.sizes = [group.num_rows for group in groups]
        self.n_rows = sum(self.sizes)
        n_leaves = [leaves_in(field.type) for field in self.schema]
        self.places = [range(sum(n_leaves[:k]), sum(n_leaves[: k + 1])) for k in range(len(n_leaves))]

    def batches(self, columns: Sequence[int], start: int = 0) -> Iterator[tuple[int, "pyarrow.RecordBatch"]]:
        """See `Table.batches`."""
        # By place, because `columns=` takes names, and those may repeat or contain the dot that it splits at.
        leaves = [place for column in columns for place in self.places[column]]
        first = 0
        for group, size in enumerate(self.sizes):
            if first + size > start:
                at = first
                for batch in self.file.reader.iter_batches(BATCH_ROWS, [group], leaves, use_threads=False):
                    yield at, batch
                    at += batch.num_rows
            first += size


class IpcTable(Table):
    """Arrow IPC files, which are Feather of the second version, packed or not; batches are mapped or unpacked whole."""

    def __init__(self, path: Path) -> None:
        from pyarrow import ipc, memory_map

        self.source = memory_map(str(path))
        whole = ipc.open_file(self.source)
        self.schema = whole.schema
        self.n_rows = whole.count_rows()

    def batches(self, columns: Sequence[int], start: int = 0) -> Iterator[tuple[int, "pyarrow.RecordBatch"]]:
        """See `Table.batches`."""
        from pyarrow import ipc

        options = ipc.IpcReadOptions(included_fields=list(columns), use_threads=False)
        reader = ipc.open_file(self.source, options=options)
        first = 0
        for k in range(reader.num_record_batches):
            batch = reader.get_batch(k)
            if first + batch.num_rows > start:
                batch.validate(full=True)  # a damaged length would be followed out of the file
                yield first, batch
            first += batch.num_rows


def leaves_in(kind: "pyarrow.DataType") -> int:
    """How many columns of Parquet a column of this type takes.

    Example:
        >>> import pyarrow
        >>> leaves_in(pyarrow.float64()), leaves_in(pyarrow.struct({"a": pyarrow.int8(), "b": pyarrow.int8()}))
        (1, 2)
    """
    return sum(leaves_in(kind.field(k).type) for k in range(kind.num_fields)) if kind.num_fields else 1


def is_table(path: Path) -> bool:
    """Whether the first bytes are those of Parquet or Feather."""
    return first_bytes(path, len(IPC)).startswith((PARQUET, IPC, FEATHER_1))


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The table of a file, as long as this lasts.

    Raises:
        ReadError: for a damaged file, or one of another format.
    """
    start = first_bytes(path, len(IPC))
    with damage_told(path, "Parquet" if start.startswith(PARQUET) else "Feather"):
        if start.startswith(FEATHER_1):
            raise ReadError(
                f"{path}: Feather of the first version, which pyarrow gives up; write it anew: "
                "pandas.read_feather(old).to_feather(new)"
            )
        if not start.startswith((PARQUET, IPC)):
            raise ReadError(f"{path}: neither Parquet nor Feather, it does not begin as one; leave --reader out")
        table: Any = ParquetTable(path) if start.startswith(PARQUET) else IpcTable(path)
        yield table
