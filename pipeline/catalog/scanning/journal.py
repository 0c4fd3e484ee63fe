"""Journal: which files a scan has finished, so that one that was killed goes on where it stopped.

A text file beside the catalog, `catalog.csv.scan.jsonl`: a line that says what was asked for, then one line per
finished file with its size, its time, and its rows. A line that was torn by the end of the process is passed over.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pipeline.catalog.cells import CellReader, cells_of
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.walk import File
from pipeline.errors import RequestError

BATCH = 100
BATCH_S = 1.0
"""At most so many files, and files of so many seconds, are read again after a kill."""


class Journal:
    """What a scan has done so far; a context that closes its file.

    Args:
        path: where it lies.
        request: what was asked for; a journal of another request is begun anew.

    Raises:
        RequestError: when it cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path, file = Path(folder, "scan.jsonl"), File("a.wav", 44, "noon")
        ...     with Journal(path, {"path": "rig"}) as journal:
        ...         journal.finished(file, [Row("a", "a.wav")])
        ...     with Journal(path, {"path": "rig"}) as journal:
        ...         len(journal), [row.signal for row in journal.recall(file)]
        (1, ['a'])
    """

    def __init__(self, path: Path, request: Mapping[str, Any]) -> None:
        self.path = path
        self._reader = CellReader()
        self._lines = lines_of_request(path, request)
        self._waiting: list[str] = []
        self._worth_keeping = bool(self._lines)
        self._written_s = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = path.open("a" if self._lines is not None else "w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise RequestError(f"cannot write {path}: {error.strerror}; choose another --out") from None
        # A blank line ends one that a kill has torn.
        self._write("\n" if self._lines is not None else as_line({"scan": request}))

    def __len__(self) -> int:
        return len(self._lines or ())

    def recall(self, file: File) -> list[Row] | None:
        """The rows of a file that is as it was when it was finished, None for any other."""
        line = (self._lines or {}).pop(file.source, None)
        if line is None:
            return None
        entry = json.loads(line)
        if (entry["size_bytes"], entry["modified"]) != (file.size_bytes, file.modified):
            return None
        return [self._reader.row_of(cells, str(self.path)) for cells in entry["rows"]]

    def finished(self, file: File, rows: Sequence[Row]) -> None:
        """One more file with its rows; those that could not be read are not kept, because they may be mended."""
        told = [{name: cell for name, cell in cells_of(row, row.source).items() if cell} for row in rows]
        self._worth_keeping = True
        self._waiting.append(as_line({**file._asdict(), "rows": told}))
        if len(self._waiting) >= BATCH or time.monotonic() - self._written_s > BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Hand what waits to the system, where it outlives this process."""
        self._write("".join(self._waiting))
        self._waiting, self._written_s = [], time.monotonic()

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            raise RequestError(f"cannot write {self.path}: {error.strerror}; make room and scan again") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        self._file.close()
        if not self._worth_keeping:
            self.remove()

    def remove(self) -> None:
        """It has done its work."""
        self.path.unlink(missing_ok=True)


def as_line(entry: Mapping[str, Any]) -> str:
    """One entry as a line."""
    return json.dumps(entry) + "\n"  # in ASCII: the name of a folder need not be UTF-8


def lines_of_request(path: Path, request: Mapping[str, Any]) -> dict[str, bytes] | None:
    """The lines of a journal by source, the last of each; None where there is no journal of this request."""
    lines: dict[str, bytes] = {}
    try:
        with path.open("rb") as file:
            if json.loads(file.readline()) != {"scan": request}:
                return None
            for line in file:
                if source := source_of(line):
                    lines[source] = line
    except (OSError, ValueError):
        return None
    return lines


def source_of(line: bytes) -> str | None:
    """The file of a line; None for a blank or torn one."""
    try:
        entry = json.loads(line)
        return str(entry["source"]) if entry["rows"] and entry["modified"] else None
    except (ValueError, TypeError, KeyError):
        return None
