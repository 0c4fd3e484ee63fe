"""Reading job: one way of reading one file, in a process of its own, so that its peak memory is its own.

    python benchmarks/reading_job.py "ours blocks" pump.csv short.csv

A short file of the same kind is read first, so that no import is timed. Prints one JSON line: seconds, samples seen,
memory before and at its peak in bytes.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from peaks import peak_of

PIECE = 1 << 16


def ours_header(path: Path) -> int:
    """Our header."""
    from pipeline.readers.choose import find_reader

    return find_reader(path).header(path).channels[0].n_samples


def ours_blocks(path: Path) -> int:
    """Our reader, piece by piece; names come from the reader's first lines or catalogue, through `header`."""
    from pipeline.readers.choose import find_reader

    return sum(piece.shape[1] for piece in find_reader(path).blocks(path, ["a", "b"], PIECE))


def ours_read(path: Path) -> int:
    """Our reader, all of it at once."""
    from pipeline.readers.choose import find_reader

    return find_reader(path).read(path).n_samples


def pandas_whole(path: Path) -> int:
    """`pandas.read_csv`, all of it at once."""
    import pandas

    return len(pandas.read_csv(path, engine="c", **dialect(path)))


def pandas_chunks(path: Path) -> int:
    """`pandas.read_csv`, chunk by chunk, made into arrays."""
    import pandas

    with pandas.read_csv(path, engine="c", chunksize=PIECE, **dialect(path)) as chunks:
        return sum(chunk[["a", "b"]].to_numpy().shape[0] for chunk in chunks)


def dialect(path: Path) -> dict[str, str]:
    """What pandas must be told of a file with semicolons."""
    return {"sep": ";", "decimal": ","} if "semicolon" in path.name else {}


def h5py_whole(path: Path) -> int:
    """Both datasets at once."""
    import h5py
    import numpy as np

    with h5py.File(path, "r") as file:
        return int(np.stack([file["a"][:], file["b"][:]]).shape[1])


def h5py_slices(path: Path) -> int:
    """Both datasets in slices."""
    import h5py
    import numpy as np

    with h5py.File(path, "r") as file:
        n_samples = len(file["a"])
        bounds = ((first, min(first + PIECE, n_samples)) for first in range(0, n_samples, PIECE))
        return sum(np.stack([file["a"][a:b], file["b"][a:b]]).shape[1] for a, b in bounds)


WAYS: dict[str, Callable[[Path], int]] = {
    "ours header": ours_header,
    "ours blocks": ours_blocks,
    "ours read": ours_read,
    "pandas.read_csv": pandas_whole,
    "pandas.read_csv chunks": pandas_chunks,
    "h5py": h5py_whole,
    "h5py slices": h5py_slices,
}


def main() -> None:
    """Run the job and tell."""
    way, path, short = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    WAYS[way](short)
    before = peak_of()
    started = time.perf_counter()
    n_samples = WAYS[way](path)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "n_samples": n_samples, "before": before, "peak": peak_of()}))


if __name__ == "__main__":
    main()
