"""How fast, and in how much memory, long files are read: 2 GB tables and HDF5, and one hour at 51.2 kHz diagnosed.

    python benchmarks/reading.py --json reading.json

Every way of reading runs in a process of its own (peak memory is the process's, imports included; seconds are without
them), on one thread, beside `pandas.read_csv` and h5py alone on the same file in the same run. Files come from the
disk cache, since they were just written. `--quick` makes 20 MB and one minute instead.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ledger import Ledger, arguments
from long_files import write_csv, write_csv_rows, write_hdf5, write_timed_csv, write_wav
from peaks import watched

GIB = 2**30
LARGEST_PEAK = GIB
SLOWEST_RATIO = 1 / 1.3
RATE_HZ = 51200
JOB = Path(__file__).with_name("reading_job.py")
CSV_WAYS = ("ours blocks", "ours header", "ours read", "pandas.read_csv", "pandas.read_csv chunks")
HDF5_WAYS = ("ours blocks", "ours header", "ours read", "h5py", "h5py slices")
BOUNDED = {"ours blocks", "ours header"}
STRANGERS = {"pandas.read_csv": "ours read", "pandas.read_csv chunks": "ours blocks"}
STRANGERS |= {"h5py": "ours read", "h5py slices": "ours blocks"}
"""Each peer -> which of our ways does the same."""

CONFIG = {
    "name": "reading",
    "rate_hz": 12000,
    "window": {"samples": 8192, "per_signal": 4},
    "task": "multiclass",
    "split": "none",
    "stages": [{"stft": {"n_fft": 256, "hop": 128}}, "decibels", "standardise"],
    "branches": [
        {
            "stages": [{"resize": {"rows": 32, "columns": 32}}, "to_imagenet"],
            "backbone": "small",
            "weights": "random",
            "regime": "head",
            "head": "logistic",
        }
    ],
}


class Size(NamedTuple):
    """How long the files are: bytes of a table or an HDF5 file, seconds of a diagnosis, repeats of each reading."""

    n_bytes: int
    seconds: int
    repeats: int


SHORT_BYTES = 100_000
FULL, QUICK = Size(2 * 10**9, 3600, 1), Size(20 * 10**6, 60, 3)


class Measured(NamedTuple):
    """One child process: median seconds, samples per channel, most memory, and memory after its imports in bytes."""

    seconds: float
    n_samples: int
    peak: int
    before: int


def alone() -> dict[str, str]:
    """The environment of every child: one thread."""
    return os.environ | {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def measured(way: str, path: Path, short: Path, repeats: int) -> Measured:
    """One way of reading a file."""
    told = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, str(JOB), way, str(path), str(short)],
            env=alone(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{way} on {path.name}: {done.stderr[-400:]}")
        told.append(json.loads(done.stdout))
    seconds = statistics.median(each["seconds"] for each in told)
    return Measured(seconds, told[0]["n_samples"], max(each["peak"] for each in told), told[0]["before"])


def reading_rows(ledger: Ledger, job: str, path: Path, short: Path, ways: tuple[str, ...], repeats: int) -> None:
    """All ways of reading one file, ours first, and each peer's seconds over ours."""
    n_mb = path.stat().st_size / 1e6
    found: dict[str, Measured] = {}
    for way in ways:
        found[way] = seen = measured(way, path, short, repeats)
        if seen.n_samples != found["ours blocks"].n_samples:
            raise SystemExit(f"{way} sees {seen.n_samples} samples, ours {found['ours blocks'].n_samples}")
        ours = STRANGERS.get(way)
        ratio = round(seen.seconds / found[ours].seconds, 2) if ours else None
        ledger.add(
            job=job,
            method=way,
            megabytes=round(n_mb),
            seconds=round(seen.seconds, 3),
            mb_per_s=round(n_mb / seen.seconds),
            ratio_to_ours=ratio,
            peak_mb=round(seen.peak / 1e6),
            above_imports_mb=round((seen.peak - seen.before) / 1e6),
            **judged(way, seen, ratio),
        )


def judged(way: str, seen: Measured, ratio: float | None) -> dict[str, Any]:
    """The target of a row and whether it is reached."""
    if way in BOUNDED:
        return {"target": "peak < 1 GiB", "reached": seen.peak < LARGEST_PEAK}
    if ratio is not None:
        return {"target": "ours at most 1.3 x its time", "reached": ratio >= SLOWEST_RATIO}
    return {}


