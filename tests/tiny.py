"""A tiny world for tests of the whole way: tones as machines, a small net, seconds instead of minutes.

A "fault" here is a tone of its own frequency, so that any working pipeline tells them apart and a broken one does not.
"""

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.io import wavfile

RATE_HZ = 2000
TONES_HZ = {"healthy": 100.0, "outer_race": 300.0, "ball": 700.0}


def tone(label: str, seed: int, seconds: float = 1.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A noisy tone, float32, shape (time,)."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    level = rng.uniform(0.5, 2.0)
    wave = np.sin(2 * np.pi * TONES_HZ[label] * time_s + rng.uniform(0, 6)) + 0.3 * rng.standard_normal(time_s.size)
    return (level * wave).astype(np.float32)


def write_recordings(folder: Path, per_label: int = 4) -> Path:
    """One WAV per specimen, one folder per label, side files with the rest."""
    for seed, (label, number) in enumerate((label, number) for label in TONES_HZ for number in range(per_label)):
        path = folder / label / f"{label}-{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        wavfile.write(path, RATE_HZ, tone(label, seed))
        side = {"speed_rpm": 1500 + 10 * number, "specimen": f"{label}-{number}", "bearing": "6205"}
        path.with_name(path.name + ".yaml").write_text(yaml.safe_dump(side))
    return folder


def config(catalog: Path, **changes: Any) -> dict[str, Any]:
    """A run on it, as YAML would give it."""
    return {
        "name": "tiny",
        "data": {"catalog": str(catalog)},
        "rate_hz": RATE_HZ,
        "window": {"samples": 500},
        "task": "multiclass",
        "split": {"group": "specimen", "test_share": 0.25, "seed": 1},
        "stages": [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"],
        "branches": [
            {
                "stages": [{"resize": {"rows": 32, "columns": 32}}, "to_imagenet"],
                "backbone": "small",
                "weights": "random",
                "regime": "head",
                "head": "logistic",
            }
        ],
    } | changes


def write_config(path: Path, catalog: Path, **changes: Any) -> Path:
    """The same as a file."""
    path.write_text(yaml.safe_dump(config(catalog, **changes)))
    return path
