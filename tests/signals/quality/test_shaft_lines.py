"""A shaft simulated at a known speed, read at right and wrong rates; and the recordings whose truth is known."""

import numpy as np
import pytest
from scipy.io import loadmat

from pipeline.signals.quality.combs import CombSearch
from pipeline.signals.quality.shaft_lines import COMPLETE, shaft_lines

SPEED_HZ = 29.6


def shaft(rate_hz: float, seconds: float = 10.0, missing: tuple[int, ...] = (), n_lines: int = 10) -> CombSearch:
    """Noise, and harmonics of a shaft, each 20 dB and more above it in a spectrum of 4 s."""
    rng = np.random.default_rng(0)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    lines = [np.cos(2 * np.pi * k * SPEED_HZ * time_s + 2.4 * k * k) for k in range(1, n_lines + 1)]
    lines = [line for k, line in enumerate(lines, 1) if k not in missing]
    return CombSearch([0.3 * np.sum(lines, axis=0) + rng.standard_normal(time_s.size)])


@pytest.mark.parametrize("speed_rpm", [60 * SPEED_HZ, 1784.0, 1765.0])
def test_a_right_rate_and_a_speed_within_slip_are_left_alone(speed_rpm: float) -> None:
    assert shaft_lines(shaft(12000), 12000.0, speed_rpm) == []


@pytest.mark.parametrize(("true_hz", "stated_hz"), [(48000, 12000), (12000, 48000), (25600, 51200), (44100, 48000)])
def test_a_wrong_rate_is_told_with_the_one_that_fits(true_hz: int, stated_hz: int) -> None:
    seconds = 6.0 if true_hz > 40000 else 10.0
    (found,) = shaft_lines(shaft(true_hz, seconds), stated_hz, 60 * SPEED_HZ)
    assert (found.kind, found.numbers["fits_hz"]) == ("rate", true_hz)


@pytest.mark.parametrize("stated_rpm", [1732.0, 1810.0])
def test_a_wrong_speed_is_told_with_the_one_that_fits(stated_rpm: float) -> None:
    (found,) = shaft_lines(shaft(12000), 12000.0, stated_rpm)
    assert found.kind == "speed"
    assert found.numbers["lines_rpm"] == pytest.approx(60 * SPEED_HZ, abs=0.5)


def test_a_rate_that_nobody_states_is_hinted_at() -> None:
    (found,) = shaft_lines(shaft(25600), None, 60 * SPEED_HZ)
    assert (found.kind, found.severity, found.numbers["fits_hz"]) == ("rate_unknown", "info", 25600)


@pytest.mark.parametrize("seed", range(6))
def test_noise_says_nothing(seed: int) -> None:
    noise = CombSearch([np.random.default_rng(seed).standard_normal(120000)])
    assert shaft_lines(noise, 12000.0, 1776.0) == []
    assert shaft_lines(noise, None, 1776.0) == []


def test_a_strong_second_harmonic_is_misalignment_and_no_wrong_rate() -> None:
    rich = shaft(16000, missing=(3, 5, 7, 9, 11, 13, 15, 17, 19), n_lines=20)
    assert rich.comb(2 * SPEED_HZ / 16000, 0.01).n_present >= COMPLETE, "as if 1x of a recording at 8000 Hz"
    assert shaft_lines(rich, 16000.0, 60 * SPEED_HZ) == []


def test_a_second_shaft_close_by_is_no_wrong_speed() -> None:
    rng, time_s = np.random.default_rng(0), np.arange(120000) / 12000
    both = sum(np.cos(2 * np.pi * k * hz * time_s) for hz in (SPEED_HZ, 1.025 * SPEED_HZ) for k in range(1, 11))
    search = CombSearch([both + rng.standard_normal(time_s.size)])
    assert [shaft_lines(search, 12000.0, 60 * hz) for hz in (SPEED_HZ, 1.025 * SPEED_HZ)] == [[], []]


def test_mains_hum_is_no_shaft() -> None:
    rng, time_s = np.random.default_rng(0), np.arange(120000) / 12000
    hum = sum(np.cos(2 * np.pi * 50 * k * time_s) for k in range(1, 11))
    assert shaft_lines(CombSearch([hum + rng.standard_normal(time_s.size)]), 12000.0, 1470.0) == []


@pytest.mark.parametrize("n_samples", [0, 1, 64, 5000])
def test_too_few_turns_say_nothing(n_samples: int) -> None:
    assert shaft_lines(CombSearch([np.ones(n_samples)]), 12000.0, 1776.0) == []


def recorded(path) -> tuple[CombSearch, float | None]:
    variables = {name: value.ravel() for name, value in loadmat(path).items() if not name.startswith("__")}
    channels = [value - value.mean() for name, value in variables.items() if name.endswith("_time")]
    speed_rpm = next((float(value[0]) for name, value in variables.items() if name.endswith("RPM")), None)
    return CombSearch(channels), speed_rpm


@pytest.mark.parametrize("number", [97, 109, 122, 135, 189])
def test_recordings_of_48_khz_are_known_when_read_at_12(real_data, number: int) -> None:
    search, speed_rpm = recorded(real_data / "cwru" / f"{number}.mat")
    (found,) = shaft_lines(search, 12000.0, speed_rpm)
    assert (found.kind, found.numbers["fits_hz"]) == ("rate", 48000)
    assert shaft_lines(search, 48000.0, speed_rpm) == []


@pytest.mark.parametrize(("number", "stated_rpm", "true_rpm"), [(279, 1732, 1774.0), (158, 1773, 1796.6)])
def test_the_wrong_speeds_of_cwru_are_found(real_data, number: int, stated_rpm: float, true_rpm: float) -> None:
    search, speed_rpm = recorded(real_data / "cwru" / f"{number}.mat")
    assert speed_rpm == stated_rpm
    (found,) = shaft_lines(search, 12000.0, speed_rpm)
    assert found.kind == "speed"
    assert found.numbers["lines_rpm"] == pytest.approx(true_rpm, abs=1.0)


@pytest.mark.parametrize("number", [105, 120, 130, 174, 200, 236, 247, 273, 283, 288, 309, 313])
def test_other_recordings_of_cwru_raise_no_alarm(real_data, number: int) -> None:
    search, speed_rpm = recorded(real_data / "cwru" / f"{number}.mat")
    assert shaft_lines(search, 12000.0, speed_rpm) == []
