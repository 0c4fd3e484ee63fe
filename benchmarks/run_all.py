"""Every benchmark in its order, each into its JSON, then the page of results; goes on after a failure, and says so.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/run_all.py

Results go to `benchmarks/results/NAME.json`; one that failed, or gave no rows for want of data, leaves what was there.
`--only NAME` (again and again) takes some, `--quick` a small part of each into `NAME-quick.json`, `--long` the sweeps
that take hours too, `--resume` goes on where a run was broken off. Exit code 1 when any failed.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from result_sections import SECTIONS, Section
from results_page import PAGE, RESULTS, ROOT, page

DONE, FAILED = "done", "FAILED"


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    names = [section.name for section in SECTIONS]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="a small part of each")
    parser.add_argument("--long", action="store_true", help="the sweeps that take hours too")
    parser.add_argument("--resume", action="store_true", help="take over rows of a run that was broken off")
    parser.add_argument("--data", type=Path, default=os.environ.get("FAULTPRINT_DATA"), help="the public recordings")
    return parser.parse_args(words)


def command(section: Section, options: argparse.Namespace) -> list[str]:
    """What runs a benchmark, from the repository's root.

    Example:
        >>> command(SECTIONS[0], parsed(["--quick"]))[1:]
        ['benchmarks/cwru_bearingwise.py', '--json', 'benchmarks/results/cwru_bearingwise-quick.json', '--quick']
    """
    words = [sys.executable, f"benchmarks/{section.name}.py", "--json", str(written(section, options.quick))]
    flags = {
        "--quick": options.quick,
        "--long": options.long and section.has_long,
        "--resume": options.resume and section.resumable,
    }
    return [*words, *(flag for flag, wanted in flags.items() if wanted)]


def asked_for(section: Section, options: argparse.Namespace) -> bool:
    """Whether a benchmark is run: those named, or all but the ones that take a night."""
    return section.name in options.only if options.only else options.long or options.quick or not section.only_long


def written(section: Section, quick: bool) -> Path:
    """Where its rows go, from the repository's root."""
    return RESULTS.relative_to(ROOT) / f"{section.name}{'-quick' * quick}.json"


def run(section: Section, options: argparse.Namespace) -> str:
    """One benchmark; what was there stays where nothing came of it.

    Returns:
        How it ended.
    """
    path = ROOT / written(section, options.quick)
    before = path.read_bytes() if path.exists() else None
    environment = os.environ | ({"FAULTPRINT_DATA": str(Path(options.data).resolve())} if options.data else {})
    code = subprocess.run(command(section, options), cwd=ROOT, env=environment, check=False).returncode
    if code == 0 and n_rows(path):
        return DONE
    if not options.resume or not n_rows(path):
        put_back(path, before)
    return f"{FAILED}: exit code {code}" if code else f"{FAILED}: no rows"


def n_rows(path: Path) -> int:
    """Rows that a JSON holds; none where it cannot be read."""
    try:
        return len(json.loads(path.read_text())["rows"])
    except (OSError, ValueError, KeyError):
        return 0


def put_back(path: Path, before: bytes | None) -> None:
    """A file as it was."""
    if before is not None:
        path.write_bytes(before)
    else:
        path.unlink(missing_ok=True)


def main() -> int:
    """All of them, then the page."""
    options = parsed()
    ends = []
    started = time.perf_counter()
    for section in SECTIONS:
        if not asked_for(section, options):
            continue
        print(f"== {section.name}", file=sys.stderr, flush=True)
        begun = time.perf_counter()
        ends.append((section.name, run(section, options), time.perf_counter() - begun))
    if not options.quick:
        PAGE.write_text(page(RESULTS))
    for name, end, seconds in ends:
        print(f"{name:<20} {seconds:7.0f} s  {end}")
    print(f"{'all':<20} {time.perf_counter() - started:7.0f} s")
    return int(any(end != DONE for _, end, _ in ends))


if __name__ == "__main__":
    sys.exit(main())
