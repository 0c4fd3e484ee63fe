"""A damaged bearing as evidence: noise that swells at the outer race's frequency, so that truth is known; a browser."""

import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.diagnosis.evidence import Evidence, waveform_envelope
from pipeline.preprocessing.base import Axis, ImageAxes
from pipeline.verdict import Outcome, Verdict

RATE_HZ, SPEED_RPM, FAULT_HZ = 12000.0, 1772.0, 105.9


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    rng = np.random.default_rng(7)
    time_s = np.arange(24000) / RATE_HZ
    samples = (rng.standard_normal(time_s.size) * (1 + 0.9 * np.cos(2 * np.pi * FAULT_HZ * time_s))).astype(np.float32)
    lowest, highest = waveform_envelope([samples[None]], samples.size)
    spectrum = np.abs(np.fft.rfft(samples**2 - np.mean(samples**2))) / time_s.size
    spectrum_hz = np.fft.rfftfreq(time_s.size, 1 / RATE_HZ)
    drawn = (spectrum_hz > 0) & (spectrum_hz < 12 * SPEED_RPM / 60)
    return Evidence(
        time_s=np.linspace(0, 2, lowest.size, dtype=np.float32),
        lowest=lowest,
        highest=highest,
        image=rng.standard_normal((1, 128, 224)).astype(np.float32),
        axes=ImageAxes(
            Axis("frequency", "Hz", tuple(np.geomspace(20, 5400, 128))),
            Axis("time", "s", tuple(np.linspace(0, 0.25, 224))),
        ),
        spectrum_hz=spectrum_hz[drawn].astype(np.float32),
        spectrum=spectrum[drawn].astype(np.float32),
        lines_hz={"outer_race": FAULT_HZ, "inner_race": 159.9, "ball": 139.2},
    )


@pytest.fixture(scope="session")
def verdict() -> Verdict:
    return Verdict(
        source="plant/inbox/pump-07.mat",
        verdict=Outcome.UNCALIBRATED,
        labels=("outer_race",),
        channel="DE",
        sha256="ab" * 32,
        probabilities={"healthy": 0.07, "inner_race": 0.08, "outer_race": 0.83, "ball": 0.02},
        task="multiclass",
        windows=8,
        condition={"rate_hz": RATE_HZ, "speed_rpm": SPEED_RPM, "speed_from": "file", "seen_in_training": True},
        warnings=("speed_rpm: using 1772 (file), but catalog says 1797",),
        history=("resampled 48000 -> 12000 Hz",),
        model="demo",
        model_fingerprint="sha256:" + "cd" * 32,
    )


@pytest.fixture(scope="session")
def diagnosis(verdict: Verdict, evidence: Evidence) -> Diagnosis:
    return Diagnosis(verdict, evidence)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window, or a skip that says how to get it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'faultprint[dev]'")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()
