"""Sides: what a split is, once it is made."""

import csv
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.row import Row
from pipeline.readers.places import Place

SAME_PART = "same part"
LEAKY = "leaky"


@dataclass(frozen=True)
class Split:
    """Which signals train, which test, and which are left out.

    Attributes:
        train, test: signals or parts of signals; parts of one keep its id.
        unused: what takes no part (unlabelled signals, and what a protocol leaves out).
        protocol: how it was made, in one line.
        stamps: "same part" where one part is on both sides, "leaky" for random parts.
        root: where relative sources start.
    """

    train: tuple[Row, ...]
    test: tuple[Row, ...]
    unused: tuple[Row, ...] = ()
    protocol: str = ""
    stamps: tuple[str, ...] = ()
    root: Place = Path()

    @property
    def sides(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """Each side with its name."""
        return ("train", self.train), ("test", self.test), ("unused", self.unused)


def write_split(made: Split, path: Path) -> None:
    """Write `split.csv`: one line per signal or part, with its side and what the split is stamped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("signal", "specimen", "labels", "side", "start", "stop", "stamps"))
        for side, rows in made.sides:
            for row in rows:
                stop = row.stop if row.stop is not None else row.n_samples
                told = (row.signal, row.specimen, "|".join(row.labels), side, row.start, "" if stop is None else stop)
                table.writerow((*told, "|".join(made.stamps)))
