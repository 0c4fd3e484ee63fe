"""Peaks: the most memory a process ever held, as the kernel counts it.

`getrusage` would not do: it counts what the parent held when the child was forked.
"""

import subprocess
import time
from pathlib import Path

EVERY_S = 0.02


def peak_of(process_id: int | str = "self") -> int:
    """Peak resident set of a process so far, in bytes; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def watched(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child; its peak in bytes, looked at 50 times a second, so only the last instants can be missed."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        time.sleep(EVERY_S)
    return peak
