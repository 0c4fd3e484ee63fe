"""What every executor does: files in, what reading them gave out, some of them on their way at once."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from pipeline.batch.executors.limit import NO_HURRY, Limit
from pipeline.batch.reading import Found, Job, Maker


class Executor(ABC):
    """Reads files somewhere.

    Args:
        maker: of the diagnoser, called once per worker.
        known: digests of content that is diagnosed already.
        workers: how many read at once, where there can be several.
        address: of a cluster, where there is one.
        limit: how long one file may take.
    """

    def __init__(
        self,
        maker: Maker,
        known: frozenset[str],
        workers: int = 1,
        address: str | None = None,
        limit: Limit = NO_HURRY,
    ) -> None:
        self.maker, self.known, self.workers, self.address, self.limit = maker, known, workers, address, limit

    @classmethod  # noqa: B027 - most need nothing
    def check(cls, address: str | None) -> None:
        """Nothing, where this executor can be had; asked before anything is written.

        Raises:
            RequestError: where what it needs is not there.
        """

    @abstractmethod
    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Found | None]]:
        """Read files in whatever order suits; None for one whose process died, or was killed for taking too long.

        A job is drawn from `jobs` only when somebody is there to read it, so that no more files count as being read
        than are.

        Raises:
            FaultprintError: when the diagnoser cannot be made.
        """
