"""A night's batch: what one with nothing to do costs, and how many recordings a second the others get through.

    FAULTPRINT_WEIGHTS=... python benchmarks/batches.py --json batches.json

Each run is a fresh process, `faultprint batch`; seconds are wall-clock with its start, memory is the peak resident set
of that process. Jobs:

- first run, nothing to do: 100,000 small files (2,000 with --quick), none of them a recording, so that the first run
  puts all of them aside; the second finds them unchanged. Three second runs, the median;
- throughput: 600 simulated recordings (60 with --quick) of 1 to 10 s at 12 kHz, read by SqueezeNet 1.1 on wavelet
  images (ImageNet's weights where FAULTPRINT_WEIGHTS has them), by every executor and engine, beside the bare backbone
  on as many windows in one warm process. The start, which a night pays once, is measured by a run over one recording
  and told apart: `recordings_per_s` is without it.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diagnosing import N_FILES, exported, made_model, recordings
from ledger import Ledger, arguments, count
from peaks import watched

from pipeline.catalog.opening import open_signal
from pipeline.models.bundle import Model
from pipeline.readers.side_file import side_file_of

COMMAND = str(Path(sys.executable).with_name("faultprint"))
TARGET_S, TARGET_MB = 5.0, 300.0
OLD_S = 3600.0


class Night(NamedTuple):
    """One run: seconds, peak memory, what it counted."""

    seconds: float
    peak_mb: float
    counts: dict[str, int]


def night(model: Path | str, inbox: Path, store: Path, *more: str) -> Night:
    """`faultprint batch`, as a scheduler runs it."""
    command = [COMMAND, "batch", str(model), str(inbox), "--store", str(store), "--json", "--quiet", *more]
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out)
        peak_mb = watched(process) / 2**20
        seconds = time.perf_counter() - started
        out.seek(0)
        said = out.read()
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Night(seconds, peak_mb, json.loads(said))


def nothing_to_do(ledger: Ledger, scratch: Path, n_files: int) -> None:
    """A first run over files that are no recordings, then runs that find them unchanged."""
    inbox, store = scratch / "many", scratch / "many.db"
    for place in range(n_files):
        folder = inbox / f"{place // 1000:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{place:06d}.bin").write_text(f"no recording, number {place}")
    aged(inbox)
    first = night("ready", inbox, store)
    assert first.counts["quarantined"] == n_files, first.counts
    ledger.add(job="first run", files=n_files, seconds=round(first.seconds, 1), peak_mb=round(first.peak_mb))
    again = [night("ready", inbox, store) for _ in range(3)]
    assert all(one.counts["unchanged"] == n_files for one in again)
    low, median, high = np.percentile([one.seconds for one in again], [0, 50, 100])
    peak_mb = max(one.peak_mb for one in again)
    ledger.add(
        job="nothing to do",
        files=n_files,
        seconds=round(median, 2),
        range_s=round(high - low, 2),
        peak_mb=round(peak_mb),
        target=f"{TARGET_S:g} s, {TARGET_MB:g} MB",
    )
    outcome = "reached" if median < TARGET_S and peak_mb < TARGET_MB else "MISSED"
    ledger.note(f"{outcome}: nothing to do over {n_files} files in {median:.2f} s and {peak_mb:.0f} MB")


def aged(folder: Path) -> None:
    """Files that nobody is writing any more."""
    old = f"@{time.time() - OLD_S:.0f}"
    subprocess.run(["find", str(folder), "-type", "f", "-exec", "touch", "-d", old, "{}", "+"], check=True)


def copied(files: list[Path], inbox: Path, n_recordings: int) -> None:
    """As many recordings, each with a content of its own: the last sample's sign and place differ."""
    inbox.mkdir()
    for place in range(n_recordings):
        source = files[place % len(files)]
        content = bytearray(source.read_bytes())
        content[-4:] = np.float32(1e-6 * (place + 1)).tobytes()
        path = inbox / f"{place:05d}.wav"
        path.write_bytes(bytes(content))
        side_file_of(path).write_bytes(side_file_of(source).read_bytes())  # type: ignore[union-attr]
    aged(inbox)


def bare(model: Model, inbox: Path) -> tuple[float, int]:
    """Seconds of the backbone alone on every window, warm, its pictures at hand; and how many windows there are."""
    branch = model.classifier.branches[0]
    assert branch.backbone is not None
    seconds, windows = 0.0, 0
    with torch.inference_mode():
        for path in sorted(inbox.glob("*.wav")):
            for batch in model.card.intake.batches(model.card.intake.condition(open_signal(path))):
                pictures = branch.chain(model.classifier.shared(batch)).values
                if not windows:
                    branch.backbone(pictures)
                started = time.perf_counter()
                branch.backbone(pictures)
                seconds += time.perf_counter() - started
                windows += len(pictures)
    return seconds, windows


def throughput(ledger: Ledger, scratch: Path, n_recordings: int) -> None:
    """Every executor and engine over the same recordings, beside the bare backbone."""
    inbox, one = scratch / "inbox", scratch / "one"
    files = recordings(scratch / "made")[: min(N_FILES, n_recordings)]
    copied(files, inbox, n_recordings)
    copied(files, one, 1)
    model, weights = made_model(scratch / "model")
    model, engines = exported(model, ledger)
    bare_s, windows = bare(model, inbox)
    known = {"recordings": n_recordings, "windows": windows, "weights": weights}
    ledger.add(job="bare backbone", **known, seconds=round(bare_s, 1), recordings_per_s=round(n_recordings / bare_s, 1))
    for executor, engine in [*(("in-process", engine) for engine in engines), ("processes", "torch")]:
        options = ["--executor", executor, "--engine", engine]
        start = night(scratch / "model", one, scratch / f"one-{executor}-{engine}.db", *options)
        run = night(scratch / "model", inbox, scratch / f"{executor}-{engine}.db", *options)
        assert run.counts["diagnosed"] == n_recordings, run.counts
        netto_s = run.seconds - start.seconds
        ledger.add(
            job=f"{executor}, {engine}",
            **known,
            seconds=round(run.seconds, 1),
            start_s=round(start.seconds, 1),
            recordings_per_s=round((n_recordings - 1) / netto_s, 1),
            ratio_to_bare=round(netto_s / bare_s, 2),
            peak_mb=round(run.peak_mb),
        )


def main() -> None:
    """Nothing to do, then something."""
    options = arguments(
        __doc__,
        lambda parser: parser.add_argument("--files", type=count, help="files of the first job"),
        lambda parser: parser.add_argument("--only", choices=("nothing", "throughput"), help="one of the two"),
    )
    ledger = Ledger("batches.py")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if options.only != "throughput":
            nothing_to_do(ledger, scratch, options.files or (2000 if options.quick else 100_000))
        if options.only != "nothing":
            throughput(ledger, scratch, 60 if options.quick else 600)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
