"""Where the time of a diagnosis goes: recordings walked through by one warm process, and the same with other engines.

    FAULTPRINT_WEIGHTS=... python benchmarks/diagnosing.py --json diagnosing.json

A hundred simulated recordings of 1 to 10 s at 12 kHz, WAV with side files as `write_signals` makes them, are walked
through again and again up to 1,000 (100 with --quick), read from disk each time, nothing cached; a model of SqueezeNet
1.1 on wavelet images answers window by window. Its weights are ImageNet's where FAULTPRINT_WEIGHTS has them, else
random ones, which take as long. Engines take turns, ten parts of the recordings each; figures are medians of the parts
in ms per window, the spread is their interquartile range.

With torch the time is split: `image` is all stages from samples to what the net sees, `backbone` the net, and `beside`
all the rest; of that, `reading` (opening, conditioning, windows) is timed by itself, in further turns. An engine that
is not installed, or that the model cannot be exported to, gets no row and a line saying why.
"""

import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ledger import Ledger, arguments
from torch import nn

from pipeline.catalog.export import write_signals
from pipeline.catalog.opening import open_signal
from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.errors import FaultprintError, WeightsError
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.export import export_model
from pipeline.models.intake import Intake
from pipeline.models.weights import find_weights, load_weights
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.windows import WindowConfig
from pipeline.workflow.diagnose import diagnoses

RATE_HZ = 12000
N_FILES, N_RECORDINGS, N_QUICK, N_PARTS = 100, 1000, 100, 10
LABELS = ("ball", "inner_race", "outer_race")
BESIDE_MS = 3.0
OPENVINO_RATIO = 1.5


def recordings(folder: Path, n_files: int = N_FILES) -> list[Path]:
    """Simulated machines, one recording each, 1 to 10 s long in turn."""
    signals = (
        simulate(random_machine(seed), [LABELS[seed % 3]], duration_s=1.0 + seed % 10, rate_hz=RATE_HZ, seed=seed)
        for seed in range(n_files)
    )
    return write_signals(list(signals), folder, with_labels=False)


def made_model(folder: Path) -> tuple[Model, str]:
    """SqueezeNet 1.1 on wavelet images of one second; and whose weights it has."""
    branch = BranchConfig(backbone="squeezenet1_1")
    stages: list[StageSpec] = [{"wavelet": {}}, "decibels", "standardise"]
    classifier = Classifier(stages, [branch], Setting(float(RATE_HZ), RATE_HZ), labels=LABELS)
    weights = "imagenet"
    try:
        backbone = classifier.branches[0].backbone
        assert backbone is not None
        load_weights(backbone, find_weights("squeezenet1_1", download=False))
    except WeightsError:
        weights = "random"
    branches = [branch.model_copy(update={"stages": classifier.branches[0].chain.specs})]
    intake = Intake(rate_hz=float(RATE_HZ), window=WindowConfig(samples=RATE_HZ), needs=("rate_hz",))
    card = ModelCard(
        name="diagnosing",
        task="multilabel",
        labels=LABELS,
        stages=classifier.shared.specs,
        branches=branches,
        intake=intake,
    )
    return save_bundle(Model(card, classifier), folder), weights


