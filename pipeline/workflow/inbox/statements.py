"""Statements: what a user says of the files of a batch, checked before it begins, and told from other statements."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.pattern import translated
from pipeline.catalog.scanning.walk import File
from pipeline.errors import RequestError
from pipeline.readers.places import Place, content_hash, joined, place_of
from pipeline.workflow.request.facts import checked_facts
from pipeline.workflow.request.signals import one_name, rows_by_place


@dataclass(frozen=True)
class Stated:
    """What is stated.

    Attributes:
        facts: of every file.
        catalog: that states facts of files.
        pattern: what their names say.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    catalog: Path | str | None = None
    pattern: str | None = None

    @classmethod
    def checked(cls, facts: Mapping[str, Any], catalog: Path | str | None, pattern: str | None) -> "Stated":
        """What can be true.

        Raises:
            RequestError: for a catalog and a pattern together, an unknown fact, or a pattern that is none.
            FactError: for an impossible fact.
        """
        if catalog and pattern:
            raise RequestError("a catalog or a pattern says what the files are, not both")
        translated(pattern or "")
        return cls(checked_facts(facts), catalog, pattern)

    def rows(self) -> dict[Place, list[Row]]:
        """What the catalog says of each file, by its `one_name`; nothing where there is none.

        Raises:
            CatalogError: when it cannot be read.
        """
        return rows_by_place(Catalog.read(self.catalog)) if self.catalog else {}

    def digest(self) -> str:
        """What tells one statement from another: a hash of the facts, the catalog's content and the pattern.

        Example:
            >>> Stated({"speed_rpm": 1797.0}).digest() == Stated({"speed_rpm": 1772.0}).digest()
            False
        """
        content = content_hash(place_of(self.catalog)) if self.catalog else None
        said = {key: repr(value) for key, value in self.facts.items()}
        return hashlib.sha256(json.dumps([said, content, self.pattern], sort_keys=True).encode()).hexdigest()


def unnamed(
    catalog: Path | str | None, rows: Mapping[Place, Any], note: Callable[[str], None]
) -> Callable[[Place, Sequence[File]], None]:
    """What notes that a catalog names none of an inbox's files: it is another one's, or its paths start elsewhere.

    Args:
        catalog: as the user named it; nothing is noted where there is none.
        rows: of it, by place.
        note: told the line.
    """

    def look(inbox: Place, files: Sequence[File]) -> None:
        if catalog and files and not any(one_name(joined(inbox, file.source)) in rows for file in files):
            note(f"{catalog} names no file of {inbox}, of {len(files)} there; its sources start at its own folder")

    return look
