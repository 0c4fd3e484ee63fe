"""The imaging benchmark must time every method alike, and tell of peers that cannot be had instead of falling over."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def imaging() -> ModuleType:
    return importlib.import_module("imaging")


class FakeRun:
    """Makes what `python -m venv` would make, and refuses to install packages named `gone`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: list[str] = []

    def __call__(self, command: list[str], **_: Any) -> None:
        if "venv" in command:
            (self.folder / "bin").mkdir(parents=True)
            (self.folder / "bin" / "python").touch()
        self.done.append(command[-1])
        if command[-1] == "gone":
            raise subprocess.CalledProcessError(1, command, stderr="WARNING: x\nERROR: No matching distribution\nhint")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    peers = importlib.import_module("peers")
    monkeypatch.setattr(peers, "PACKAGES", {"here": ("here",), "gone": ("gone",), "late": ("late",)})
    monkeypatch.setattr(peers.os, "name", "posix")
    made = peers.Environment(tmp_path / "peers", tmp_path / "pins.txt")
    made.constraints.write_text("numpy==2.4.6\n")
    made.fake = FakeRun(made.folder)
    monkeypatch.setattr(peers.subprocess, "run", made.fake)
    return made


def test_a_peer_that_cannot_be_installed_leaves_the_others(environment: Any):
    why = {"gone": "cannot be installed: ERROR: No matching distribution"}
    assert environment.missing("gone", "here") == why
    assert environment.missing("gone", "here", "late") == why
    # Each was tried once, and the environment made once.
    assert environment.fake.done == [str(environment.folder), "gone", "here", "late"]
    assert environment.missing("gone", again=True) == why
    assert environment.fake.done[4:] == ["gone"]


@pytest.mark.parametrize("harm", ["killed while installing", "other pins", "no record"])
def test_a_half_made_or_outdated_environment_is_made_anew(environment: Any, harm: str):
    environment.missing("here")
    if harm == "killed while installing":
        environment._write({"here": ""}, "late")
    elif harm == "other pins":
        environment.constraints.write_text("numpy==2.4.7\n")
    else:
        environment.record.unlink()
    assert environment.missing("here") == {}
    assert environment.fake.done == [str(environment.folder), "here"] * 2


def test_an_environment_that_cannot_be_made_is_told_for_every_peer(environment: Any, monkeypatch: pytest.MonkeyPatch):
    def no_room(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(importlib.import_module("peers").subprocess, "run", no_room)
    why = "peers cannot be made: [Errno 28] No space left on device"
    assert environment.missing("here", "late") == {"here": why, "late": why}


@pytest.mark.parametrize("length", [224, 1000, 12000])
def test_pooling_counts_cut_samples_in_parts(length: int):
    jobs = importlib.import_module("image_jobs")
    rng = np.random.default_rng(0)
    transform = rng.standard_normal((2, 3, length)) + 1j * rng.standard_normal((2, 3, length))
    # Repeated so often that no cell's edge cuts a sample.
    fine = np.repeat(np.abs(transform) ** 2, jobs.SIZE, axis=-1).reshape(2, 3, jobs.SIZE, length)
    np.testing.assert_allclose(jobs.pooled(transform.copy()), np.sqrt(fine.mean(axis=-1)), rtol=1e-9)


def test_the_slow_reference_reads_one_for_a_unit_sine_in_its_own_row(imaging: ModuleType):
    rate_hz = 4000
    tone_hz = imaging.frequencies_hz(rate_hz)[imaging.CHECKED][20]
    tone = np.sin(2 * np.pi * tone_hz * np.arange(rate_hz) / rate_hz)
    image = imaging.wavelet_reference(tone, rate_hz)
    np.testing.assert_allclose(image[20, 30:-30], 1.0, rtol=1e-4)
    assert image.max() < 1.2  # the ends of the window ring
    assert image[20].mean() > 5 * image[[0, -1]].mean()


def entrant(imaging: ModuleType, scratch: Path, job: str, method: str, peer: str, python: Path) -> Any:
    jobs = importlib.import_module("image_jobs")
    np.save(scratch / "windows.npy", jobs.signals(2, 4000))
    return imaging.Entrant(jobs.Contender(job, method, peer), imaging.Setup(job, 4000, 2, 1), python, scratch)


def test_a_method_takes_turns_in_a_process_of_its_own(imaging: ModuleType, tmp_path: Path):
    worker = entrant(imaging, tmp_path, "stft", "torch.stft", "", Path(sys.executable))
    assert (worker.failed, worker.said["images"]) == ("", 2)
    worker.take_turn()
    worker.take_turn()
    worker.stop()
    assert len(worker.rounds) == 2
    assert 0 < worker.rounds[0] < 1
    expected = importlib.import_module("own_images").scipy_stft(4000, 1)(np.load(tmp_path / "windows.npy"))[0]
    np.testing.assert_allclose(np.load(worker.image_file)[0], expected, atol=1e-4)


def test_a_method_that_cannot_be_made_or_dies_says_why(imaging: ModuleType, tmp_path: Path):
    worker = entrant(imaging, tmp_path, "wavelet", "ssqueezepy", "ssqueezepy", Path(sys.executable))
    worker.stop()
    assert worker.failed == "ModuleNotFoundError: No module named 'ssqueezepy'"
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nexit 7\n")
    dying.chmod(0o755)
    worker = entrant(imaging, tmp_path, "wavelet", "fCWT", "fCWT", dying)
    worker.stop()
    assert worker.failed == "its process ended with code 7"
