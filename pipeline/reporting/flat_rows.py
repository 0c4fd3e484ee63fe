"""Flat rows: diagnoses as CSV or Parquet, a column per figure, for whoever goes on with them elsewhere."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.signals.levels.envelope_lines import LINES
from pipeline.signals.levels.octave_bands import NAMES
from pipeline.whole_file import write_whole

TEXTS = (
    "machine", "point", "channel", "site", "inbox", "source", "model", "measured_at", "measured_from", "diagnosed_at",
    "verdict", "labels", "reason", "unit",
)  # fmt: skip
FIGURES = ("rms", "peak", "kurtosis", "crest", "outside_p")
BANDS = {f"band_{name}": name for name in NAMES}
LEVELS = (*FIGURES, *BANDS, *(f"line_{name}{suffix}" for name in LINES for suffix in ("", "_db")))
AT_ONCE = 10_000

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run, were it the first letter of a cell."""


def write_csv(path: Path, rows: Iterable[Diagnosed], labels: Sequence[str]) -> None:
    """Write diagnoses as CSV in UTF-8.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; JSON and Parquet have it as it is.

    Args:
        path: the file; replaced whole.
        rows: diagnoses.
        labels: a column `p_...` for each.

    Raises:
        RequestError: when it cannot be written.
    """
    columns = ["id", *TEXTS, *LEVELS, *(f"p_{label}" for label in labels)]
    told = chain([columns], (_told(_flat(row, labels), columns) for row in rows))
    write_whole(path, (_line(cells) for cells in told))


def write_parquet(path: Path, rows: Iterable[Diagnosed], labels: Sequence[str]) -> None:
    """Write diagnoses as Parquet: times as timestamps in UTC, labels as lists.

    Args:
        path: the file; replaced whole.
        rows: diagnoses.
        labels: a column `p_...` for each.

    Raises:
        RequestError: when it cannot be written.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    moment, text, number = pa.timestamp("us", "UTC"), pa.string(), pa.float64()
    own = {"measured_at": moment, "diagnosed_at": moment, "labels": pa.list_(text)}
    figures = (*LEVELS, *(f"p_{label}" for label in labels))
    schema = pa.schema(
        [("id", pa.int64()), *((name, own.get(name, text)) for name in TEXTS), *((name, number) for name in figures)]
    )
    with TemporaryFile() as file:
        with ParquetWriter(file, schema) as writer:
            waiting = iter(rows)
            while some := list(islice(waiting, AT_ONCE)):
                writer.write_table(pa.Table.from_pylist([_storable(_flat(row, labels)) for row in some], schema))
        file.seek(0)
        write_whole(path, _pieces(file))


def _flat(row: Diagnosed, labels: Sequence[str]) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("id", *TEXTS, *FIGURES)}
    bands, lines = row.bands or {}, row.envelope_lines or {}
    own |= {column: bands.get(name) for column, name in BANDS.items()}
    for name in LINES:
        line = lines.get(name, {})
        own |= {f"line_{name}": line.get("amplitude"), f"line_{name}_db": line.get("over_db")}
    return own | {f"p_{label}": row.probabilities.get(label) for label in labels}


def _told(flat: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    return [_cell(flat[name]) for name in columns]


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return _cell(";".join(value))
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _storable(flat: dict[str, Any]) -> dict[str, Any]:
    """Names that are no text as codes: Parquet keeps nothing but text."""
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in flat.items()
    }


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(1 << 20):
        yield piece
