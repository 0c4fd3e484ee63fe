"""Copies: found under any gain, offset, sign, rounding and start; never between recordings that are none."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from pipeline.catalog.auditing.anchored import MARGIN, REACH, anchored, anchors_of
from pipeline.catalog.auditing.copies import copies
from pipeline.catalog.auditing.exact import exact
from pipeline.catalog.row import Row
from pipeline.signals.signal import Signal


def noise(n_samples, seed=0):
    return np.random.default_rng(seed).standard_normal((1, n_samples))


def ringing(n_samples, seed=0):
    """What an accelerometer hears of a casing: noise through a resonance at 0.15 of the rate."""
    pole = 0.95 * np.exp(2j * np.pi * 0.15)
    return lfilter([1.0], np.poly([pole, pole.conj()]).real, noise(n_samples + 1000, seed))[:, 1000:]


def found(one, other):
    """The copies told of two arrays, one on each side."""
    sides = ([(Row(name, f"{name}.wav"), anchored([samples]))] for name, samples in (("a", one), ("b", other)))
    return copies(*sides)


CHANGES = {
    "itself": lambda x: x,
    "gain": lambda x: 0.0731 * x,
    "offset": lambda x: x + 12.5,
    "sign": lambda x: -x,
    "gain, offset and sign": lambda x: 3.3 - 40 * x,
    "single precision": lambda x: (1000 + x).astype(np.float32),
    "16 bits over eight standard deviations": lambda x: np.round(x / x.std() * 32767 / 8).astype(np.int16),
    "12 bits over eight standard deviations": lambda x: np.round(x / x.std() * 2047 / 8).astype(np.int16),
    "a fortieth of the standard deviation": lambda x: np.round(40 * x / x.std()),
}


@pytest.mark.parametrize("make", [noise, ringing])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("later", [0, 1, 12345])
def test_a_copy_is_found_with_the_place_it_starts_at(make, change, later):
    whole = make(60000)
    (copy,) = found(whole, change(whole[:, later:]))
    assert (copy.train, copy.test, copy.later) == ("a", "b", -later)
    assert copy.share > 0.2


def test_what_only_scales_leaves_nearly_every_hash():
    whole = ringing(60000)
    for name in ("gain", "offset", "sign", "gain, offset and sign", "single precision"):
        assert found(whole, CHANGES[name](whole))[0].share > 0.99, name


def test_a_part_in_the_midst_of_another_recording_is_found():
    stranger = noise(40000, seed=5)
    stranger[:, 10000:14000] = 7 * noise(60000)[:, 30000:34000]
    (copy,) = found(noise(60000), stranger)
    assert copy.later == 10000 - 30000
    assert 0.05 < copy.share < 0.12


def test_a_hundred_thousand_windows_of_independent_noise_share_no_hash():
    hashes = np.concatenate([anchored([noise(2_200_000, seed=seed)]).hashes for seed in range(6)])
    assert len(hashes) > 100_000
    assert len(np.unique(hashes)) == len(hashes)


@pytest.mark.parametrize("snr_db", [60, 40, 20])
def test_two_recordings_of_one_tone_are_no_copies(snr_db):
    time = np.arange(60000)
    one, other = (
        np.sin(2 * np.pi * 0.0743 * time + phase)[None] + 10 ** (-snr_db / 20) * noise(60000, seed)
        for seed, phase in ((1, 0.0), (2, 1.0))
    )
    assert found(one, other) == ()


def test_two_runs_of_one_machine_are_no_copies():
    assert found(ringing(60000, seed=1), ringing(60000, seed=2)) == ()


def test_a_side_without_signals_holds_no_copies():
    one = (Row("a", "a.wav"), anchored([noise(5000)]))
    assert copies([], [one]) == copies([one], []) == copies([], []) == ()


def test_what_a_signal_holds_twice_says_nothing():
    assert anchored([np.tile(noise(3000), 20)]).hashes.size < 25
    time = np.arange(50000)
    for frequency in (0.05, 0.0743):  # pure tones, of which only rounding differs
        tone, later = (np.sin(2 * np.pi * frequency * time + phase)[None] for phase in (0.0, 0.7))
        assert found(tone, later) == ()
    for flat in (np.zeros((1, 5000)), np.full((1, 5000), 3.3)):
        assert anchored([flat]).n_anchors == 0


@settings(max_examples=20, deadline=None, database=None)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=12))
def test_pieces_of_any_size_give_the_hashes_of_the_whole(sizes):
    whole = ringing(40000)
    edges = [0, *np.minimum(np.cumsum(sizes), 40000), 40000]
    pieces = [whole[:, start:stop] for start, stop in pairwise(edges)]
    for ours, theirs in zip(anchored(pieces), anchored([whole]), strict=True):
        assert np.array_equal(ours, theirs)


def test_an_anchor_is_the_steepest_step_within_reach_and_has_whole_surroundings():
    samples = noise(5000)[0]
    steep = np.abs(np.diff(samples, prepend=samples[0]))
    by_hand = [
        place
        for place in range(MARGIN, len(samples) - MARGIN)
        if steep[place] == steep[place - REACH : place + REACH + 1].max()
    ]
    assert anchors_of(samples).tolist() == by_hand


def test_samples_that_are_no_numbers_leave_the_rest_known():
    whole = noise(60000)
    holed = whole.copy()
    holed[:, 20000] = np.nan
    holed[:, 30000] = np.inf
    (copy,) = found(whole, holed)
    assert copy.share > 0.98


def test_every_channel_counts():
    both = np.concatenate([noise(20000, 1), noise(20000, 2)])
    (copy,) = found(noise(20000, 2), both)
    assert 0.4 < copy.share < 0.6


def test_many_copies_of_one_recording_are_each_found():
    original = noise(20000)
    train = [(Row(f"t{n}", f"t{n}.wav"), anchored([original * (n + 1)])) for n in range(20)]
    test = [(Row(f"u{n}", f"u{n}.wav"), anchored([original - n])) for n in range(3)]
    assert {copy.test for copy in copies(train, test)} == {"u0", "u1", "u2"}


def test_a_row_of_sensor_values_is_known_as_it_is_and_not_otherwise():
    row = np.random.default_rng(0).uniform(size=13)
    assert np.array_equal(exact(Signal(row)).hashes, exact(Signal(row.astype(np.float32))).hashes)
    assert not np.isin(exact(Signal(row)).hashes, exact(Signal(row + 1e-3)).hashes).any()
    assert exact(Signal(np.array([0.0, 1.0] * 8))).hashes.size == 0  # a few switches are soon the same by chance
    assert exact(Signal(row[:7])).hashes.size == 0
    assert exact(Signal(row[:8])).hashes.size > 0


def test_real_recordings_are_no_copies_of_one_another_and_their_own_copies_are_found(real_data):
    from pipeline.catalog.corpora import load_corpus
    from pipeline.catalog.opening import open_row

    for corpus, names in {
        "cwru": [f"{number}/{end}" for number in (105, 106, 118, 119, 130, 197) for end in ("DE", "FE")],
        "hit_sm": ["Normal_600", "IR2_600", "OR8_1200"],
        "mfpt": ["InnerRaceFault_vload_1", "OuterRaceFault_vload_5"],
    }.items():
        catalog = load_corpus(corpus, real_data)
        heard = [(catalog[name], open_row(catalog[name], catalog.root).loaded()) for name in names]
        train = [(row, anchored([samples])) for row, samples in heard]
        fine = [(row, anchored([np.round((samples - 0.1) / samples.std() * 500)[:, 4321:]])) for row, samples in heard]
        assert [(copy.train, copy.test, copy.later) for copy in copies(train, fine)] == [
            (name, name, -4321) for name in names
        ]
