"""Conditioning through the public doors: asked for in a config or a side file, done, and told in every verdict."""

from pathlib import Path

import numpy as np
import pytest
import tiny
import yaml
from scipy.io import wavfile

from pipeline.catalog.opening import open_signal
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.errors import ConfigError, FactError
from pipeline.models.intake import Intake
from pipeline.signals.conditioning.steps import apply_steps
from pipeline.signals.long_samples import LongSamples
from pipeline.windows import WindowConfig
from pipeline.workflow.diagnose import diagnose
from pipeline.workflow.train import train


def write_wav(path: Path, *channels: np.ndarray, rate_hz: int = 5000, **side: object) -> Path:
    wavfile.write(path, rate_hz, np.stack(channels, axis=1).astype(np.float32))
    path.with_name(path.name + ".yaml").write_text(yaml.safe_dump(side))
    return path


def run_up(seconds: float = 8.0, rate_hz: int = 5000) -> tuple[np.ndarray, np.ndarray]:
    """A shaft from 10 to 20 turns a second: a tone at its fifth order, and a pulse per turn."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    turns = 10 * time_s + 5 * time_s**2 / seconds
    return np.sin(2 * np.pi * 5 * turns), np.exp(-0.5 * (((turns + 0.5) % 1 - 0.5) / 0.01) ** 2)


def test_a_config_states_the_steps_and_every_verdict_tells_them(tmp_path: Path):
    scan(tiny.write_recordings(tmp_path / "recordings")).write(tmp_path / "catalog.csv")
    steps = ["detrend", {"high_pass": {"cutoff_hz": 20}}]
    config = load_config(tiny.write_config(tmp_path / "config.yaml", tmp_path / "catalog.csv", conditioning=steps))
    assert train(config, tmp_path / "run")["test"]["windows"]["accuracy"] == 100.0
    wavfile.write(tmp_path / "new.wav", tiny.RATE_HZ, tiny.tone("ball", seed=77) + 5.0)
    verdict = diagnose(tmp_path / "run", tmp_path / "new.wav")
    assert verdict.labels == ("ball",)
    assert [line.split()[0] for line in verdict.history] == ["trend", "high-pass"]


def test_a_step_that_is_not_there_is_answered_when_the_config_is_read(tmp_path: Path):
    path = tiny.write_config(tmp_path / "config.yaml", tmp_path / "catalog.csv", conditioning=["detrnd"])
    with pytest.raises(ConfigError, match="did you mean 'detrend'"):
        load_config(path)


def test_a_run_up_with_a_tacho_becomes_a_steady_tone_at_its_order(tmp_path: Path):
    tone, pulses = run_up()
    path = write_wav(tmp_path / "run-up.wav", tone, pulses, channel="c0", tacho={"channel": "c1"})
    signal = open_signal(path)
    assert signal.tacho is not None
    asked = Intake(
        rate_hz=None, window=WindowConfig(samples=64 * 32), conditioning=({"order_track": {"samples_per_turn": 64}},)
    )
    conditioned = asked.condition(signal)
    spectrum = np.abs(np.fft.rfft(conditioned.loaded()[0, : 64 * 64] * np.hanning(64 * 64)))
    assert np.argmax(spectrum) == 5 * 64  # 64 turns, 64 samples each
    leaked = np.delete(spectrum, range(5 * 64 - 4, 5 * 64 + 5))
    assert leaked.max() < 0.01 * spectrum.max()
    assert conditioned.speed_rpm == pytest.approx(900, rel=0.01)
    assert "order tracked" in conditioned.history[0]


def test_volts_become_what_the_sensor_measures(tmp_path: Path):
    samples = np.random.default_rng(0).normal(0, 0.1, 1000)
    path = write_wav(tmp_path / "a.wav", samples, unit="V", sensitivity="50 mV/g")
    signal = open_signal(path)
    assert signal.unit == "g"
    np.testing.assert_allclose(signal.loaded()[0], samples / 0.05, rtol=1e-6)
    assert "50 mV/g" in signal.history[0]


def test_a_sensitivity_of_samples_in_no_known_unit_is_refused(tmp_path: Path):
    path = write_wav(tmp_path / "a.wav", np.random.default_rng(0).normal(0, 0.1, 1000), sensitivity="50 mV/g")
    with pytest.raises(FactError, match="unit: V"):
        open_signal(path)


def test_a_long_signal_in_volts_is_scaled_as_it_is_walked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.catalog.opening.LONG_BYTES", 1000)
    samples = np.random.default_rng(0).normal(0, 0.1, 1000)
    signal = open_signal(write_wav(tmp_path / "a.wav", samples, unit="V", sensitivity="50 mV/g"))
    assert isinstance(signal.samples, LongSamples)
    np.testing.assert_allclose(signal.part(10, 900)[0], samples[10:900] / 0.05, rtol=1e-6)


def test_a_long_tacho_stays_in_its_file_and_tells_the_same_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tone, pulses = run_up()
    path = write_wav(tmp_path / "run-up.wav", tone, pulses, channel="c0", tacho={"channel": "c1"})
    found = []
    for longest in (10**9, 1000):
        monkeypatch.setattr("pipeline.catalog.opening.LONG_BYTES", longest)
        signal = open_signal(path)
        assert signal.tacho is not None
        assert isinstance(signal.tacho.samples, LongSamples) == (longest == 1000)
        found.append(apply_steps(signal, ["tacho_speed"]).speed_rpm)
    first_s = 8 * (np.sqrt(1 + 1 / 40) - 1)  # when the first turn is done; the 120th ends with the recording
    assert found[0] == found[1] == pytest.approx(60 * 119 / (8 - first_s), rel=1e-3)
