"""Busy nights: recordings a second of a batch, by executor and engine, beside the model alone on windows in memory."""

import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diagnosing import N_FILES, exported, made_model, recordings
from ledger import Ledger
from nights import Night, aged, night

from pipeline.catalog.opening import open_signal
from pipeline.models.bundle import Model
from pipeline.preprocessing.base import Batch
from pipeline.readers.side_file import side_file_of

WORKERS = 2
WARM_FILES = 4
"""Files that are not counted: the first of each worker waits for its model."""
BARE = "bare backbone, pictures in memory"
FORWARD = "the model's forward, windows in memory"


class Way(NamedTuple):
    """How the recordings are read, and by what."""

    executor: str
    engine: str

    @property
    def told(self) -> str:
        """As its row is called."""
        workers = "" if self.executor == "in-process" else f", {WORKERS} workers"
        return f"{self.executor}, {self.engine}{workers}"

    @property
    def flags(self) -> list[str]:
        """Of `faultprint batch`."""
        return ["--executor", self.executor, "--engine", self.engine, "--workers", str(WORKERS)]


class Figures(NamedTuple):
    """One run of one way."""

    seconds: float
    start_s: float
    per_s: float
    ms_per_window: float
    peak_mb: float


def copied(files: list[Path], inbox: Path, n_recordings: int) -> None:
    """As many recordings, each with a content of its own: the last sample differs."""
    inbox.mkdir()
    for place in range(n_recordings):
        source = files[place % len(files)]
        content = bytearray(source.read_bytes())
        content[-4:] = np.float32(1e-6 * (place + 1)).tobytes()
        path = inbox / f"{place:05d}.wav"
        path.write_bytes(bytes(content))
        side_file_of(path).write_bytes(side_file_of(source).read_bytes())  # type: ignore[union-attr]
    aged(inbox)


def windows_of(model: Model, inbox: Path) -> dict[str, list[Batch]]:
    """Each recording's windows, in the batches in which a diagnosis has them."""
    intake = model.card.intake
    return {
        path.name: list(intake.batches(intake.condition(open_signal(path)))) for path in sorted(inbox.glob("*.wav"))
    }


def peers(model: Model, batches: list[Batch]) -> dict[str, float]:
    """Milliseconds per window of what any batch must do at least: the net alone, and the whole model.

    Pictures are made batch by batch beside the clock: all of them at once would take gigabytes.
    """
    branch = model.classifier.branches[0]
    backbone = branch.backbone
    assert backbone is not None
    seconds = {BARE: 0.0, FORWARD: 0.0}
    with torch.inference_mode():
        for batch in [batches[0], *batches]:  # the first warms up
            if batch is batches[0]:
                seconds = dict.fromkeys(seconds, 0.0)
            pictures = branch.chain(model.classifier.shared(batch)).values
            seconds[BARE] += seconds_of(backbone, pictures)
            seconds[FORWARD] += seconds_of(model.classifier, batch)
    windows = sum(len(batch.values) for batch in batches)
    return {name: 1e3 * spent / windows for name, spent in seconds.items()}


def seconds_of(module: Callable[..., object], given: object) -> float:
    """One call."""
    started = time.perf_counter()
    module(given)
    return time.perf_counter() - started


def figures_of(run: Night, windows: dict[str, int]) -> Figures:
    """What a run says of itself; rates are of the time between the end of its warm files and that of its last.

    Example:
        >>> from nights import Kept
        >>> files = [Kept(3.0 + place, str(place)) for place in range(6)]
        >>> figures_of(Night(9.5, 700.0, {}, files), {str(place): 5 for place in range(6)})
        Figures(seconds=9.5, start_s=3.0, per_s=1.0, ms_per_window=200.0, peak_mb=700.0)
    """
    counted = run.files[WARM_FILES:]
    span_s = counted[-1].at_s - run.files[WARM_FILES - 1].at_s
    n_windows = sum(windows[file.source] for file in counted)
    start_s = run.files[0].at_s
    return Figures(run.seconds, start_s, len(counted) / span_s, 1e3 * span_s / n_windows, run.peak_mb)


def ways_here(ledger: Ledger, engines: list[str]) -> list[Way]:
    """Every way that can be run here; a line for one that cannot."""
    ways = [*(Way("in-process", engine) for engine in engines), Way("processes", "torch")]
    if find_spec("ray") is None:
        ledger.note("no row: ray is not installed; pip install 'faultprint[ray]'")
        return ways
    return [*ways, Way("ray", "torch")]


def busy_rows(ledger: Ledger, scratch: Path, n_recordings: int, rounds: int) -> None:
    """Every way over the same recordings, in turns, beside the model alone."""
    inbox = scratch / "inbox"
    copied(recordings(scratch / "made", min(N_FILES, n_recordings)), inbox, n_recordings)
    model, weights = made_model(scratch / "model")
    model, engines = exported(model, ledger)
    loaded = windows_of(model, inbox)
    windows = {name: sum(len(batch.values) for batch in batches) for name, batches in loaded.items()}
    batches = [batch for each in loaded.values() for batch in each]
    ways = ways_here(ledger, engines)
    alone: list[dict[str, float]] = []
    runs: dict[Way, list[Figures]] = {way: [] for way in ways}
    for turn in range(rounds):
        alone.append(peers(model, batches))
        for way in ways:
            run = night(scratch / "model", inbox, scratch / f"{turn}-{way.executor}-{way.engine}.db", *way.flags)
            assert run.counts["diagnosed"] == n_recordings, run.counts
            runs[way].append(figures_of(run, windows))
    common = {"job": "throughput", "files": n_recordings, "windows": sum(windows.values()), "weights": weights}
    common |= {"rounds": rounds, "cores": os.cpu_count()}
    add_peers(ledger, common, alone)
    for way, found in runs.items():
        add_way(ledger, common, way, found, [peer[BARE] for peer in alone])


def add_peers(ledger: Ledger, common: dict[str, object], alone: list[dict[str, float]]) -> None:
    """The rows against which the others are held."""
    bare = [peer[BARE] for peer in alone]
    per_recording = float(common["windows"]) / float(common["files"])  # type: ignore[arg-type]
    for name in (BARE, FORWARD):
        found = [peer[name] for peer in alone]
        median = float(np.median(found))
        ledger.add(
            **common, method=name, recordings_per_s=round(1e3 / (median * per_recording), 1),
            ms_per_window=round(median, 2), iqr_ms=spread(found),
            ratio_to_peer=round(float(np.median(np.divide(found, bare))), 2),
        )  # fmt: skip


def add_way(ledger: Ledger, common: dict[str, object], way: Way, found: list[Figures], bare: list[float]) -> None:
    """A way's row: medians over the rounds; the ratio is to the peer of the same round."""
    each = [one.ms_per_window for one in found]
    middle = Figures(*np.median(np.array(found), axis=0).tolist())
    ledger.add(
        **common, method=way.told, seconds=round(middle.seconds, 1), start_s=round(middle.start_s, 1),
        recordings_per_s=round(middle.per_s, 1), ms_per_window=round(middle.ms_per_window, 2), iqr_ms=spread(each),
        ratio_to_peer=round(float(np.median(np.divide(each, bare))), 2),
        peak_mb=round(max(one.peak_mb for one in found)),
    )  # fmt: skip


def spread(values: list[float]) -> float | None:
    """Interquartile range; none of a single round."""
    low, high = np.percentile(values, [25, 75])
    return round(float(high - low), 2) if len(values) > 1 else None
