"""In process: one file after another, by this process."""

from collections.abc import Iterable, Iterator

from pipeline.batch.executors.base import Executor
from pipeline.batch.executors.watchdog import watched
from pipeline.batch.reading import Found, Job, read_with


class InProcess(Executor):
    """Reads with what is loaded here.

    A crash, or a file that takes too long, ends the run, and the next one reads that file alone.
    """

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Found | None]]:
        """One by one."""
        read = read_with(self.maker(), self.known)
        for job in jobs:
            with watched(job.source, self.limit):
                found = read(job)
            yield job, found
