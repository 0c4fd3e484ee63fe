"""How long a user waits before anything happens: `faultprint --help`, and the first verdict of a fresh process.

    python benchmarks/startup.py --json startup.json

The first verdict is held against a fresh process that only imports torch and torchvision (through the adapter, which
the CPU wheel needs): no diagnosis by a CNN can be quicker. Runs alternate, after one round that warms the disk cache;
median and interquartile range of 10 rounds (3 with --quick).
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ledger import Ledger, arguments
from scipy.io import wavfile

from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.windows import WindowConfig

COMMAND = str(Path(sys.executable).with_name("faultprint"))
IMPORTS = "import pipeline.models.torchvision_adapter"
TARGETS = {"faultprint --help": "< 0.3 s", "first verdict": "<= 1.5 x the imports + the reading"}


def make_model(folder: Path) -> Path:
    """SqueezeNet 1.1 on wavelet images; its weights are random, because only their loading is timed."""
    stages: list[StageSpec] = [
        {"wavelet": {"rows": 128, "columns": 224, "min_hz": 50, "max_hz": 5400}},
        "decibels",
        "standardise",
    ]
    branch = BranchConfig(backbone="squeezenet1_1")
    intake = Intake(rate_hz=12000.0, window=WindowConfig(samples=12000))
    classifier = Classifier(stages, [branch], Setting(12000.0, 12000), labels=["ball", "inner_race", "outer_race"])
    branches = [each.config.model_copy(update={"stages": each.chain.specs}) for each in classifier.branches]
    labels = ("ball", "inner_race", "outer_race")
    card = ModelCard(
        name="startup",
        task="multilabel",
        labels=labels,
        stages=classifier.shared.specs,
        branches=branches,
        intake=intake,
    )
    save_bundle(Model(card, classifier), folder)
    return folder


def seconds(command: list[str]) -> float:
    """Wall-clock seconds of one fresh process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Time the three commands in turn."""
    options = arguments(__doc__)
    rounds = 3 if options.quick else 10
    with tempfile.TemporaryDirectory() as scratch:
        model, wav = make_model(Path(scratch) / "model"), Path(scratch) / "pump.wav"
        wavfile.write(wav, 12000, np.random.default_rng(0).standard_normal(12000).astype(np.float32))
        jobs = {
            "imports only": [sys.executable, "-c", IMPORTS],
            "faultprint --help": [COMMAND, "--help"],
            "first verdict": [COMMAND, "diagnose", str(model), str(wav), "--no-cache"],
        }
        times: dict[str, list[float]] = {job: [] for job in jobs}
        for turn in range(rounds + 1):
            for job, command in jobs.items():
                once = seconds(command)
                if turn:
                    times[job].append(once)
    ledger = Ledger("startup.py")
    imports = float(np.median(times["imports only"]))
    for job, found in times.items():
        low, median, high = np.percentile(found, [25, 50, 75])
        ledger.add(
            job=job,
            method="ours" if job != "imports only" else "python",
            seconds=round(float(median), 3),
            iqr_s=round(float(high - low), 3),
            ratio_to_imports=round(float(median) / imports, 2),
            rounds=rounds,
            target=TARGETS.get(job, ""),
        )
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
