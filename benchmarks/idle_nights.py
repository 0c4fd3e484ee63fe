"""Idle nights: what a batch costs that finds nothing new, beside a bare listing of the same files."""

import subprocess
from pathlib import Path

import numpy as np
from ledger import Ledger, timed
from nights import Kept, Night, aged, night

TARGET_S, TARGET_MB = 5.0, 300.0
PER_FOLDER = 1000
LISTED = ["-type", "f", "-printf", "%p %s %T@\n"]
"""What any batch must at least ask the file system: name, size and time of every file."""


def make_files(inbox: Path, n_files: int) -> None:
    """Small files, none of them a recording, each with a content of its own."""
    for place in range(n_files):
        folder = inbox / f"{place // PER_FOLDER:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{place:06d}.bin").write_text(f"no recording, number {place}")
    aged(inbox)


def idle_rows(ledger: Ledger, scratch: Path, n_files: int, runs: int) -> None:
    """A first run that puts all files aside, then runs that find them unchanged."""
    inbox, store = scratch / "many", scratch / "many.db"
    make_files(inbox, n_files)
    first = night("ready", inbox, store)
    assert first.counts["quarantined"] == n_files, first.counts
    add_first(ledger, first, n_files)
    found_s, found_iqr_s = timed(lambda: listed(inbox), runs)
    ledger.add(
        job="nothing to do", method="find, names sizes times", files=n_files, seconds=round(found_s, 3),
        iqr_s=round(found_iqr_s, 3), runs=runs,
    )  # fmt: skip
    night("ready", inbox, store)  # warms up
    add_idle(ledger, [night("ready", inbox, store) for _ in range(runs)], n_files, found_s)


def listed(inbox: Path) -> None:
    """The peer."""
    subprocess.run(["find", str(inbox), *LISTED], check=True, stdout=subprocess.DEVNULL)


def add_first(ledger: Ledger, first: Night, n_files: int) -> None:
    """The set-up's row, and whether a file costs more the more files are known already."""
    ledger.add(
        job="all new, none a recording", method="faultprint batch", files=n_files, seconds=round(first.seconds, 1),
        recordings_per_s=round(n_files / first.seconds, 1), peak_mb=round(first.peak_mb),
    )  # fmt: skip
    share = max(n_files // 10, 1)
    early, late = (ms_per_file(part) for part in (first.files[:share], first.files[-share:]))
    ledger.note(f"all new: {early:.1f} ms per file over the first tenth of the files, {late:.1f} over the last")


def ms_per_file(files: list[Kept]) -> float:
    """From one end to the next, on average.

    Example:
        >>> ms_per_file([Kept(1.0, "a"), Kept(1.5, "b"), Kept(2.0, "c")])
        500.0
    """
    return 1e3 * (files[-1].at_s - files[0].at_s) / max(len(files) - 1, 1)


def add_idle(ledger: Ledger, again: list[Night], n_files: int, found_s: float) -> None:
    """The row that has a target."""
    assert all(one.counts["unchanged"] == n_files for one in again)
    low, median, high = np.percentile([one.seconds for one in again], [25, 50, 75])
    peak_mb = max(one.peak_mb for one in again)
    reached = "reached" if median < TARGET_S and peak_mb < TARGET_MB else "missed"
    ledger.add(
        job="nothing to do", method="faultprint batch", files=n_files, seconds=round(float(median), 2),
        iqr_s=round(float(high - low), 2), ratio_to_peer=round(float(median) / found_s, 1), peak_mb=round(peak_mb),
        runs=len(again), target=f"< {TARGET_S:g} s, < {TARGET_MB:g} MB for 100,000 files",
        reached=reached if n_files >= 100_000 else None,
    )  # fmt: skip
