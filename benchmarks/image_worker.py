"""Image worker: one method in a process of its own, in its own environment; times it when told to.

    python image_worker.py peer_images wavelet/fCWT 12000 1 windows.npy images.npy

First it tells what it can do: `{"images": how many it takes at a time here, "memory_mib": what a call added to the
process at its peak, imports left out}`, or `{"failed": why}`. Each line `turn` is answered by the seconds of some
calls, right after one that warms up the caches. The images are left in the last file.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from image_jobs import Array, Method
from peaks import peak_of

LONGEST_S = 2.0
"""Methods that take longer for all windows are timed on fewer of them, and say so."""

TURN_S, TURN_CALLS = 0.1, 7
WARM_S = 0.5
"""Calls longer than this warm up themselves."""


def answers() -> TextIO:
    """Standard output for our answers alone: what packages print goes to standard error."""
    kept = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return kept


def tell(to: TextIO, what: dict[str, Any]) -> None:
    """One line."""
    to.write(json.dumps(what) + "\n")
    to.flush()


def forget_peak() -> bool:
    """Let the kernel count the peak from here; whether it could."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
        return True
    return False


def seconds_of(call: Callable[[], object]) -> float:
    """One call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def tried(method: Method, windows: Array, images: Path) -> tuple[Array, dict[str, Any]]:
    """The windows that are not too many, and what one call on them took."""
    forgotten = forget_peak()
    before = peak_of()
    first = method(windows[:1])
    np.save(images, first)
    if len(windows) > 1:
        once = min(seconds_of(lambda: method(windows[:8])) / 8 for _ in range(2))
        windows = windows[: max(8, int(LONGEST_S / once))]
        method(windows)
    added = (peak_of() - before) / 2**20
    return windows, {"images": len(windows), "memory_mib": round(added, 1) if forgotten else None}


def turn(method: Method, windows: Array) -> list[float]:
    """Some calls in a row."""
    taken = [seconds_of(lambda: method(windows))]
    if taken[0] > WARM_S:
        return taken
    # The first one only warmed up.
    taken = []
    while len(taken) < TURN_CALLS and sum(taken) < TURN_S:
        taken.append(seconds_of(lambda: method(windows)))
    return taken


def main() -> None:
    """Make the method, try it, then take turns."""
    to = answers()
    module, name, rate_hz, threads, windows_file, images_file = sys.argv[1:]
    try:
        method = importlib.import_module(module).METHODS[name](int(rate_hz), int(threads))
        windows, said = tried(method, np.load(windows_file), Path(images_file))
    except Exception as error:
        tell(to, {"failed": f"{type(error).__name__}: {error}".partition("\n")[0]})
        raise
    tell(to, said)
    for _ in sys.stdin:
        tell(to, {"seconds": turn(method, windows)})


if __name__ == "__main__":
    main()
