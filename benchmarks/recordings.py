"""What inspect says of every recording at hand, file by file: what was read, what was refused and why, what was found.

    FAULTPRINT_DATA=DATA python benchmarks/recordings.py --json recordings.json

CWRU's files state no rate; they are read as 12 kHz, as most of them are filed, and those that are not must come out.
Everything else is taken as its files say. `--quick` reads headers only, and no samples.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ledger import Ledger, arguments

from pipeline.workflow.inspect import inspect

STATED: dict[str, dict[str, Any]] = {"cwru": {"rate_hz": 12000}}
"""Folder of a corpus -> what a user would state of its files."""


def main() -> None:
    """A row per file, and how often each finding was made."""
    options = arguments(__doc__)
    if not options.data:
        sys.exit("set FAULTPRINT_DATA, or give --data: the public recordings are read")
    ledger = Ledger("recordings.py")
    found: Counter[str] = Counter()
    for folder in sorted(path for path in Path(options.data).iterdir() if path.is_dir()):
        for told in inspect([folder], header_only=options.quick, **STATED.get(folder.name, {})):
            ledger.add(**row_of(told, Path(options.data)))
            found.update(f"{folder.name}: {kind}" for kind in kinds(told))
    for kind, count in sorted(found.items()):
        ledger.note(f"{kind} in {count} files")
    ledger.finish(options.json)


def row_of(told: dict[str, Any], root: Path) -> dict[str, Any]:
    """One file as a row."""
    channels = told["channels"]
    return {
        "file": str(Path(told["source"]).relative_to(root)),
        "reader": told["reader"],
        "channels": len(channels),
        "samples": summed({channel["n_samples"] for channel in channels}),
        "rate_hz": summed({channel["rate_hz"] for channel in channels}),
        "rate_from": summed({channel["rate_from"] for channel in channels}),
        "unit": summed({channel["unit"] for channel in channels}),
        "findings": "; ".join(kinds(told)) or None,
        "refused": told["reason"] and told["reason"].partition(": ")[2],
    }


def kinds(told: dict[str, Any]) -> list[str]:
    """Kinds of findings of a file that are more than a remark, each once, with the channel where it has one."""
    findings = [*told["findings"], *(each for channel in told["channels"] for each in channel["findings"])]
    return sorted({finding["kind"] for finding in findings if finding["severity"] != "info"})


def summed(values: set[Any]) -> str | None:
    """The values of all channels, each once."""
    known = sorted(f"{value:.10g}" if isinstance(value, float) else str(value) for value in values if value is not None)
    return "|".join(known) or None


if __name__ == "__main__":
    main()
