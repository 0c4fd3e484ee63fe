"""Processes: files read by some processes of this machine, each with a model of its own."""

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context

from pipeline.batch.executors.base import Executor
from pipeline.batch.executors.follower import follow
from pipeline.batch.reading import Found, Job, Maker, Read, read_with
from pipeline.errors import FaultprintError

_worker: Read | FaultprintError | None = None


class Processes(Executor):
    """Reads in some processes.

    When one of them dies, nobody can tell over which file: all that were being read are given back unread, and the
    others go on in new processes.
    """

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Found | None]]:
        """As many at once as there are processes."""
        waiting = iter(jobs)
        while (first := next(waiting, None)) is not None:
            yield from self._until_broken(first, waiting)

    def _until_broken(self, first: Job, waiting: Iterator[Job]) -> Iterator[tuple[Job, Found | None]]:
        threads = max((os.cpu_count() or 1) // self.workers, 1)
        begin = (self.maker, self.known, threads, os.getpid())
        pool = ProcessPoolExecutor(self.workers, get_context("spawn"), initializer=_begin, initargs=begin)
        begun = {first.task_id: first}
        try:
            running = {pool.submit(_read, first): first}
            while running:
                for job in islice(waiting, self.workers - len(running)):
                    begun[job.task_id] = job
                    running[pool.submit(_read, job)] = job
                for one in wait(running, return_when=FIRST_COMPLETED).done:
                    found, job = one.result(), running.pop(one)
                    yield begun.pop(job.task_id), found
        except BrokenProcessPool:
            yield from ((job, None) for job in begun.values())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(maker: Maker, known: frozenset[str], threads: int, parent: int) -> None:
    """Load the model in a new process; what goes wrong is told by its first file, because here it would be a crash."""
    global _worker
    follow(parent)
    try:
        _worker = read_with(maker(), known)
    except FaultprintError as error:
        _worker = error
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)  # workers share the cores


def _read(job: Job) -> Found:
    if isinstance(_worker, FaultprintError):
        raise _worker
    assert _worker is not None
    return _worker(job)
