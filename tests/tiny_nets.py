"""Tiny nets for tests of training: tones as windows, a small net, a plan for it."""

import torch
from tiny import RATE_HZ, TONES_HZ, tone

from pipeline.catalog.row import Row
from pipeline.preprocessing.base import Batch
from pipeline.training.learn import Plan
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet, target_of
from pipeline.windows import WindowConfig

LABELS = tuple(sorted(TONES_HZ))
SMALL = {
    "stages": [{"resize": {"rows": 32, "columns": 32}}, "to_imagenet"],
    "backbone": "small",
    "weights": "random",
    "head": "logistic",
}


def plan(*branches: dict[str, object], **changes: object) -> Plan:
    """A run on tones with these branches."""
    given = {
        "name": "tiny",
        "task": "multiclass",
        "labels": LABELS,
        "rate_hz": float(RATE_HZ),
        "window": WindowConfig(samples=500),
        "stages": [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"],
        "branches": [TrainedBranchConfig(**branch) for branch in branches],
        "fit": FitConfig(epochs=3, batch_windows=8, learning_rate=3e-3, accelerator="cpu"),
        "seed": 0,
    }
    return Plan(**(given | changes))


def windows(seed: int = 0, per_label: int = 4) -> WindowSet:
    """Four windows each of some signals per label."""
    rows, batches = [], []
    for label in LABELS:
        for number in range(per_label):
            place = len(rows)
            rows.append(Row(f"s{place}", f"s{place}.wav", labels=(label,), specimen=f"{label}{number}"))
            samples = torch.from_numpy(tone(label, seed=1000 * seed + place)).reshape(4, 1, 500)
            batches.append(Batch.of(samples, rate_hz=float(RATE_HZ)))
    targets = torch.tensor([target_of(row, LABELS, "multiclass") for row in rows])
    return WindowSet(tuple(rows), tuple(batches), targets)


def accuracy(logits: torch.Tensor, given: WindowSet) -> float:
    """Share of windows whose label is right."""
    return float((logits.argmax(dim=1) == given.window_targets.argmax(dim=1)).float().mean())
