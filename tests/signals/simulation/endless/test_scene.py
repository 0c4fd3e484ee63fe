"""Scenes: levels, colours and recorders against physics and other ways to compute them."""

import numpy as np
import pytest
from scipy.signal import welch

from pipeline.signals.simulation.background import Bump
from pipeline.signals.simulation.endless.scene import Noise, Scene, Swing, answers, heard
from pipeline.signals.simulation.endless.train import Train
from pipeline.signals.simulation.impacts import Resonance

RATE_HZ, N_SAMPLES = 12000.0, 12000


def sound(scene: Scene, seed: int = 0) -> np.ndarray:
    return heard(scene, N_SAMPLES, RATE_HZ, np.random.default_rng(seed))


def density(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return welch(samples, RATE_HZ, nperseg=600)


def test_tones_lie_where_they_are_said_to_with_their_amplitude():
    samples = sound(Scene((), noises=(), tones=((90.0, 2.0), (4321.0, 0.5))))
    spectrum = np.abs(np.fft.rfft(samples)) * 2 / N_SAMPLES
    assert spectrum[90] == pytest.approx(2.0, rel=1e-4)
    assert spectrum[4321] == pytest.approx(0.5, rel=1e-3)


def test_noise_falls_by_its_tilt_and_rises_at_its_hills():
    frequency, power = density(sound(Scene((), noises=(Noise(tilt_db=-6.0),))))
    drop = 10 * np.log10(power[np.abs(frequency - 4000) < 300].mean() / power[np.abs(frequency - 1000) < 300].mean())
    assert drop == pytest.approx(-12.0, abs=1.5)
    frequency, power = density(sound(Scene((), noises=(Noise(bumps=(Bump(2500.0, 200.0, 9.0),)),))))
    assert frequency[power.argmax()] == pytest.approx(2500.0, abs=60)


def test_a_structure_rings_as_a_damped_oscillator_with_the_phase_of_one():
    mode = Resonance(2000.0, 0.05, 1.5)
    frequency = np.fft.rfftfreq(N_SAMPLES, 1 / RATE_HZ)
    ratio = frequency / mode.frequency_hz
    wanted = -mode.gain * 2 * mode.damping * ratio**2 / (1 - ratio**2 + 2j * mode.damping * ratio)
    assert answers([mode], N_SAMPLES, RATE_HZ)[0] == pytest.approx(wanted, abs=1e-4)


def test_noise_that_swings_with_the_shaft_shows_in_its_envelope_and_a_steady_one_does_not():
    def swing(depth: float) -> float:
        samples = sound(Scene((), noises=(Noise(swings=(Swing(30.0, depth),)),)))
        spectrum = np.abs(np.fft.rfft(samples**2))
        return float(spectrum[30] / np.median(spectrum[1:400]))

    assert swing(0.8) > 20
    assert swing(0.0) < 5


def test_a_fault_stands_above_the_noise_by_its_level():
    train = Train(90.0, 30.0, 6.0, ((1.0,),))
    silent = Scene((Resonance(3000.0, 0.03, 1.0),), noises=(), trains=(train,), gain=0.1)
    assert sound(silent).std() == pytest.approx(0.1 * 10 ** (6 / 20), rel=1e-3)


def test_a_recorder_cuts_off_and_rounds():
    frequency, power = density(sound(Scene((), cutoff_hz=4000.0)))
    assert power[frequency > 5700].mean() < 1e-2 * power[(frequency > 500) & (frequency < 3000)].mean()
    coarse = sound(Scene((), bits=4))
    assert len(np.unique(coarse)) <= 2**4 + 1
