"""Writing: a recording as a CSV, with what it states in comment lines above."""

import csv
import io
from collections.abc import Iterator

import numpy as np

from pipeline.readers.tables.unit_in_name import unit_of
from pipeline.signals.recording import Recording

WRITTEN_ROWS = 1 << 15


def written(recording: Recording) -> Iterator[bytes]:
    """The lines of a CSV, some thousands at a time."""
    import pyarrow
    from pyarrow import csv as arrow

    yield head(recording).encode()
    options = arrow.WriteOptions(include_header=False)
    names = [str(k) for k in range(len(recording.channels))]
    for first in range(0, recording.n_samples, WRITTEN_ROWS):
        rows = recording.samples[:, first : first + WRITTEN_ROWS].astype(np.float64)
        sink = io.BytesIO()
        arrow.write_csv(pyarrow.table(dict(zip(names, rows, strict=True))), sink, options)
        yield sink.getvalue()


def head(recording: Recording) -> str:
    """What stands above the numbers: facts in comment lines, names, and units where a name does not tell its own.

    Example:
        >>> print(head(Recording(np.zeros((2, 64)), ("DE", "FE [g]"), 12000.0, ("g", "g"))), end="")
        # rate_hz: 12000.0
        DE,FE [g]
        [g],[g]
    """
    facts = {"rate_hz": recording.rate_hz} | {word: recording.facts.get(word) for word in ("speed_rpm", "load")}
    text = io.StringIO()
    for word, fact in facts.items():
        if isinstance(fact, int | float):
            text.write(f"# {word}: {float(fact)!r}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(recording.channels)
    if any(unit_of(name) != unit for name, unit in zip(recording.channels, recording.units, strict=True)):
        rows.writerow([f"[{unit or ''}]" for unit in recording.units])
    return text.getvalue()
