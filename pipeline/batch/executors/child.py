"""Child: a process that loads the model once and reads one file after another for this one."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection

from pipeline.batch.executors.follower import follow
from pipeline.batch.reading import Found, Job, Maker, read_with
from pipeline.errors import FaultprintError

CORPSE_S = 60.0
"""So long a process may take to write down its memory after it has crashed."""


class Sign(Enum):
    """What a child says but answers."""

    LOADED = "the model is loaded"
    GONE = "the process has ended"


class Child:
    """A process that reads files, begun with the first of them.

    Args:
        maker: of the diagnoser.
        job: the first file.
        known: digests of content that is diagnosed already.
        threads: most that its model may take; None leaves that to the model.

    Attributes:
        job: the file at hand.
    """

    def __init__(self, maker: Maker, job: Job, known: frozenset[str], threads: int | None = None) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, maker, known, threads, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()
        self._loaded = False
        self._since_s: float | None = None
        self.give(job)

    def give(self, job: Job) -> None:
        """Hand it a file; only when it has answered on the one before."""
        self.job = job
        self._since_s = time.monotonic() if self._loaded else None
        with suppress(OSError):  # one that has ended says so when it is heard
            self.pipe.send(job)

    def left_s(self, limit_s: float) -> float | None:
        """How long the file at hand may take still; None while the model is loaded, which is no file's fault."""
        return None if self._since_s is None else max(self._since_s + limit_s - time.monotonic(), 0.0)

    def hear(self) -> Found | Sign:
        """What it says next; waits for it.

        Raises:
            FaultprintError: when the diagnoser cannot be made.
        """
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            return Sign.GONE
        if isinstance(said, FaultprintError):
            raise said
        if said is Sign.LOADED:
            self._loaded, self._since_s = True, time.monotonic()
        return said  # type: ignore[no-any-return]

    def end(self) -> None:
        """End it, whatever it does."""
        self.pipe.close()
        self._process.kill()
        self._process.join()

    def ended_with(self) -> int | None:
        """The exit code of one that has gone, negative for a signal."""
        self._process.join(CORPSE_S)
        return self._process.exitcode


def heard_of(children: Sequence[Child], limit_s: float) -> tuple[list[Child], list[Child]]:
    """Wait until a child says something, or has taken too long.

    Args:
        children: to wait for.
        limit_s: how long each may take for the file at hand.

    Returns:
        Those that can be heard, and those whose time is over.
    """
    left = [span for child in children if (span := child.left_s(limit_s)) is not None]
    ready = connection.wait([child.pipe for child in children], min(left, default=None))
    heard = [child for child in children if child.pipe in ready]
    return heard, [child for child in children if child not in heard and child.left_s(limit_s) == 0.0]


def _serve(answers: Connection, maker: Maker, known: frozenset[str], threads: int | None, parent: int) -> None:
    follow(parent)
    try:
        read = read_with(maker(), known)
    except FaultprintError as error:  # of everything else this process ends
        answers.send(error)
        return
    if threads is not None and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    answers.send(Sign.LOADED)
    with suppress(EOFError):
        while True:
            answers.send(read(answers.recv()))
