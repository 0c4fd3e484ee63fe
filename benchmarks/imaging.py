"""Images from one second of signal: ours beside what is otherwise used, time, error and memory, in one run.

    python benchmarks/imaging.py --json imaging.json

Every method ends in an image of 224 x 224: wavelets as the RMS of the magnitude over 224 time cells, short-time
spectra resized; `fault_order` has its own size, and no peer. Each method runs in a process of its own, peers in
`.venv-peers` (made when it is missing); they take turns, round by round, so that whatever else the machine does meets
all of them. `ms_per_image` is the median of the rounds, `iqr_ms` their interquartile range, `ratio_to_ours` the median
of the ratios within each round. `images` is how many a method was timed on where all of a batch would take too long.
`memory_mib` is what making a batch added to the peak of the method's process, imports left out.

`max_error` is the largest deviation from a float64 reference, as a share of the image's maximum; the wavelet's
reference oversamples the transform eight times. Definitions part where wavelets reach beyond Nyquist: ours and
PyWavelets' go on, the others' end there. `max_error_low` is the error in rows up to a quarter of the rate, where all
mean the same. All use a Morlet wavelet with w0 = 6 in the L1 norm: a unit sine reads 1.

`--quick` keeps 12 kHz, single images and one thread, with pywt-16 and fCWT.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from image_jobs import CONTENDERS, LOWEST_HZ, SIZE, W0, Contender, frequencies_hz, signals
from ledger import Ledger, arguments
from own_images import scipy_stft
from peers import Environment

from pipeline.preprocessing.engine.mothers import mother

Array = npt.NDArray[np.float64]

CHECKED = slice(0, None, 4)
"""Rows held against the slow reference."""

ROUNDS, FEWEST_ROUNDS = 31, 3
LONGEST_S, LONGEST_QUICK_S = 20.0, 5.0
"""Rounds of turns, fewer once they have taken so long."""

SILENT_S = 180.0
"""A method that says nothing for so long is given up."""

TARGETS = [
    ("wavelet", "pywt-16", 20.0),
    ("wavelet", "fCWT", 3.0),
    ("stft", "torch.stft", 1.0),
]
"""Job, method, and how many times its time of ours it must take; at 12 kHz on one thread."""

FAULT_ORDER_MS = 2.0
"""For one image at 12 kHz, 64 at a time, on two cores."""


class Setup(NamedTuple):
    """What all methods of one table get."""

    job: str
    rate_hz: int
    batch: int
    threads: int

    @property
    def title(self) -> str:
        """As the rows name it."""
        return f"{self.job} {self.rate_hz // 1000} kHz x 1 s"


def wavelet_reference(samples: Array, rate_hz: int) -> Array:
    """The checked rows in float64: the transform at eight times the rate, its energy summed over each cell."""
    over, length = 8, 4 * rate_hz
    spectrum = np.fft.fft(samples, length)
    numbers = np.arange(-length, length + 1)
    edges = np.round((np.arange(SIZE + 1) / SIZE * rate_hz - 0.5) * over, 6)
    rows = []
    for frequency in frequencies_hz(rate_hz)[CHECKED] / rate_hz:
        wide = np.zeros(length * over, dtype=complex)
        wide[numbers] = spectrum[numbers % length] * mother("morlet", W0).response(numbers / length / frequency)
        transform = np.fft.ifft(wide) * over
        energy = np.abs(np.roll(transform, over)[: (rate_hz + 2) * over]) ** 2
        swept = np.concatenate([[0.0], np.cumsum((energy[1:] + energy[:-1]) / 2)])
        cells = np.diff(np.interp(edges, np.arange(len(swept)) - over, swept))
        rows.append(np.sqrt(cells * SIZE / rate_hz / over))
    return np.array(rows)


def errors(setup: Setup, image: Array, reference: Array | None) -> dict[str, float]:
    """The largest deviation from the reference, everywhere and in the lower rows; nothing without a reference."""
    if reference is None:
        return {}
    if setup.job == "stft":
        return {"max_error": _two_digits(np.abs(image - reference).max() / reference.max())}
    rows = np.abs(image[CHECKED] - reference).max(axis=1) / reference.max()
    low = frequencies_hz(setup.rate_hz)[CHECKED] <= setup.rate_hz / 4
    return {"max_error": _two_digits(rows.max()), "max_error_low": _two_digits(rows[low].max())}


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


class Entrant:
    """A method at work in its own process.

    Args:
        contender: which one.
        setup: what it gets.
        python: the interpreter of its environment.
        scratch: a folder with `windows.npy`.
    """

    def __init__(self, contender: Contender, setup: Setup, python: Path, scratch: Path) -> None:
        self.method = contender.method
        self.image_file = scratch / f"{self.method.replace(' ', '-')}.npy"
        self.rounds: list[float] = []
        module = "peer_images" if contender.peer else "own_images"
        worker = Path(__file__).with_name("image_worker.py")
        job = [f"{setup.job}/{self.method}", str(setup.rate_hz), str(setup.threads)]
        self.process = subprocess.Popen(
            [str(python), str(worker), module, *job, str(scratch / "windows.npy"), str(self.image_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch,
            env=os.environ | {"OMP_NUM_THREADS": str(setup.threads), "MPLBACKEND": "agg"},
            text=True,
        )
        self.said = self._answer()
        self.failed: str = self.said.get("failed", "")

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], SILENT_S)
        line = self.process.stdout.readline() if ready else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        if not ready:
            self.process.kill()
            return {"failed": f"silent for {SILENT_S:g} s"}
        return {"failed": f"its process ended with code {self.process.wait()}"}

    def take_turn(self) -> None:
        """One more round: the median of some calls, in seconds for one image."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("turn\n")
            self.process.stdin.flush()
            answer = self._answer()
        except BrokenPipeError:
            answer = {"failed": f"its process ended with code {self.process.wait()}"}
        self.failed = answer.get("failed", "")
        if not self.failed:
            self.rounds.append(float(np.median(answer["seconds"])) / self.said["images"])

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def contest(entrants: list[Entrant], longest_s: float) -> None:
    """Rounds of turns, one method after the other; one that fails drops out."""
    begun = time.perf_counter()
    for number in range(ROUNDS):
        if number >= FEWEST_ROUNDS and time.perf_counter() - begun > longest_s:
            return
        for entrant in entrants:
            if not entrant.failed:
                entrant.take_turn()


