"""Noise and lines against closed forms."""

import numpy as np
import pytest
from scipy.signal import welch

from pipeline.signals.simulation.background import BLOCK, Bump, Mesh, coloured_noise, lines, mesh_lines, slow_swell

RATE_HZ = 12000.0


def test_noise_has_the_colour_asked_for():
    bump = Bump(centre_hz=3000.0, width_hz=200.0, height=4.0)
    noise = coloured_noise([bump], tilt_db=0.0, n_samples=600_000, rate_hz=RATE_HZ, rng=np.random.default_rng(0))
    frequency_hz, density = welch(noise, RATE_HZ, nperseg=1200)
    at = {wanted: np.sqrt(density[np.abs(frequency_hz - wanted).argmin()]) for wanted in (1000, 3000, 3100)}
    assert at[3000] / at[1000] == pytest.approx(5.0, rel=0.1)
    assert at[3100] / at[1000] == pytest.approx(3.0, rel=0.1)  # half the hill at half its width
    assert noise.std() == pytest.approx(1.0)


def test_noise_tilts_by_decibels_per_octave():
    noise = coloured_noise([], tilt_db=-3.0, n_samples=600_000, rate_hz=RATE_HZ, rng=np.random.default_rng(0))
    frequency_hz, density = welch(noise, RATE_HZ, nperseg=1200)
    low, high = (density[np.abs(frequency_hz - wanted).argmin()] for wanted in (500, 4000))
    assert 10 * np.log10(high / low) == pytest.approx(-9.0, abs=0.7)


@pytest.mark.parametrize("n_samples", [1, BLOCK, BLOCK + 1, 3 * BLOCK - 7])
def test_lines_are_cosines(n_samples):
    orders, amplitudes, phases = np.array([1.0, 2.5, 31.0]), np.array([1.0, 0.3, -2.0]), np.array([0.1, 2.0, 4.0])
    time = np.arange(n_samples)[:, None] / RATE_HZ
    expected = (amplitudes * np.cos(2 * np.pi * orders * 29.5 * time + phases)).sum(axis=1)
    assert lines(orders, amplitudes, phases, 29.5, n_samples, RATE_HZ) == pytest.approx(expected, abs=1e-9)


def test_lines_past_nyquist_are_left_out_and_no_line_is_silence():
    assert not lines(np.array([300.0]), np.ones(1), np.zeros(1), 30.0, 500, RATE_HZ).any()
    assert lines(np.empty(0), np.empty(0), np.empty(0), 30.0, 500, RATE_HZ).shape == (500,)


def test_a_modulated_mesh_is_a_line_with_two_side_bands():
    orders, amplitudes = mesh_lines(Mesh((1.0, 0.5), depth=0.6), order=10.0)
    turns = np.arange(1000) / 500
    expected = sum(
        a * np.cos(2 * np.pi * 10 * k * turns) * (1 + 0.6 * np.cos(2 * np.pi * turns)) for k, a in ((1, 1.0), (2, 0.5))
    )
    assert np.cos(2 * np.pi * np.outer(turns, orders)) @ amplitudes == pytest.approx(expected)


def test_a_swell_breathes_around_one():
    swell = slow_swell(0.4, 5.0, 12000, RATE_HZ, np.random.default_rng(0))
    assert (swell.min(), swell.mean(), swell.max()) == pytest.approx((0.6, 1.0, 1.4), abs=1e-3)