def trained(folder: Path) -> Path:
    """A small model, trained on a few simulated machines."""
    from pipeline.catalog.export import write_signals
    from pipeline.catalog.scanning.scan import scan
    from pipeline.config import RunConfig
    from pipeline.signals.simulation.fleet import demo_fleet
    from pipeline.workflow.train import train

    known, _ = demo_fleet(0, n_training=2, n_inbox=1)
    write_signals(known, folder / "recordings")
    scan(folder / "recordings").write(folder / "catalog.csv")
    raw = CONFIG | {"data": {"catalog": str(folder / "catalog.csv")}}
    train(RunConfig.parse(raw, "reading.py"), folder / "run")
    return folder / "run" / "model"


def diagnosed(model: Path, path: Path, scratch: Path) -> tuple[float, int, str]:
    """Seconds and peak bytes of `diagnose` in a fresh process, and the verdict."""
    out = scratch / "verdict.json"
    command = [str(Path(sys.executable).with_name("faultprint")), "diagnose", str(model), str(path)]
    command += ["--json", "--rate-hz", str(RATE_HZ), "--channel", "a" if path.suffix != ".wav" else "c0", "--no-cache"]
    started = time.perf_counter()
    with out.open("wb") as stream:
        process = subprocess.Popen(command, env=alone(), stdout=stream, stderr=subprocess.DEVNULL)
        peak = watched(process)
    seconds = time.perf_counter() - started
    lines = out.read_text().splitlines()
    said = json.loads(lines[0]) if lines else {}
    verdict = f"{said.get('verdict', 'none')} ({said.get('windows', 0)} windows)" if said else "no answer"
    reason = said.get("reason")
    return seconds, peak, f"exit {process.returncode}, {verdict}{f': {reason}' if reason else ''}"


def diagnosis_rows(ledger: Ledger, scratch: Path, seconds: int) -> None:
    """A long recording diagnosed, as HDF5, WAV and CSV, beside one second of the same."""
    model = trained(scratch / "fleet")
    writers: dict[str, Callable[[Path, int], Path]] = {
        "hdf5": lambda path, n: write_hdf5(path.with_suffix(".h5"), n),
        "wav": lambda path, n: write_wav(path.with_suffix(".wav"), n, RATE_HZ),
        "csv": lambda path, n: write_csv_rows(path.with_suffix(".csv"), n),
    }
    for kind, write in writers.items():
        for length_s in (1, seconds):
            path = write(scratch / f"{length_s}s", RATE_HZ * length_s)
            took, peak, said = diagnosed(model, path, scratch)
            n_mb = path.stat().st_size / 1e6
            goal = {"target": "peak < 1 GiB beside the weights", "reached": peak < LARGEST_PEAK and "windows" in said}
            ledger.add(
                job=f"diagnose {length_s} s at {RATE_HZ / 1e3:g} kHz, 2 channels, {kind}",
                method="faultprint diagnose",
                megabytes=round(n_mb),
                seconds=round(took, 2),
                mb_per_s=round(n_mb / took),
                peak_mb=round(peak / 1e6),
                verdict=said,
                **(goal if length_s > 1 else {}),
            )
            path.unlink()


def files(size: Size) -> dict[str, tuple[Callable[[Path, int], Path], int, tuple[str, ...]]]:
    """What is read: how each is written, how many bytes of it, and the ways of reading it."""
    return {
        "csv": (write_csv, size.n_bytes, CSV_WAYS),
        "csv with times": (write_timed_csv, size.n_bytes, CSV_WAYS),
        "csv, semicolons": (lambda path, n_bytes: write_csv(path, n_bytes, ";", ","), QUICK.n_bytes, CSV_WAYS),
        "hdf5": (lambda path, n_bytes: write_hdf5(path, n_bytes // 8), size.n_bytes, HDF5_WAYS),
    }


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of this script."""
    parser.add_argument("--scratch", type=Path, help="a folder with 6 GB free for the files (the system's for such)")


def main() -> None:
    """Make the files, read them every way, and tell."""
    options = arguments(__doc__, add_flags)
    size = QUICK if options.quick else FULL
    ledger = Ledger("reading.py")
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        scratch = Path(folder)
        for job, (write, n_bytes, ways) in files(size).items():
            path, short = write(scratch / f"long {job}", n_bytes), write(scratch / f"short {job}", SHORT_BYTES)
            reading_rows(ledger, job, path, short, ways, size.repeats)
            path.unlink()
        diagnosis_rows(ledger, scratch, size.seconds)
    reached = [row["reached"] for row in ledger.rows if "reached" in row]
    ledger.note(f"targets reached: {sum(reached)} of {len(reached)} (memory < 1 GiB, no slower than 1.3 x the peers)")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
