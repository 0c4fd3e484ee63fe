"""Alone: a file under which a run died, read by a process of its own, whose death is the file's fault."""

import os
import signal
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection

from pipeline.batch.executors.follower import follow
from pipeline.batch.reading import Found, Job, Maker, read_with
from pipeline.errors import FaultprintError

GRACE_S = 0.2
"""A kill that meets this process too has ended it by then."""


class DiedError(Exception):
    """The process that read a file ended by itself; the message says how."""


def read_alone(maker: Maker, job: Job) -> Found:
    """Read a file in a child process.

    Args:
        maker: of the diagnoser.
        job: the file.

    Raises:
        DiedError: when the child ends without an answer.
        FaultprintError: when the diagnoser cannot be made.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, maker, job, os.getpid()), daemon=True)
    child.start()
    theirs.close()
    try:
        found = ours.recv()
    except EOFError:
        child.join()
        time.sleep(GRACE_S)
        raise DiedError(f"the process that read it alone {_ended(child.exitcode)}") from None
    finally:
        child.join(timeout=10.0)
        if child.is_alive():
            child.kill()
    if isinstance(found, FaultprintError):
        raise found
    return found  # type: ignore[no-any-return]


def _child(answer: Connection, maker: Maker, job: Job, parent: int) -> None:
    follow(parent)
    try:
        diagnose = maker()
    except FaultprintError as error:
        answer.send(error)
    else:
        answer.send(read_with(diagnose, frozenset())(job))
    answer.close()


def _ended(code: int | None) -> str:
    """How a process ended.

    Example:
        >>> _ended(-11), _ended(3)
        ('was ended by SIGSEGV', 'ended with exit code 3')
    """
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
