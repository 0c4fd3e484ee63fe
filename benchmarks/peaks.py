"""Peaks: the most memory a process, or it and all that it started, ever held, as the kernel counts it.

`getrusage` would not do: it counts what the parent held when the child was forked.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

EVERY_S = 0.02
TREE_EVERY_S = 0.1
"""A tree is walked less often: a cluster's has dozens of processes, and the walk must not cost what it measures."""


def peak_of(process_id: int | str = "self") -> int:
    """Peak resident set of a process so far, in bytes; 0 for one that is gone."""
    return _told(process_id, "VmHWM")


def watched(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child; its peak in bytes, looked at 50 times a second, so only the last instants can be missed."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        time.sleep(EVERY_S)
    return peak


def watched_tree(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child; the peak in bytes of the resident sets of it and all below it, added up ten times a second.

    Memory that processes share counts in each of them, so the sum is an upper bound. The child's own peak is exact, and
    stands where it is higher: a peak between two looks is not missed in a process that has no children.
    """
    peak = 0
    while process.poll() is None:
        together = sum(_told(one, "VmRSS") for one in tree_of(process.pid))
        peak = max(peak, together, peak_of(process.pid))
        time.sleep(TREE_EVERY_S)
    return peak


def tree_of(process_id: int) -> Iterator[int]:
    """A process and all below it; those that end meanwhile are left out.

    Example:
        >>> import os
        >>> next(tree_of(os.getpid())) == os.getpid()
        True
    """
    yield process_id
    # A child belongs to the thread that started it.
    for told in Path(f"/proc/{process_id}/task").glob("*/children"):
        try:
            children = told.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from tree_of(int(child))


def _told(process_id: int | str, what: str) -> int:
    """A size of a process in bytes; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(what)), 0)
