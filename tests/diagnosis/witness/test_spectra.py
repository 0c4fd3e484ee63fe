"""Spectra of the witness against scipy and against arithmetic."""

import numpy as np
import pytest
from diagnosis.witness.knocking import N_SAMPLES, RATE_HZ, SPEED_HZ, TIME_S, noise
from scipy.signal import hilbert
from scipy.stats import chi2

from pipeline.diagnosis.witness.chance import NEARBY, chance_of
from pipeline.diagnosis.witness.combs import Comb, Teeth, comb_at
from pipeline.diagnosis.witness.envelopes import envelopes_of
from pipeline.diagnosis.witness.order_spectra import OrderSpectra
from pipeline.diagnosis.witness.plain_spectrum import plain_spectrum
from pipeline.diagnosis.witness.segments import FEWEST_TURNS, MOST_SEGMENTS, segment_samples, segment_starts
from pipeline.signals.signal import Signal

SHAFT = 60 * SPEED_HZ


def swinging(order: float) -> np.ndarray:
    """Noise whose strength swings at an order of the shaft."""
    return noise() * (1 + 0.6 * np.cos(2 * np.pi * order * SPEED_HZ * TIME_S))


@pytest.mark.parametrize("order", [0.71, 3.37, 7.43])
def test_the_envelope_swings_where_an_independent_envelope_does(order: float) -> None:
    samples = swinging(order)
    spectra = envelopes_of(Signal(samples, rate_hz=RATE_HZ, speed_rpm=SHAFT), highest_order=12.0)
    full = spectra.levels_db[-1]
    ours = full[10:].argmax() * spectra.step + 10 * spectra.step
    envelope = np.abs(hilbert(samples)) ** 2
    plain = np.abs(np.fft.rfft(envelope - envelope.mean()))
    theirs = plain[: int(12 * SPEED_HZ * 8)].argmax() / 8 / SPEED_HZ
    assert theirs == pytest.approx(order, abs=0.01)
    assert ours == pytest.approx(order, abs=spectra.resolution)


def test_noise_is_loud_about_as_often_as_said() -> None:
    spectra = [envelopes_of(Signal(noise(seed), rate_hz=RATE_HZ, speed_rpm=SHAFT), 20.0) for seed in range(5)]
    bins = sum(each.levels_db[:, ::2].size for each in spectra)
    loud = sum(int((each.levels_db[:, ::2] > each.loud_db).sum()) for each in spectra)
    assert loud / bins < 1e-3


def test_loud_is_a_quantile_of_chi_squared_over_its_median() -> None:
    spectra = OrderSpectra(np.zeros((1, 9), np.float32), 0.01, 0.01, ((0.0, 1.0),), 60.0, 8)
    expected = 10 * np.log10(chi2.ppf(1 - 1e-4, 12) / chi2.median(12))
    assert spectra.loud_db == pytest.approx(expected)


def test_the_shafts_harmonics_are_blank_and_what_lies_between_is_not() -> None:
    spectra = OrderSpectra(np.full((1, 1000), 9.0, np.float32), 0.01, 0.01, ((0.0, 1.0),), 100.0, 5)
    blank = spectra.without_shaft().blank
    assert blank[[0, 100, 300, 900]].all()
    assert not blank[[50, 150, 358, 850]].any()


def test_only_what_is_loud_is_blanked_at_a_faults_lines() -> None:
    levels = np.full((1, 1000), 1.0, np.float32)
    levels[0, 350] = 30.0
    spectra = OrderSpectra(levels, 0.01, 0.01, ((0.0, 1.0),), 100.0, 5)
    rest = spectra.without(np.array([3.5]))
    assert rest.levels_db[0, 350] == 0
    assert (rest.levels_db[0, :350] == 1).all()


def test_a_line_of_the_plain_spectrum_reads_as_velocity() -> None:
    samples = 3.0 * np.cos(2 * np.pi * SPEED_HZ * TIME_S) + 3.0 * np.cos(6 * np.pi * SPEED_HZ * TIME_S)
    spectrum = plain_spectrum(Signal(samples, rate_hz=RATE_HZ, speed_rpm=SHAFT), 12.0)
    first, third = spectrum.velocity(np.array([1.0, 3.0]), 0.004)
    assert first == pytest.approx(3 * third, rel=0.01)


def test_a_comb_beats_random_ones_as_often_as_chance_lets_it_and_always_when_it_stands_higher() -> None:
    teeth, p_values = Teeth((1, 2, 3), 0.02), []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        levels = rng.normal(0.0, 1.0, (3, 4000)).astype(np.float32)
        spectra = OrderSpectra(levels, 0.01, 0.02, ((0.0, 1.0),) * 3, 50.0, 5)
        chance = comb_at(spectra, 3.5, teeth)
        higher = Comb(chance.score + 30, chance.order, chance.band, chance.levels_db + 10)
        p_values.append(chance_of(spectra, chance, 3.5, teeth, np.array([5.4]), rng).p_value)
        assert chance_of(spectra, higher, 3.5, teeth, np.array([5.4]), rng).p_value == 0.001
    # Uniform p-values: the mean of 40 lies within 0.5 +- 0.14 but for two times in a thousand.
    assert 0.36 < np.mean(p_values) < 0.64
    assert np.sum(np.array(p_values) <= 0.1) <= 11


def test_random_teeth_keep_away_from_every_fault_line() -> None:
    # Lines as high as mountains, at the places to be kept away from: a random comb that read one would beat all.
    levels = np.zeros((1, 4000), np.float32)
    faults = np.outer([3.58, 5.42, 4.71], [1.0, 2.0, 3.0, 4.0]).ravel()
    for fault in faults:
        levels[0, round(fault / 0.01) - 2 : round(fault / 0.01) + 3] = 40.0
    spectra = OrderSpectra(levels, 0.01, 0.02, ((0.0, 1.0),), 50.0, 5)
    own = Comb(3.0, 3.58, 0, np.array([1.0, 1.0, 1.0]))
    told = chance_of(spectra, own, 3.58, Teeth((1, 2, 3), 0.01), faults, np.random.default_rng(0))
    assert told.p_value == 0.001
    assert NEARBY[0] < 1 < NEARBY[1]


def test_segments_are_sixty_turns_or_half_of_a_short_signal_and_cover_a_long_one() -> None:
    of_turn = RATE_HZ / SPEED_HZ
    assert segment_samples(Signal(noise(), rate_hz=RATE_HZ, speed_rpm=SHAFT)) == 60 * of_turn
    short = Signal(noise()[: round(70 * of_turn)], rate_hz=RATE_HZ, speed_rpm=SHAFT)
    assert segment_samples(short) == 35 * of_turn
    tiny = Signal(noise()[: round(FEWEST_TURNS * of_turn)], rate_hz=RATE_HZ, speed_rpm=SHAFT)
    assert segment_samples(tiny) == tiny.n_samples
    starts = segment_starts(100 * N_SAMPLES, 24000)
    assert len(starts) == MOST_SEGMENTS
    assert (starts[0], starts[-1]) == (0, 100 * N_SAMPLES - 24000)
