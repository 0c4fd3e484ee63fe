"""Watchdog: ends a process that reads a file itself and does not come to an end with it.

No thread of Python can be ended from outside, and after an exception out of nowhere a library of C may hold its locks
for ever. So the process ends as a crash would end it, but with a line that says so: its file stays READING, and the
next run reads it alone, where it can be killed.
"""

import faulthandler
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.batch.executors.limit import Limit

EXIT_CODE = 1
STDERR = 2


@contextmanager
def watched(source: str, limit: Limit) -> Iterator[None]:
    """While a file is read: what takes too long is told, and ends this process where it may be ended.

    Args:
        source: the file.
        limit: how long it may take.
    """
    timer = threading.Timer(limit.seconds, _over, (source, limit))
    timer.daemon = True
    timer.start()
    if limit.may_end:
        # A library that never lets go of the interpreter lets no timer of Python's speak either.
        faulthandler.dump_traceback_later(1.5 * limit.seconds, exit=True, file=STDERR)
    try:
        yield
    finally:
        timer.cancel()
        if limit.may_end:
            faulthandler.cancel_dump_traceback_later()


def _over(source: str, limit: Limit) -> None:
    span = f"{limit.seconds:g} s (--timeout)"
    if not limit.may_end:
        limit.tell(f"{source}: is still being read after {span}; only the end of this process ends it")
        return
    limit.tell(
        f"{source}: is still being read after {span}; this run ends here, and the next one reads it alone and goes on; "
        "--executor processes needs no next one"
    )
    os._exit(EXIT_CODE)
