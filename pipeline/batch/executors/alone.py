"""Alone: a file under which a run died, read by a process of its own, whose death is the file's fault."""

import signal
import time

from pipeline.batch.executors.child import Child, Sign, heard_of
from pipeline.batch.executors.limit import NO_HURRY, Limit
from pipeline.batch.reading import Found, Job, Maker

GRACE_S = 0.2
"""A kill that meets this process too has ended it by then."""


class DiedError(Exception):
    """The process that read a file ended by itself, or did not end; the message says how."""


def read_alone(maker: Maker, job: Job, limit: Limit = NO_HURRY) -> Found:
    """Read a file in a child process.

    Args:
        maker: of the diagnoser.
        job: the file.
        limit: how long it may take.

    Raises:
        DiedError: when the child ends without an answer, or has none in time.
        FaultprintError: when the diagnoser cannot be made.
    """
    child = Child(maker, job, frozenset())
    said: Found | Sign = Sign.LOADED
    try:
        while said is Sign.LOADED:
            heard, _ = heard_of([child], limit.seconds)
            if not heard:
                raise DiedError(f"reading it takes longer than {limit.seconds:g} s (--timeout), also alone")
            said = child.hear()
        if isinstance(said, Found):
            return said
        time.sleep(GRACE_S)
        raise DiedError(f"the process that read it alone {_ended(child.ended_with())}")
    finally:
        child.end()


def _ended(code: int | None) -> str:
    """How a process ended.

    Example:
        >>> _ended(-11), _ended(3)
        ('was ended by SIGSEGV', 'ended with exit code 3')
    """
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
