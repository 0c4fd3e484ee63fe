"""What a scan of 100,000 small recordings costs, and what a kill in its middle costs.

    python benchmarks/scanning.py --json scanning.json

WAV, CSV and MATLAB files in turn (2,000 samples each; 2,000 files with --quick) in folders by label. Each scan is a
fresh process, `faultprint scan`; seconds are wall-clock, memory is the peak resident set of that process. Jobs:

- scan: nothing is known yet;
- scan again: nothing has changed, so no file is opened;
- killed and restarted: SIGKILL when half of the files are in the journal, then the same command once more; `rows` must
  be `files`, `lost` and `doubled` none;
- read the catalog: `Catalog.read`, CSV and Parquet.
"""

import argparse
import io
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ledger import Ledger, arguments, count
from peaks import watched
from scipy.io import savemat, wavfile

from pipeline.catalog.catalog import Catalog
from pipeline.workflow.scan import journal_of

COMMAND = str(Path(sys.executable).with_name("faultprint"))
LABELS = ("healthy", "inner_race", "outer_race", "ball")
PER_FOLDER = 500
N_SAMPLES = 2000
READ = """
import sys, time
from pipeline.catalog.catalog import Catalog
started = time.perf_counter()
n = len(Catalog.read(sys.argv[1]))
print(time.perf_counter() - started, n)
"""


class Run(NamedTuple):
    """One process: how it ended, wall-clock seconds, peak memory, and what it said."""

    code: int
    seconds: float
    peak_mb: float
    said: str


def measured(command: list[str]) -> Run:
    """Run a command to its end."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        peak_mb = watched(process) / 2**20
        seconds = time.perf_counter() - started
        out.seek(0)
        return Run(process.returncode, seconds, peak_mb, out.read())


def contents() -> dict[str, bytes]:
    """A small recording in each format, by suffix."""
    samples = np.random.default_rng(0).standard_normal(N_SAMPLES).astype(np.float32)
    wav = io.BytesIO()
    wavfile.write(wav, 12000, samples)
    with tempfile.TemporaryDirectory() as folder:
        mat = Path(folder) / "105.mat"
        savemat(mat, {"X105_DE_time": samples[:, None].astype(float), "X105RPM": 1797.0})
        matlab = mat.read_bytes()
    csv = "time,a1\n" + "".join(f"{place / 12000:.6f},{value:.5f}\n" for place, value in enumerate(samples))
    return {"wav": wav.getvalue(), "csv": csv.encode(), "mat": matlab}


def make_files(root: Path, n_files: int, suffixes: list[str]) -> None:
    """Recordings in folders by label, the formats in turn."""
    kinds = contents()
    for place in range(n_files):
        folder = root / LABELS[place % len(LABELS)] / f"{place // PER_FOLDER:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        suffix = suffixes[place % len(suffixes)]
        (folder / f"{place:06d}.{suffix}").write_bytes(kinds[suffix])


def kill_in_the_middle(command: list[str], journal: Path, n_files: int) -> int:
    """Start a scan, kill it when half is done; returns how many files its journal then holds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and lines_in(journal) < n_files // 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return lines_in(journal)


def lines_in(journal: Path) -> int:
    """Whole lines of a journal, without its first."""
    if not journal.exists():
        return 0
    with journal.open("rb") as file:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b"")) - 1)


def per_second(run: Run, n_files: int) -> dict[str, float]:
    """A run's figures as a row has them."""
    return {
        "seconds": round(run.seconds, 1),
        "files_per_s": round(n_files / run.seconds, 1),
        "peak_mb": round(run.peak_mb, 1),
    }


def main() -> None:
    """Scan, scan again, kill and restart, read."""
    options = arguments(__doc__, lambda parser: parser.add_argument("--files", type=count), suffixes_flag)
    n_files = options.files or (2000 if options.quick else 100_000)
    ledger = Ledger("scanning.py")
    with tempfile.TemporaryDirectory() as scratch:
        root, out = Path(scratch) / "recordings", Path(scratch) / "catalog.csv"
        make_files(root, n_files, options.suffixes.split(","))
        common = {"files": n_files, "formats": options.suffixes}
        scan = [COMMAND, "scan", str(root), "--out", str(out), "--quiet", "--json"]
        ledger.add(job="scan", method="ours", **common, **per_second(measured(scan), n_files))
        ledger.add(job="scan again, unchanged", method="ours", **common, **per_second(measured(scan), n_files))
        out.unlink()

        kept = kill_in_the_middle(scan, journal_of(out), n_files)
        again = measured(scan)
        rows = Counter(row.source for row in Catalog.read(out))
        files = {path.relative_to(scratch).as_posix() for path in root.rglob("*.*")}
        ledger.add(
            job="killed and restarted",
            method="ours",
            **common,
            **per_second(again, n_files),
            in_journal=kept,
            rows=rows.total(),
            lost=len(files - set(rows)),
            doubled=sum(count > 1 for count in rows.values()),
        )
        Catalog.read(out).write(out.with_suffix(".parquet"))
        for suffix in (".csv", ".parquet"):
            run = measured([sys.executable, "-c", READ, str(out.with_suffix(suffix))])
            seconds, rows_read = run.said.split()
            ledger.add(
                job=f"read the catalog {suffix}",
                method="ours",
                files=int(rows_read),
                seconds=round(float(seconds), 2),
                peak_mb=round(run.peak_mb, 1),
            )
    ledger.finish(options.json)


def suffixes_flag(parser: argparse.ArgumentParser) -> None:
    """Which formats; one alone tells what that format costs."""
    parser.add_argument("--suffixes", default="wav,csv,mat", help="formats in turn: wav, csv, mat")


if __name__ == "__main__":
    main()
