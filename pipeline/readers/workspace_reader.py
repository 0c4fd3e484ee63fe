"""Workspace reader: a format whose files are arrays by name, sliced where they lie."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from pipeline.readers.base import Header, Reader
from pipeline.readers.workspace import Leaf, workspace_blocks, workspace_header, workspace_recording
from pipeline.signals.recording import Recording, Samples


class WorkspaceReader(Reader):
    """What such formats share: once a file is open, its leaves say the rest."""

    @abstractmethod
    def opened(self, path: Path) -> AbstractContextManager[list[Leaf]]:
        """Everything in a file, its arrays as anything that loads on slicing as long as this lasts.

        Raises:
            ReadError: for a file that is damaged, or of another format.
        """

    def header(self, path: Path) -> Header:
        """Channels and facts; samples stay on disk."""
        with self.opened(path) as leaves:
            return workspace_header(leaves, path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples as stored; only the slice asked for is loaded."""
        with self.opened(path) as leaves:
            return workspace_recording(leaves, path, channels, start, stop)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Slices of a file that is opened, and looked through, once."""
        with self.opened(path) as leaves:
            yield from workspace_blocks(leaves, path, channels, size, start, stop)
