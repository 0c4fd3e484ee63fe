"""Row opener: rows to signals, with what is to be remembered of them."""

from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.readers.places import Place
from pipeline.signals.signal import Signal


class RowOpener:
    """Opens rows, and remembers the hashes and warnings of what it opened.

    Args:
        root: the catalog's.
    """

    def __init__(self, root: Place) -> None:
        self.root = root
        self.hashes: dict[str, str] = {}
        self.warnings: list[str] = []

    def __call__(self, row: Row) -> Signal:
        """The signal of a row."""
        signal = open_row(row, self.root)
        if signal.sha256:
            self.hashes[row.source] = signal.sha256
        self.warnings += [f"{row.signal}: {line}" for line in signal.warnings]
        return signal
