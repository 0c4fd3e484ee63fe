"""Follower: a process that reads for another: signals are the other's affair, and its end is this one's too."""

import os
import signal
import threading
import time

WATCH_S = 0.5


def follow(parent: int) -> None:
    """Make this process a follower.

    A terminal's Ctrl-C and a service manager's SIGTERM reach every process of a run; only the one that writes decides
    what they mean. When it is killed, this one must not go on beside the next run.

    Args:
        parent: the process that it reads for.
    """
    for word in (signal.SIGINT, signal.SIGTERM):
        signal.signal(word, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    os._exit(1)
