"""Octave bands: against Parseval, tones and noise of known strength, and the edges of the standard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.signals.levels.level import level_of
from pipeline.signals.levels.octave_bands import EDGES_HZ, NAMES, PIECE, OctaveBands
from pipeline.signals.signal import Signal


def bands_of(samples: np.ndarray, rate_hz: float) -> dict[str, float]:
    return dict(OctaveBands.of(samples, rate_hz).rms(rate_hz))


def test_edges_lie_a_factor_of_ten_to_the_three_tenths_apart_around_the_nominal_middles() -> None:
    assert EDGES_HZ[1:] / EDGES_HZ[:-1] == pytest.approx(10**0.3)
    middles = np.sqrt(EDGES_HZ[1:] * EDGES_HZ[:-1])
    assert middles == pytest.approx([float(name) for name in NAMES[1:-1]], rel=0.02)
    assert middles[NAMES.index("1000") - 1] == pytest.approx(1000.0)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2, 5 * PIECE // 4), st.sampled_from([0.5, 100.0, 12_000.0, 97_656.0, 1e6]), st.integers(0, 9),
    st.sampled_from([0.0, 1.0, -300.0]), st.sampled_from([1e-6, 1.0, 1e5]),
)  # fmt: skip
def test_the_squares_of_the_bands_add_up_to_that_of_the_level(n: int, rate_hz: float, seed: int, offset, scale) -> None:
    samples = scale * (np.random.default_rng(seed).standard_normal(n).cumsum() + offset)
    level = level_of(Signal(samples, rate_hz=rate_hz))
    assert level.bands is not None
    assert sum(rms**2 for rms in level.bands.values()) == pytest.approx(np.var(samples), rel=1e-9)


@pytest.mark.parametrize("name", NAMES[1:-1])
def test_a_tone_in_the_middle_of_a_band_is_read_there_with_its_rms(name: str) -> None:
    rate_hz = 51_200.0
    tone = 7.0 * np.sqrt(2) * np.sin(2 * np.pi * float(name) * np.arange(5 * 51_200) / rate_hz + 0.4)
    found = bands_of(tone, rate_hz)
    assert found.pop(name) == pytest.approx(7.0, rel=0.02)
    assert max(found.values()) < 1.2


def test_white_noise_has_in_every_band_as_much_as_the_band_is_wide() -> None:
    rate_hz = 20_000.0
    found = bands_of(np.random.default_rng(0).standard_normal(2_000_000), rate_hz)
    edges = np.array([0.0, *EDGES_HZ[rate_hz / 2 > EDGES_HZ], rate_hz / 2])
    assert list(found.values()) == pytest.approx(np.sqrt(np.diff(edges) / (rate_hz / 2)), rel=0.03)


def test_a_weak_high_band_is_read_beside_a_shaft_a_thousand_times_as_strong() -> None:
    rate_hz, time_s = 12_000.0, np.arange(12_000) / 12_000.0
    noise = 1e-3 * np.random.default_rng(0).standard_normal(12_000)
    shaft = np.sqrt(2) * np.sin(2 * np.pi * 29.7 * time_s + 1.0)  # which does not end where it began
    alone, together = bands_of(noise, rate_hz), bands_of(noise + shaft, rate_hz)
    assert together["2000"] == pytest.approx(alone["2000"], rel=0.03)
    assert together["4000"] == pytest.approx(alone["4000"], rel=0.03)


def test_what_is_slower_than_a_piece_is_low() -> None:
    ramp = np.linspace(-1.0, 1.0, 4 * PIECE)
    found = bands_of(ramp, 12_000.0)
    assert found["low"] == pytest.approx(np.std(ramp), rel=1e-3)


def test_bands_beyond_half_the_rate_are_left_out_and_the_one_that_holds_it_ends_there() -> None:
    assert list(bands_of(np.ones(100), 1_000.0)) == ["low", "16", "31.5", "63", "125", "250", "500"]
    assert list(bands_of(np.ones(100), 0.1)) == ["low"]
    assert list(bands_of(np.ones(100), 1e6)) == list(NAMES)


@pytest.mark.parametrize("damage", [np.nan, np.inf, 1e300])
def test_samples_that_have_no_spectrum_have_no_bands_and_raise_nothing(damage: float) -> None:
    samples = np.random.default_rng(0).standard_normal(1000)
    samples[[3, 500]] = damage, -damage
    assert level_of(Signal(samples, rate_hz=1000.0)).bands is None


def test_without_a_rate_there_are_no_bands() -> None:
    assert level_of(Signal(np.arange(9.0))).bands is None
