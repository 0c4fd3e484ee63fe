"""Nights: one run of `faultprint batch` as a scheduler starts it, a fresh process, and what it cost."""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from peaks import watched_tree

COMMAND = str(Path(sys.executable).with_name("faultprint"))
OLD_S = 3600.0
USED = (0, 3)
"""Exit codes of a run that came to its end; 3 says that some files were put aside."""


class Kept(NamedTuple):
    """A file that a run has done with.

    Attributes:
        at_s: since the command was started.
        source: its path below the inbox.
    """

    at_s: float
    source: str


class Night(NamedTuple):
    """One run.

    Attributes:
        seconds: wall-clock, the process's start and end included.
        peak_mb: of the process and all that it started.
        counts: what it says it did.
        files: in the order in which they were done.
    """

    seconds: float
    peak_mb: float
    counts: dict[str, int]
    files: list[Kept]


def night(model: Path | str, inbox: Path, store: Path, *more: str) -> Night:
    """Run it to its end; with all cores, whatever the caller allows itself."""
    log = store.with_suffix(".jsonl")
    command = [COMMAND, "batch", str(model), str(inbox), "--store", str(store), "--log", str(log), "--json", "--quiet"]
    free = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    begun, started = time.time(), time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([*command, *more], stdout=out, stderr=said, env=free)
        peak_mb = watched_tree(process) / 2**20
        seconds = time.perf_counter() - started
        out.seek(0), said.seek(0)
        if process.returncode not in USED:
            raise SystemExit(f"batch {' '.join(more)} ended with {process.returncode}: {said.read()[-400:]}")
        return Night(seconds, peak_mb, json.loads(out.read()), _files(log, begun))


def _files(log: Path, begun: float) -> list[Kept]:
    """What a log says of files; the log is done with then, so that the next run's is its own."""
    events = [json.loads(line) for line in log.read_text().splitlines()]
    log.unlink()
    return [
        Kept(datetime.fromisoformat(event["at"]).timestamp() - begun, event["source"])
        for event in events
        if event["event"] == "file"
    ]


def aged(folder: Path) -> None:
    """Files that nobody is writing any more."""
    old = f"@{time.time() - OLD_S:.0f}"
    subprocess.run(["find", str(folder), "-type", "f", "-exec", "touch", "-d", old, "{}", "+"], check=True)
