"""Spectra against closed forms, and against the spectra that models see."""

import numpy as np
import pytest
import torch
from scipy.signal import hilbert

from pipeline.preprocessing.samples.envelope import squared_envelope_spectrum
from pipeline.signals.spectra import envelope_spectrum, power_density, spectrogram, squared_envelope


def test_the_density_of_noise_adds_up_to_its_power() -> None:
    noise = 3.0 * np.random.default_rng(0).standard_normal(200000)
    hertz, density = power_density([noise[:100000], noise[100000:]], rate_hz=500.0, segment=1000)
    assert density.sum() * (hertz[1] - hertz[0]) == pytest.approx(9.0, rel=0.02)


def test_a_stretch_shorter_than_a_segment_is_left_out() -> None:
    noise = np.random.default_rng(0).standard_normal(5000)
    _, alone = power_density([noise], 1.0, 1000)
    _, beside = power_density([noise, np.ones(10)], 1.0, 1000)
    np.testing.assert_array_equal(alone, beside)


@pytest.mark.parametrize("n_samples", [1000, 1001])
def test_the_envelope_is_the_one_that_models_see(n_samples: int) -> None:
    samples = np.random.default_rng(0).standard_normal(n_samples)
    hertz, found = envelope_spectrum(samples, 2000.0)
    truth_hz, truth = squared_envelope_spectrum(torch.from_numpy(samples), 2000.0)
    np.testing.assert_allclose(hertz, truth_hz.numpy(), atol=1e-4)
    np.testing.assert_allclose(found, truth.numpy(), atol=1e-9)


@pytest.mark.parametrize("n_samples", [64, 5000, 600_000])
def test_a_tone_that_jumps_is_seen_to_jump(n_samples: int) -> None:
    at = np.arange(n_samples)
    tone = np.sin(2 * np.pi * np.where(at < n_samples / 2, 0.1, 0.3) * at)
    times_s, hertz, level_db = spectrogram(tone, rate_hz=1.0)
    assert level_db.shape == (hertz.size, times_s.size)
    assert times_s.size <= 801
    if n_samples > 64:
        loudest = hertz[level_db.argmax(axis=0)]
        assert loudest[0] == pytest.approx(0.1, abs=0.01)
        assert loudest[-1] == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("n_samples", [1000, 1001])
def test_the_squared_envelope_is_that_of_scipy(n_samples: int) -> None:
    samples = np.random.default_rng(0).standard_normal(n_samples)
    np.testing.assert_allclose(squared_envelope(samples), np.abs(hilbert(samples)) ** 2, atol=1e-12)


def test_a_squared_envelope_hears_only_what_lies_above() -> None:
    at = np.arange(1000)
    low, high = np.cos(2 * np.pi * 0.05 * at), 2 * np.cos(2 * np.pi * 0.2 * at)
    np.testing.assert_allclose(squared_envelope(low + high, above=0.1), 4.0, atol=1e-9)
    np.testing.assert_allclose(squared_envelope(low + high, above=0.2), 4.0, atol=1e-9)
