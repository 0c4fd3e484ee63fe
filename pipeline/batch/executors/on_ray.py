"""On Ray: files read by actors of a cluster, one model each; every node must see the inbox under the same name."""

import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.batch.executors.base import Executor
from pipeline.batch.reading import Found, Job, Maker, Read, read_with
from pipeline.errors import FaultprintError, RequestError

LISTENS_S = 10.0


class OnRay(Executor):
    """Reads on a Ray cluster: that of `address`, or one of this host's own for the time of the run.

    An actor reads one file at a time, so that the death of one suspects that file alone; another takes its place.
    """

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Found | None]]:
        """As many at once as there are actors."""
        try:
            import ray
        except ModuleNotFoundError:
            raise RequestError("--executor ray: needs Ray; pip install 'faultprint[ray]'") from None
        waiting = iter(jobs)
        first = next(waiting, None)
        if first is None:
            return
        ours = not ray.is_initialized()
        if ours:
            self._connect(ray)
        try:
            yield from self._read_all(ray, first, waiting)
        finally:
            if ours:
                ray.shutdown()

    def _connect(self, ray: Any) -> None:
        if self.address:
            refuse_silent(self.address)
        # Without an address Ray would look for a cluster by itself; nobody asked for one.
        asked = {"address": self.address} if self.address else {"address": "local", "num_cpus": self.workers}
        sigterm = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(**asked, include_dashboard=None if self.address else False, log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            said = " ".join(str(error).split())[:200]
            raise RequestError(f"--address {self.address}: no Ray cluster answers ({said})") from None
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, sigterm)  # Ray takes it for its own, and would exit at once

    def _read_all(self, ray: Any, first: Job, waiting: Iterator[Job]) -> Iterator[tuple[Job, Found | None]]:
        made = ray.remote(num_cpus=1, max_restarts=0)(Worker)
        # An actor beyond the cluster's cores would never begin, and hold its file for ever.
        workers = max(1, min(self.workers, int(ray.cluster_resources().get("CPU", 1))))
        maker, known = ray.put(self.maker), ray.put(self.known)
        running: dict[Any, tuple[Any, Job]] = {}

        def give(actor: Any, job: Job) -> None:
            running[actor.read.remote(job)] = actor, job

        give(made.remote(maker, known), first)
        for job in _some(waiting, workers - 1):
            give(made.remote(maker, known), job)
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            actor, job = running[done]
            try:
                found = ray.get(done)
            except ray.exceptions.RayActorError:
                found, actor = None, made.remote(maker, known)
            if isinstance(found, FaultprintError):
                raise found
            del running[done]
            yield job, found
            for more in _some(waiting, 1):
                give(actor, more)


def refuse_silent(address: str) -> None:
    """Nothing, where somebody listens at an address; Ray itself would ask for minutes.

    Raises:
        RequestError: where nobody does.

    Example:
        >>> refuse_silent("auto")
    """
    host, _, port = address.partition("://")[2].rpartition(":") if "://" in address else address.rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=LISTENS_S).close()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise RequestError(
            f"--address {address}: no Ray cluster answers ({said}); start one, or leave it out"
        ) from None


class Worker:
    """An actor: a model, and what is done with a file.

    Args:
        maker: of the diagnoser.
        known: digests of content that is diagnosed already.
    """

    def __init__(self, maker: Maker, known: frozenset[str]) -> None:
        self._read: Read | FaultprintError
        try:
            self._read = read_with(maker(), known)
        except FaultprintError as error:
            self._read = error

    def read(self, job: Job) -> Found | FaultprintError:
        """What reading a file gave, or why there is no model to read it with."""
        return self._read if isinstance(self._read, FaultprintError) else self._read(job)


def _some(jobs: Iterator[Job], count: int) -> list[Job]:
    return [job for _, job in zip(range(count), jobs, strict=False)]
