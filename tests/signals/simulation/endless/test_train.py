"""Trains of strikes: moments, lines and levels against closed forms."""

import numpy as np
import pytest
from scipy.signal import hilbert

from pipeline.signals.simulation.endless.scene import answers
from pipeline.signals.simulation.endless.train import Train, force, pulses, rms_of, rung, struck
from pipeline.signals.simulation.impacts import Manner, Resonance

RATE_HZ, N_SAMPLES = 12000.0, 12000
ONE_WAY = ((1.0,),)


def train(strikes_hz: float = 90.0, **changes: object) -> Train:
    return Train(**({"strikes_hz": strikes_hz, "zone_hz": 30.0, "level_db": 0.0, "paths": ONE_WAY} | changes))


def envelope_spectrum(samples: np.ndarray) -> np.ndarray:
    """Of the squared envelope; one place per Hz."""
    spectrum: np.ndarray = np.abs(np.fft.rfft(np.abs(hilbert(samples)) ** 2))
    spectrum[0] = 0.0
    return spectrum[:400]


def heard(one: Train, seed: int = 0) -> np.ndarray:
    modes = answers([Resonance(3000.0, 0.03, 1.0)], N_SAMPLES, RATE_HZ)
    return np.fft.irfft(rung(one, modes, N_SAMPLES, RATE_HZ, np.random.default_rng(seed)), N_SAMPLES)


def test_a_pulse_between_samples_has_the_spectrum_of_a_delayed_pulse():
    time_s = 100.37 / RATE_HZ
    found = np.fft.rfft(pulses(np.array([time_s]), np.array([1.0]), N_SAMPLES, RATE_HZ))
    frequency = np.fft.rfftfreq(N_SAMPLES, 1 / RATE_HZ)
    below = frequency < 3500.0
    assert found[below] == pytest.approx(np.exp(-2j * np.pi * frequency[below] * time_s), abs=0.02)


def test_a_steady_train_shows_at_its_rate_and_its_harmonics_alone():
    spectrum = envelope_spectrum(heard(train()))
    lines = [90, 180, 270, 360]
    assert (
        spectrum[lines].min() > 20 * np.delete(spectrum, [near for at in lines for near in (at - 1, at, at + 1)]).max()
    )


def test_a_load_zone_puts_side_bands_beside_the_line():
    plain = envelope_spectrum(heard(train()))
    loaded = envelope_spectrum(heard(train(manner=Manner(load_depth=1.0))))
    assert plain[[60, 120]].max() < 0.02 * plain[90]
    assert loaded[[60, 120]].min() > 0.3 * loaded[90]


def test_a_level_is_what_is_heard_whatever_the_structure():
    for paths in (((1.0,),), ((0.1,), (3.0,))):
        samples = heard(train(level_db=-6.0, paths=paths))
        assert samples.std() == pytest.approx(10 ** (-6 / 20), rel=1e-3)


def test_two_ways_share_the_strikes_in_turn():
    first, second = force(train(10.0, paths=((1.0,), (1.0,))), N_SAMPLES, RATE_HZ, np.random.default_rng(0))
    assert first.sum() == pytest.approx(5.0, abs=0.1)
    assert second.sum() == pytest.approx(5.0, abs=0.1)
    assert not np.any((np.abs(first) > 0.1) & (np.abs(second) > 0.1))


def test_a_wide_fault_strikes_again_on_leaving():
    crisp = force(train(10.0), N_SAMPLES, RATE_HZ, np.random.default_rng(0))[0]
    wide = force(train(10.0, edge=(0.2, 0.5)), N_SAMPLES, RATE_HZ, np.random.default_rng(0))[0]
    assert wide.sum() == pytest.approx(1.5 * crisp.sum(), rel=0.01)
    later = np.roll(crisp, round(0.2 * RATE_HZ / 10.0))
    assert wide == pytest.approx(crisp + 0.5 * later, abs=1e-4)


def test_a_rough_fault_still_shows_at_its_rate_and_never_repeats():
    rough = train(grains=12, spread_s=0.002)
    samples = heard(rough)
    spectrum = envelope_spectrum(samples)
    assert spectrum[90] > 3 * np.median(spectrum)
    period = samples[: 133 * 60].reshape(60, 133)
    assert abs(np.corrcoef(period)[np.triu_indices(60, 1)].mean()) < 0.2


def test_a_fault_that_turns_away_is_heard_in_spells():
    _, strengths = struck(train(1000.0, wander=(1.0, 2.0)), 1.0, np.random.default_rng(0))
    assert strengths.min() < 0.01
    assert strengths.max() > 0.99
    spells = np.abs(np.fft.rfft(strengths - strengths.mean()))
    assert int(spells.argmax()) == 2


def test_the_level_of_a_spectrum_is_that_of_its_samples():
    samples = np.random.default_rng(0).standard_normal(1000)
    spectrum = np.fft.rfft(samples)
    spectrum[0] = spectrum[-1] = 0.0
    assert rms_of(spectrum, 1000) == pytest.approx(np.fft.irfft(spectrum, 1000).std(), rel=1e-9)


def test_every_second_strike_is_weaker_by_what_the_manner_says():
    _, strengths = struck(train(manner=Manner(alternate=0.25)), 1.0, np.random.default_rng(0))
    assert strengths[::2] == pytest.approx(1.0)
    assert strengths[1::2] == pytest.approx(0.25)
