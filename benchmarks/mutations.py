"""What readers make of damaged files: 2,000 mutants of sound files for every reader, each read in a child process.

    python benchmarks/mutations.py --data DATA --json mutations.json --keep mutants

Files are damaged by seed (bytes flipped, cut, zeroed, repeated, inserted, swapped; half of it in the first and last
512 bytes). A worker reads them (`can_read` of all readers, then header, channels and pieces by the file's own reader)
within 4 GB of addresses; one that answers nothing for 10 s is killed, one that dies is replaced. Right is what reads
without contradiction, since a flipped bit in a sample is a sample; a refusal is our own error in one line. Everything
else is a fault: told, kept with --keep, and made again by --reader NAME --seed N.
"""

import argparse
import json
import queue
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ledger import Ledger, arguments, count
from mutants import mutant
from originals import originals

N_MUTANTS = 2000
N_QUICK = 40
N_WORKERS = 2
HANG_S = 10.0
FAULTS = ("other", "crash", "hang", "large")
WORKER = Path(__file__).with_name("mutation_worker.py")


class Job(NamedTuple):
    """One mutant to be read."""

    reader: str
    original: Path
    seed: int


class Fault(NamedTuple):
    """A mutant that was neither read nor refused."""

    job: Job
    outcome: str
    detail: str


class Worker:
    """A child process that reads mutants; replaced when it dies or hangs.

    Args:
        scratch: where it puts mutants.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.process: subprocess.Popen[str] | None = None

    def answer(self, job: Job) -> tuple[str, str]:
        """Outcome and detail for one mutant."""
        process = self.started()
        assert process.stdin is not None
        assert process.stdout is not None
        line = [job.reader, str(job.original), job.original.name, job.seed]
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], HANG_S)
        said = process.stdout.readline() if ready else ""
        if said:
            outcome, detail = json.loads(said)
            if outcome == "large":
                self.stop()
            return outcome, detail
        self.stop()
        return ("crash", f"exit code {process.returncode}") if ready else ("hang", f"over {HANG_S:g} s")

    def started(self) -> "subprocess.Popen[str]":
        """The process, a new one where the last is gone; its imports do not count as hanging."""
        if self.process is None:
            command = [sys.executable, str(WORKER), str(self.scratch)]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self.process

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            with suppress(BrokenPipeError):
                self.process.communicate()
            self.process = None


def jobs_of(files: dict[str, list[Path]], seeds: range) -> Iterator[Job]:
    """Every reader's mutants, its files in turn."""
    for reader, paths in files.items():
        for seed in seeds if paths else ():
            yield Job(reader, paths[seed % len(paths)], seed)


class Tally:
    """What came of all jobs so far."""

    def __init__(self, jobs: Iterator[Job]) -> None:
        self.waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in jobs:
            self.waiting.put(job)
        self.counts: dict[str, Counter[str]] = {}
        self.faults: list[Fault] = []
        self.seconds: dict[str, float] = defaultdict(float)
        self.lock = threading.Lock()

    def work(self, scratch: Path) -> None:
        """One worker's share: jobs until none is left."""
        worker = Worker(scratch)
        with suppress(queue.Empty):
            while True:
                job = self.waiting.get_nowait()
                started = time.perf_counter()
                outcome, detail = worker.answer(job)
                with self.lock:
                    self.note(job, outcome, detail, time.perf_counter() - started)
        worker.stop()

    def note(self, job: Job, outcome: str, detail: str, seconds: float) -> None:
        """One more outcome."""
        self.counts.setdefault(job.reader, Counter())[outcome] += 1
        self.seconds[job.reader] += seconds
        if outcome in FAULTS:
            self.faults.append(Fault(job, outcome, detail))
            print(f"{outcome}: {job.reader} {job.original.name} seed {job.seed}: {detail}", file=sys.stderr, flush=True)


def watched(tally: Tally, scratch: Path) -> None:
    """All jobs done by the workers."""
    threads = [threading.Thread(target=tally.work, args=(scratch,)) for _ in range(N_WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def keep(faults: list[Fault], folder: Path) -> None:
    """Write every faulty mutant as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for (reader, original, seed), outcome, _ in faults:
        (folder / f"{outcome}-{reader}-{seed}-{original.name}").write_bytes(
            mutant(original.read_bytes(), original.name, seed)
        )


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of this script."""
    parser.add_argument("--reader", help="only this reader")
    parser.add_argument("--seed", type=int, help="only this mutant")
    parser.add_argument("--mutants", type=count, help=f"how many per reader ({N_MUTANTS})")
    parser.add_argument("--keep", type=Path, help="keep faulty mutants in this folder")


def main() -> None:
    """Read all mutants and tell what came of them."""
    options = arguments(__doc__, add_flags)
    n_mutants = options.mutants or (N_QUICK if options.quick else N_MUTANTS)
    seeds = range(n_mutants) if options.seed is None else range(options.seed, options.seed + 1)
    with tempfile.TemporaryDirectory() as scratch:
        files = originals(Path(scratch) / "written", options.data and Path(options.data))
        if options.reader:
            files = {options.reader: files[options.reader]}
        tally = Tally(jobs_of(files, seeds))
        watched(tally, Path(scratch))
        if options.keep:
            keep(tally.faults, options.keep)
    ledger = Ledger("mutations.py")
    for reader, paths in files.items():
        counts = tally.counts.get(reader, Counter())
        ledger.add(
            job="damaged files",
            reader=reader,
            files=len(paths),
            mutants=counts.total(),
            right=counts["same"] + counts["right"],
            of_these_unharmed=counts["same"],
            refused=counts["refused"],
            **{fault: counts[fault] for fault in FAULTS},
            ms_per_mutant=round(1e3 * tally.seconds[reader] / max(1, counts.total()), 1),
        )
    for (reader, original, seed), outcome, detail in tally.faults:
        ledger.note(f"{outcome}: --reader {reader} --seed {seed} ({original.name}): {detail}")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