def row_of(setup: Setup, entrant: Entrant, ours: list[float], reference: Array | None) -> dict[str, Any]:
    """What the table says of one method."""
    low, median, high = np.percentile(entrant.rounds, [25, 50, 75])
    ratios = np.divide(entrant.rounds, ours[: len(entrant.rounds)])
    return {
        "job": setup.title,
        "method": entrant.method,
        "batch": setup.batch,
        "threads": setup.threads,
        "ms_per_image": round(1e3 * float(median), 3),
        "iqr_ms": round(1e3 * float(high - low), 3),
        "ratio_to_ours": round(float(np.median(ratios)), 2),
        **errors(setup, np.load(entrant.image_file)[0], reference),
        "memory_mib": entrant.said["memory_mib"],
        "rounds": len(entrant.rounds),
        "images": entrant.said["images"],
    }


def compare(
    setup: Setup, contenders: list[Contender], environment: Environment, ledger: Ledger, longest_s: float
) -> None:
    """One table's rows: ours comes first, the others are held against it; what fails is told below."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        windows = np.concatenate([signals(1, setup.rate_hz), signals(setup.batch, setup.rate_hz)[1:]])
        np.save(scratch / "windows.npy", windows)
        entrants = []
        for contender in contenders:
            python = environment.python if contender.peer else Path(sys.executable)
            entrants.append(Entrant(contender, setup, python, scratch))
        contest(entrants, longest_s)
        reference = reference_of(setup, windows)
        for contender, entrant in zip(contenders, entrants, strict=True):
            entrant.stop()
            told = f"{setup.title}, {entrant.method}: {entrant.failed}"
            if not entrant.failed:
                ledger.add(**row_of(setup, entrant, entrants[0].rounds, reference))
            elif contender.peer:
                ledger.note(f"no row: {told}")
            else:
                raise RuntimeError(told)


def reference_of(setup: Setup, windows: Array) -> Array | None:
    """The first window's image in float64; None for `fault_order`, whose tests hold it against physics."""
    if setup.job == "wavelet":
        return wavelet_reference(windows[0].astype(np.float64), setup.rate_hz)
    if setup.job == "stft":
        image: Array = scipy_stft(setup.rate_hz, 1)(windows[:1])[0]
        return image
    return None


