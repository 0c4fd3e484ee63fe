"""Long files, made fast: a block of text or samples written again and again."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

BLOCK_ROWS = 1 << 20
DIGITS = 4
HDF5_ROWS = 1 << 16


def noise(n_samples: int, n_channels: int = 2) -> np.ndarray:
    """What is written, again and again; shape (time, channel), rounded as a logger prints it."""
    return np.round(np.random.default_rng(0).standard_normal((n_samples, n_channels)), DIGITS)


def rows_of(values: np.ndarray, delimiter: str = ",", decimal: str = ".") -> bytes:
    """Rows of a table as text."""
    import io

    text = io.StringIO()
    np.savetxt(text, values, fmt=f"%.{DIGITS}f", delimiter=delimiter)
    return text.getvalue().replace(".", decimal).encode()


def write_csv(
    path: Path, n_bytes: int, delimiter: str = ",", decimal: str = ".", names: Sequence[str] = ("a", "b")
) -> Path:
    """A table of two columns of about so many bytes."""
    block = rows_of(noise(min(BLOCK_ROWS, max(1000, n_bytes // 20))), delimiter, decimal)
    with path.open("wb") as file:
        file.write((delimiter.join(names) + "\n").encode())
        for _ in range(max(1, round(n_bytes / len(block)))):
            file.write(block)
    return path


def write_csv_rows(path: Path, n_rows: int) -> Path:
    """A table of two columns of exactly so many rows."""
    values = noise(min(BLOCK_ROWS, n_rows))
    block = rows_of(values)
    n_whole, n_left = divmod(n_rows, len(values))
    with path.open("wb") as file:
        file.write(b"a,b\n")
        for _ in range(n_whole):
            file.write(block)
        file.write(rows_of(values[:n_left]) if n_left else b"")
    return path


def write_timed_csv(path: Path, n_bytes: int, rate_hz: float = 51200.0) -> Path:
    """A table with a time column, whose every row is new, of about so many bytes; formatted by pyarrow."""
    import pyarrow
    from pyarrow import csv

    values = noise(BLOCK_ROWS).T
    first = 0
    with path.open("wb") as file:
        file.write(b"time (s),a,b\n")
        while file.tell() < n_bytes:
            times = np.round(np.arange(first, first + BLOCK_ROWS) / rate_hz, 9)
            table = pyarrow.table({"time": times, "a": values[0], "b": values[1]})
            csv.write_csv(
                table.slice(0, max(1000, min(BLOCK_ROWS, n_bytes // 20))), file, csv.WriteOptions(include_header=False)
            )
            first += BLOCK_ROWS
    return path


def write_hdf5(path: Path, n_samples: int, rate_hz: float | None = None) -> Path:
    """Two float32 datasets in chunks, as loggers write them."""
    import h5py

    values = noise(min(BLOCK_ROWS, n_samples)).T.astype(np.float32)
    with h5py.File(path, "w") as file:
        if rate_hz:
            file.attrs["rate_hz"] = rate_hz
        for name, row in zip(("a", "b"), values, strict=True):
            dataset = file.create_dataset(name, (n_samples,), "f4", chunks=(min(HDF5_ROWS, n_samples),))
            for first in range(0, n_samples, row.size):
                dataset[first : first + row.size] = row[: n_samples - first]
    return path


def write_wav(path: Path, n_samples: int, rate_hz: int) -> Path:
    """Two channels of 16 bits."""
    import wave

    counts = (noise(min(BLOCK_ROWS, n_samples)) * 4000).clip(-32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        for first in range(0, n_samples, len(counts)):
            file.writeframes(counts[: n_samples - first].tobytes())
    return path
