"""Content: the SHA-256 of a signal's samples, which any copy of a data set satisfies, in whatever file it lies.

Redistributors pack recordings anew: MATLAB 5 becomes 7.3, CSV becomes CSV.GZ, and the hash of the file changes though
not one sample does. So what is hashed is the samples of a channel, as stored (no unit is converted, no mean removed),
as little-endian float64, one after the other. The manifest's `NAME_content.csv` beside it holds these for the
recordings that were at hand, one line per signal: `signal,n_samples,content_sha256`.
"""

import csv
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import CatalogError

COLUMNS = ("signal", "n_samples", "content_sha256")


def content_sha256(samples: npt.NDArray[Any]) -> str:
    """The SHA-256 of one channel's samples as little-endian float64.

    Args:
        samples: shape (time,), any numeric type, as stored in the file.

    Example:
        >>> content_sha256(np.array([1, 2], dtype="int16")) == content_sha256(np.array([1.0, 2.0], dtype=">f4"))
        True
    """
    return hashlib.sha256(np.ascontiguousarray(samples, dtype="<f8").tobytes()).hexdigest()


@cache
def known_contents(manifest: Path) -> Mapping[str, str]:
    """Signal -> hash of its samples, as shipped beside a manifest; empty where it has no such file.

    Raises:
        CatalogError: when the file is not of these columns.
    """
    path = manifest.with_name(f"{manifest.stem}_content.csv")
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogError(f"{path}: needs the columns {', '.join(COLUMNS)}, got {reader.fieldnames}")
        return {line["signal"]: line["content_sha256"] for line in reader}
