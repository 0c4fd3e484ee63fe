"""Processes: files read by some processes of this machine, each with a model of its own."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice

from pipeline.batch.executors.base import Executor
from pipeline.batch.executors.child import Child, Sign, heard_of
from pipeline.batch.reading import Found, Job


class Processes(Executor):
    """Reads in some processes.

    When one of them dies, or takes too long and is killed, its file is given back unread, and another takes its place.
    """

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Found | None]]:
        """As many at once as there are processes."""
        waiting, crew = iter(jobs), list[Child]()
        try:
            yield from self._read_all(waiting, crew)
        finally:
            for child in crew:
                child.end()

    def _read_all(self, waiting: Iterator[Job], crew: list[Child]) -> Iterator[tuple[Job, Found | None]]:
        crew += map(self._begun, islice(waiting, self.workers))
        while crew:
            heard, late = heard_of(crew, self.limit.seconds)
            for child in [*heard, *late]:
                said = child.hear() if child in heard else Sign.GONE
                if said is Sign.LOADED:
                    continue
                if isinstance(said, Sign):
                    crew.remove(child)
                    child.end()
                yield child.job, None if isinstance(said, Sign) else said
                self._go_on(child, waiting, crew)

    def _go_on(self, child: Child, waiting: Iterator[Job], crew: list[Child]) -> None:
        """The next file, for the one that is free or for one in the place of one that has gone."""
        job = next(waiting, None)
        if child in crew and job is not None:
            child.give(job)
        elif child in crew:
            crew.remove(child)
            child.end()
        elif job is not None:
            crew.append(self._begun(job))

    def _begun(self, job: Job) -> Child:
        threads = max((os.cpu_count() or 1) // self.workers, 1)  # workers share the cores
        return Child(self.maker, job, self.known, threads)
