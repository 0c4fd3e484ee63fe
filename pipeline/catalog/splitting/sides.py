"""Sides: what a split is, once it is made."""

import csv
from collections.abc import Iterator
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


def one_sided(made: Split) -> Iterator[str]:
    """A note for every label that one side of a split has and the other has not; none where nothing tests.

    Example:
        >>> ball, cage = Row("a", "a.wav", labels=("ball",)), Row("b", "b.wav", labels=("cage",))
        >>> list(one_sided(Split(train=(ball, cage), test=(ball,))))
        ['no signal that tests is cage, so no figure will say how well it is told; add another specimen of it']
    """
    taught, tested = ({label for row in side for label in row.labels} for side in (made.train, made.test))
    for label in sorted(taught - tested) if made.test else ():
        yield f"no signal that tests is {label}, so no figure will say how well it is told; add another specimen of it"
    for label in sorted(tested - taught):
        yield f"no signal that trains is {label}, so those that test are in no figure; split otherwise"


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
