"""Owners: the machine, point and site of a file, as catalog, name, side file and folder say; none of it is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipeline.batch.answer import Owner
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.told import ByName
from pipeline.errors import CatalogError
from pipeline.readers.places import Place
from pipeline.workflow.request.owners import silent_side_file
from pipeline.workflow.request.signals import one_name


@dataclass(frozen=True)
class Whose:
    """Whose files are that cannot be read at all, such as empty ones.

    Attributes:
        rows: of a catalog, by the file's place.
        pattern: what names say.
    """

    rows: Mapping[Place, Sequence[Row]]
    pattern: str | None

    def __call__(self, place: Place, source: str) -> Owner:
        """What can be told without reading the file; nothing of one that does not fit the pattern.

        Args:
            place: of the file.
            source: its path below the inbox.
        """
        try:
            rows = self.rows.get(one_name(place)) or [named(place, source, self.pattern)]
        except (CatalogError, OSError):
            return Owner()
        owners = [owner_of(place, source, row) for row in rows]
        return Owner(*map(_agreed, zip(*owners, strict=True)))


def owner_of(place: Place, source: str, row: Row) -> Owner:
    """Whose a signal is: as its row says, else its side file, else the folder it lies in.

    Args:
        place: of the file.
        source: its path below the inbox.
        row: what a catalog or its name says of it.
    """
    side = silent_side_file(place)
    machine = row.machine or side.machine or machine_of(source)
    return Owner(machine, row.point or side.point or "", str(row.condition.get("site", "")))


def named(place: Place, source: str, pattern: str | None) -> Row:
    """What the name of a file says of it.

    Raises:
        CatalogError: when it does not fit the pattern.

    Example:
        >>> named("s3://in/pump 7/DE.wav", "pump 7/DE.wav", "{machine}/{point}.wav").machine
        'pump 7'
    """
    told = ByName(pattern).told_of(source, again=True)[0] if pattern else {}
    return Row(str(place), str(place), **told)


def machine_of(source: str) -> str:
    """The folder that a file lies in, below the inbox: its machine, where nobody says another.

    Example:
        >>> machine_of("hall 2/pump 7/a.wav"), machine_of("a.wav")
        ('hall 2/pump 7', '')
    """
    folder = PurePosixPath(source).parent
    return "" if folder == PurePosixPath() else str(folder)


def _agreed(told: Iterable[str]) -> str:
    """What all rows of a file say; nothing where they differ."""
    values = set(told)
    return values.pop() if len(values) == 1 else ""