def setups(quick: bool) -> Iterator[Setup]:
    """Every job, rate, batch and number of threads."""
    for job in ("wavelet", "stft", "fault_order"):
        for rate_hz in (12000,) if quick or job == "fault_order" else (12000, 48000):
            for batch in (1,) if quick else (1, 64):
                for threads in (1,) if quick else (1, 2):
                    yield Setup(job, rate_hz, batch, threads)


def say_targets(ledger: Ledger) -> None:
    """One line for each target that was tried."""
    for job, method, wanted in TARGETS:
        for row in ledger.rows:
            if row["job"] == f"{job} 12 kHz x 1 s" and row["method"].startswith(method) and row["threads"] == 1:
                outcome = "reached" if row["ratio_to_ours"] >= wanted else "MISSED"
                ratio = f"ours {row['ratio_to_ours']:g} x as fast as {row['method']}"
                ledger.note(f"{outcome}: {row['job']}, batch {row['batch']}: {ratio} (target {wanted:g} x)")
    say_errors(ledger)
    for row in ledger.rows:
        if row["job"].startswith("fault_order") and row["batch"] == 64 and row["threads"] == 2:
            outcome = "reached" if row["ms_per_image"] < FAULT_ORDER_MS else "MISSED"
            ledger.note(f"{outcome}: {row['method']} {row['ms_per_image']:g} ms per image (target {FAULT_ORDER_MS:g})")


def say_errors(ledger: Ledger) -> None:
    """Whether any peer's wavelet image is nearer to the reference than ours, in any rows."""
    ours = {row["job"]: row for row in ledger.rows if row["method"] == "ours"}
    peers = [row for row in ledger.rows if row["job"].startswith("wavelet") and row["method"] != "ours"]
    nearer = [
        f"{row['job']} {row['method']} {key} {row[key]:g}"
        for row in peers
        for key in ("max_error", "max_error_low")
        if row[key] < ours[row["job"]][key]
    ]
    if nearer:
        ledger.note(f"MISSED: nearer to the reference than ours: {'; '.join(nearer)}")
    elif peers:
        ledger.note("reached: no peer's wavelet image has a smaller error than ours")


def main() -> None:
    """Every table in turn."""
    options = arguments(__doc__)
    ledger = Ledger("imaging.py")
    environment = Environment()
    chosen = [contender for contender in CONTENDERS if contender.quick or not options.quick]
    missing = environment.missing(*sorted({contender.peer for contender in chosen if contender.peer}))
    for peer, why in missing.items():
        ledger.note(f"no rows: {peer}: {why}")
    for setup in setups(options.quick):
        contenders = [each for each in chosen if each.job == setup.job and each.peer not in missing]
        compare(setup, contenders, environment, ledger, LONGEST_QUICK_S if options.quick else LONGEST_S)
    ledger.note(f"{SIZE} x {SIZE} pixels; wavelet: Morlet, w0 = {W0:g}, {LOWEST_HZ:g} Hz to 0.45 of the rate.")
    say_targets(ledger)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