class Clock:
    """Seconds spent inside some modules."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = 0.0

    def on(self, *modules: nn.Module) -> "Clock":
        """Watch these from now on."""
        for module in modules:
            module.register_forward_pre_hook(self._start)
            module.register_forward_hook(self._stop)
        return self

    def _start(self, *_: Any) -> None:
        self._started = time.perf_counter()

    def _stop(self, *_: Any) -> None:
        self.seconds += time.perf_counter() - self._started


@contextmanager
def counted(into: list[float]) -> Iterator[None]:
    """Wall-clock seconds of a block."""
    started = time.perf_counter()
    yield
    into.append(time.perf_counter() - started)


class Walk:
    """One engine on its way through all recordings, part by part.

    Args:
        engine: "torch", "onnx" or "openvino".
        model: saved, and exported where the engine wants that.
        paths: of all recordings, in order.
    """

    def __init__(self, engine: str, model: Model, paths: list[Path]) -> None:
        self.engine = engine
        self.windows: list[int] = []
        self.seconds: list[float] = []
        self._coming: Iterator[Diagnosis] = iter(diagnoses(model, paths, engine=engine))

    def warmed(self, n_recordings: int) -> "Walk":
        """The same after some that are not counted."""
        list(itertools.islice(self._coming, n_recordings))
        return self

    def part(self, n_recordings: int) -> None:
        """Some more of them."""
        with counted(self.seconds):
            made = list(itertools.islice(self._coming, n_recordings))
        self.windows.append(sum(each.verdict.windows or 0 for each in made))

    def row(self, job: str, weights: str, ours: "Walk") -> dict[str, Any]:
        """What the table says of it."""
        low, median, high = np.percentile(np.divide(self.seconds, self.windows) * 1e3, [25, 50, 75])
        return {
            "job": job,
            "method": self.engine,
            "weights": weights,
            "recordings": None,
            "windows": sum(self.windows),
            "threads": torch.get_num_threads(),
            "ms_per_window": round(float(median), 2),
            "iqr_ms": round(float(high - low), 2),
            "ratio_to_torch": round(float(np.median(np.divide(self.seconds, ours.seconds))), 2),
        }


def read_only(intake: Intake, paths: list[Path]) -> None:
    """All of a diagnosis up to the windows."""
    for path in paths:
        for batch in intake.batches(intake.condition(open_signal(path))):
            assert len(batch.values)


def exported(model: Model, ledger: Ledger) -> tuple[Model, list[str]]:
    """The model with every form it can be given here, and the engines that run them."""
    engines = ["torch"]
    for engine in ("onnx", "openvino"):
        try:
            model, _ = export_model(model, engine)
        except FaultprintError as error:
            ledger.note(f"no row: {engine}: {error}")
            continue
        engines.append(engine)
    return model, engines


def say_targets(ledger: Ledger) -> None:
    """The design's two figures, reached or missed."""
    by_engine = {row["method"]: row for row in ledger.rows}
    beside = by_engine["torch"]["beside_ms"]
    outcome = "reached" if beside <= BESIDE_MS else "MISSED"
    ledger.note(f"{outcome}: beside the backbone and the image {beside:g} ms per window (target {BESIDE_MS:g})")
    if "openvino" in by_engine:
        times = 1 / by_engine["openvino"]["ratio_to_torch"]
        outcome = "reached" if times >= OPENVINO_RATIO else "MISSED"
        ledger.note(f"{outcome}: OpenVINO {times:.2f} x as fast as torch (target {OPENVINO_RATIO:g} x)")


def main() -> None:
    """Walk through all recordings with every engine, in turns."""
    options = arguments(__doc__)
    ledger = Ledger("diagnosing.py")
    n_recordings = N_QUICK if options.quick else N_RECORDINGS
    share = n_recordings // N_PARTS
    with tempfile.TemporaryDirectory() as scratch:
        files = recordings(Path(scratch) / "recordings")
        model, weights = made_model(Path(scratch) / "model")
        model, engines = exported(model, ledger)
        paths = list(itertools.islice(itertools.cycle(files), n_recordings))
        walks = [Walk(engine, model, files[:5] + paths).warmed(5) for engine in engines]
        branch = model.classifier.branches[0]
        assert branch.backbone is not None
        image, backbone = Clock().on(model.classifier.shared, branch.chain), Clock().on(branch.backbone)
        parts: dict[str, list[float]] = {"image": [], "backbone": [], "reading": []}
        for number in range(N_PARTS):
            image.seconds = backbone.seconds = 0.0
            for walk in walks:
                walk.part(share)
            parts["image"].append(image.seconds)
            parts["backbone"].append(backbone.seconds)
            with counted(parts["reading"]):
                read_only(model.card.intake, paths[number * share : (number + 1) * share])
    ours = walks[0]
    netto = zip(ours.seconds, parts["image"], parts["backbone"], strict=True)
    parts["beside"] = [whole - image_s - backbone_s for whole, image_s, backbone_s in netto]
    split = {
        f"{name}_ms": round(1e3 * float(np.median(np.divide(seconds, ours.windows))), 2)
        for name, seconds in parts.items()
    }
    for walk in walks:
        row = walk.row(f"diagnose {n_recordings} recordings", weights, ours) | {"recordings": n_recordings}
        ledger.add(**row, **(split if walk is ours else {}))
    say_targets(ledger)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
