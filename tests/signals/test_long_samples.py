"""Signals that stay in their file: the same numbers as an array, whatever the pieces."""

import math
import tracemalloc
import weakref
from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.signals.conditioning.condition import condition
from pipeline.signals.conditioning.resampling import resample, resampled_blocks
from pipeline.signals.conditioning.steps import StepSpec, apply_steps
from pipeline.signals.long_samples import LongSamples, pieces_of, recut, with_margins
from pipeline.signals.signal import Signal


def long_of(samples: np.ndarray, chunk: int) -> LongSamples:
    """A file in which samples lie in chunks of its own."""
    return LongSamples(
        samples.shape,
        lambda size, start, stop: recut(pieces_of(samples, chunk, 0, samples.shape[1]), size, start, stop),
    )


def noise(n_samples: int, n_channels: int = 1) -> np.ndarray:
    return np.random.default_rng(5).normal(3.0, 1.0, (n_channels, n_samples))


@given(st.integers(1, 500), st.integers(1, 90), st.integers(1, 90), st.integers(0, 500), st.integers(0, 500))
def test_a_walk_recut_is_the_same_walk(n_samples: int, chunk: int, size: int, start: int, stop: int):
    samples = noise(n_samples, 2)
    pieces = list(recut(pieces_of(samples, chunk, 0, n_samples), size, start, stop))
    assert all(piece.shape[1] == size for piece in pieces[:-1])
    joined = np.concatenate([np.empty((2, 0)), *pieces], axis=1)
    np.testing.assert_array_equal(joined, samples[:, start : max(start, stop)])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 9000),
    st.integers(1, 4000),
    st.sampled_from([Fraction(1, 4), Fraction(15, 64), Fraction(1000, 4069), Fraction(2), Fraction(3, 2)]),
)
def test_resampling_piece_by_piece_is_resampling_the_whole_bit_for_bit(n_samples: int, chunk: int, ratio: Fraction):
    samples = noise(n_samples, 2)
    pieces = list(resampled_blocks(pieces_of(samples, chunk, 0, n_samples), ratio))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), resample(samples, ratio))


@pytest.mark.parametrize("rate_hz", [None, 12000.0, 51200.0])
def test_a_long_signal_is_conditioned_to_the_same_numbers(rate_hz: float | None):
    samples = noise(70000, 2)
    whole = condition(Signal(samples, rate_hz=51200.0), rate_hz)
    long = condition(Signal(long_of(samples, 999), rate_hz=51200.0), rate_hz)
    assert isinstance(long.samples, LongSamples)
    assert (long.n_samples, long.history, long.rate_hz) == (whole.n_samples, whole.history, whole.rate_hz)
    np.testing.assert_array_equal(long.loaded(), whole.loaded())
    np.testing.assert_array_equal(long.part(1000, 1234), whole.part(1000, 1234))


def test_a_long_signal_can_be_had_as_an_array():
    samples = noise(1000)
    signal = Signal(long_of(samples, 64))
    np.testing.assert_array_equal(np.asarray(signal.samples), samples)
    assert signal.part(990, 2000).shape == (1, 10)
    assert signal.part(2000, 3000).shape == (1, 0)


class Counted(np.ndarray):
    """Samples that tell how many of their kind are in memory at once."""

    alive: ClassVar[set[int]] = set()
    most = 0

    @classmethod
    def block(cls, n_samples: int) -> np.ndarray:
        made = np.ones((1, n_samples)).view(cls)
        cls.alive.add(id(made))
        weakref.finalize(made, cls.alive.discard, id(made))
        cls.most = max(cls.most, len(cls.alive))
        return made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    monkeypatch.setattr(Counted, "most", 0)
    return Counted


def test_a_long_signal_is_never_held_whole_while_it_is_walked_through(counted: type[Counted]):
    def pieces(size: int, start: int, stop: int) -> Iterator[np.ndarray]:
        yield from (counted.block(min(size, stop - first)) for first in range(start, stop, size))

    signal = Signal(LongSamples((1, 3 * 10**7), pieces), rate_hz=51200.0)
    conditioned = condition(signal, 12000.0)
    assert sum(block.shape[1] for block in conditioned.blocks()) == math.ceil(3 * 10**7 * 12000 / 51200)
    assert counted.most <= 4


def test_what_lies_before_a_part_is_let_go(counted: type[Counted]):
    walk = recut((counted.block(100) for _ in range(50)), 100, 4900, 5000)
    assert sum(piece.shape[1] for piece in walk) == 100
    assert counted.most <= 3


@given(st.integers(1, 300), st.integers(1, 60), st.integers(0, 5), st.integers(1, 7))
def test_pieces_with_margins_follow_one_another_and_bring_what_lies_around(
    n_samples: int, chunk: int, times: int, multiple: int
):
    margin, samples, place = times * multiple, np.arange(float(n_samples))[None], 0
    for held, first, end in with_margins(pieces_of(samples, chunk, 0, n_samples), margin, multiple):
        np.testing.assert_array_equal(held[0, first:end], np.arange(place, place + end - first))
        assert place % multiple == 0
        assert first == min(margin, place)
        place += end - first
        assert held.shape[1] - end >= margin or held[0, -1] == n_samples - 1
    assert place == n_samples


STEPS = [["detrend"], [{"detrend": {"kind": "constant"}}], [{"high_pass": {"cutoff_hz": 20}}], [{"unit": {"to": "g"}}]]


@pytest.mark.parametrize("steps", STEPS)
def test_a_long_signal_is_conditioned_by_a_step_as_if_it_were_held(steps: list[StepSpec]):
    time_s = np.arange(300_000) / 5000
    drifting = noise(time_s.size, 2) + 3 * time_s + 20 * np.sin(2 * np.pi * 0.5 * time_s)
    whole = apply_steps(Signal(drifting, rate_hz=5000.0, unit="m/s2"), steps)
    long = apply_steps(Signal(long_of(drifting, 9999), rate_hz=5000.0, unit="m/s2"), steps)
    assert isinstance(long.samples, LongSamples)
    assert long.history == whole.history
    np.testing.assert_allclose(long.loaded(), whole.loaded(), atol=1e-7 * np.abs(drifting).max())


def test_steps_walk_through_a_long_signal_in_little_memory():
    n_samples = 4 * 10**7  # 320 MB in double precision
    piece = noise(2**20)

    def pieces(size: int, start: int, stop: int):
        return (piece[:, : min(size, stop - first)] for first in range(start, stop, size))

    signal = Signal(LongSamples((1, n_samples), pieces), rate_hz=51200.0, unit="V")
    tracemalloc.start()
    steps = apply_steps(signal, [{"unit": {"to": "mV"}}, "detrend", {"high_pass": {"cutoff_hz": 100}}])
    assert sum(block.shape[1] for block in steps.blocks()) == n_samples
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 160e6
