"""Ledger: what every benchmark writes down, so that a figure can be judged: machine, versions, commit, command."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline.training.learn import versions
from pipeline.training.run_folder import commit


def arguments(description: str | None, *extra: Callable[[argparse.ArgumentParser], Any]) -> argparse.Namespace:
    """The flags every script takes: `--json FILE --quick --data DIR`; `extra` adds a script's own.

    `--data` sets FAULTPRINT_DATA for the run; without it the environment's is used.
    """
    text = (description or "").strip().partition("\n")
    parser = argparse.ArgumentParser(description=text[0])
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--quick", action="store_true", help="a small part of it, in a minute")
    parser.add_argument("--data", type=Path, default=os.environ.get("FAULTPRINT_DATA"), help="the public recordings")
    for add in extra:
        add(parser)
    found = parser.parse_args()
    if found.data:
        os.environ["FAULTPRINT_DATA"] = str(found.data)
    return found


def count(text: str) -> int:
    """A flag's number of things, 1 or more.

    Example:
        >>> count("12")
        12
        >>> count("0")
        Traceback (most recent call last):
        argparse.ArgumentTypeError: needs a whole number of 1 or more, got 0
    """
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"needs a whole number of 1 or more, got {text}")


def timed(function: Callable[[], object], repeats: int = 15) -> tuple[float, float]:
    """Median and interquartile range in seconds of some calls, after one that warms up."""
    function()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    low, median, high = np.percentile(seconds, [25, 50, 75])
    return float(median), float(high - low)


def processor() -> str:
    """The processor's name, as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


class Ledger:
    """Rows of one benchmark, printed as a table and written as JSON.

    Args:
        script: the file that runs.

    Attributes:
        json_only: columns that the table leaves out, such as lists by split.
    """

    json_only: frozenset[str] = frozenset()

    def __init__(self, script: str) -> None:
        self.rows: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.header = {
            "machine": {"processor": processor(), "cores": os.cpu_count(), "threads": torch.get_num_threads()},
            "versions": versions(),
            "commit": commit(),
            "command": " ".join(["python", f"benchmarks/{script}", *sys.argv[1:]]),
        }

    def add(self, **row: Any) -> "Ledger":
        """One more row, said at once on stderr, because some take minutes."""
        self.rows.append(row)
        told = "  ".join(f"{key} {value}" for key, value in row.items() if key not in self.json_only)
        print(told, file=sys.stderr, flush=True)
        return self

    def note(self, line: str) -> "Ledger":
        """One more line below the table."""
        self.notes.append(line)
        return self

    def table(self) -> str:
        """The rows in columns."""
        columns = list(dict.fromkeys(key for row in self.rows for key in row if key not in self.json_only))
        cells = [columns] + [[_cell(row.get(key)) for key in columns] for row in self.rows]
        widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
        lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in cells]
        return "\n".join(line.rstrip() for line in [*lines, *self.notes])

    def write(self, path: Path) -> None:
        """The JSON document: machine, versions, commit, command, rows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.header | {"rows": self.rows, "notes": self.notes}, indent=1) + "\n")

    def finish(self, path: Path | None) -> None:
        """Print the table, and write the JSON where one was asked for."""
        print(self.table())
        if path:
            self.write(path)


def _cell(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
