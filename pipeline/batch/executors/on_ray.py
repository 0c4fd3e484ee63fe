"""On Ray: files read by actors of a cluster, one model each; every node must see the inbox under the same name."""

import signal
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import chain, islice
from typing import Any

from pipeline.batch.executors.base import Executor
from pipeline.batch.reading import Found, Job, Maker, Read, read_with
from pipeline.errors import FaultprintError, RequestError

LISTENS_S = 10.0

LOOK_S = 1.0
"""Between two looks whether a file takes too long."""


class OnRay(Executor):
    """Reads on a Ray cluster: that of `address`, or one of this host's own for the time of the run.

    An actor reads one file at a time, so that the death of one suspects that file alone; another takes its place.
    """

    @classmethod
    def check(cls, address: str | None) -> None:
        """Ray is installed, and somebody listens at the address."""
        if find_spec("ray") is None:
            raise RequestError("--executor ray: needs Ray; pip install 'faultprint[ray]'")
        if address:
            refuse_silent(address)

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Found | None]]:
        """As many at once as there are actors."""
        self.check(self.address)
        import ray

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
        # An actor beyond the cluster's cores would never begin, and hold its file for ever.
        workers = max(1, min(self.workers, int(ray.cluster_resources().get("CPU", 1))))
        crew = _Crew(ray, self.maker, self.known)
        for job in chain([first], islice(waiting, workers - 1)):
            crew.begin(job)
        while crew.busy:
            for actor in crew.heard(self.limit.seconds):
                job, found = crew.answer(actor)
                if isinstance(found, FaultprintError):
                    raise found
                yield job, found
                more = next(waiting, None)
                if more is not None and found is None:
                    crew.begin(more)
                elif more is not None:
                    crew.give(actor, more)


class _Crew:
    """The actors of one run, each with the file at hand."""

    def __init__(self, ray: Any, maker: Maker, known: frozenset[str]) -> None:
        self._ray = ray
        self._made = ray.remote(num_cpus=1, max_restarts=0)(Worker)
        self._with = ray.put(maker), ray.put(known)
        self._loading: dict[Any, Any] = {}
        self.busy: dict[Any, tuple[Job, Any, float]] = {}

    def begin(self, job: Job) -> None:
        """A new actor for a file."""
        actor = self._made.remote(*self._with)
        self._loading[actor] = actor.loaded.remote()
        self.give(actor, job)

    def give(self, actor: Any, job: Job) -> None:
        """The next file for an actor that has answered."""
        self.busy[actor] = job, actor.read.remote(job), time.monotonic()

    def heard(self, limit_s: float) -> list[Any]:
        """Wait for answers; the actors that have one, or whose time is over."""
        refs = [*self._loading.values(), *(ref for _, ref, _ in self.busy.values())]
        ready = set(self._ray.wait(refs, num_returns=1, timeout=LOOK_S)[0])
        for actor in [actor for actor, ref in self._loading.items() if ref in ready]:
            del self._loading[actor]
            job, ref, _ = self.busy[actor]
            self.busy[actor] = job, ref, time.monotonic()  # waiting for a node, and loading, are no file's fault
        late = time.monotonic() - limit_s
        return [
            actor
            for actor, (_, ref, since_s) in self.busy.items()
            if ref in ready or (actor not in self._loading and since_s <= late)
        ]

    def answer(self, actor: Any) -> tuple[Job, Found | FaultprintError | None]:
        """What became of the file at hand; None where its actor died, or is killed for taking too long."""
        job, ref, _ = self.busy.pop(actor)
        try:
            return job, self._ray.get(ref, timeout=0)
        except self._ray.exceptions.RayActorError:
            self._loading.pop(actor, None)
        except self._ray.exceptions.GetTimeoutError:
            self._ray.kill(actor)
        return job, None


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

    def loaded(self) -> bool:
        """Whether there is a model; answered as soon as it is."""
        return not isinstance(self._read, FaultprintError)

    def read(self, job: Job) -> Found | FaultprintError:
        """What reading a file gave, or why there is no model to read it with."""
        return self._read if isinstance(self._read, FaultprintError) else self._read(job)
