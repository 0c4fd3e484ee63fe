"""Folder: which files of a corpus are there; each folder is listed once, however many files are asked for."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path, PurePosixPath


class Folder:
    """The data folder, asked for files by name.

    Args:
        root: the data folder.

    Example:
        >>> Folder(Path("/nowhere")).found(["cwru/105.mat", "cwru/12k/105.mat"]) is None
        True
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = cache(self._listed)

    def found(self, sources: Iterable[str]) -> str | None:
        """The first of some places of a file, relative to the data folder, where it is; None where it is nowhere."""
        return next((source for source in sources if self.holds(source)), None)

    def holds(self, source: str) -> bool:
        """Whether a file is there."""
        parent, _, name = source.rpartition("/")
        return name in self._names(parent)

    def _listed(self, parent: str) -> frozenset[str]:
        try:
            with os.scandir(self._root / PurePosixPath(parent)) as entries:
                return frozenset(entry.name for entry in entries if entry.is_file())
        except OSError:
            return frozenset()
