"""Detrending against scipy, and against the closed form of a line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from pipeline.signals.conditioning.detrend import Detrend, detrend, trend_of, without_line
from pipeline.signals.long_samples import pieces_of
from pipeline.signals.signal import Signal


@pytest.mark.parametrize("kind", ["constant", "linear"])
@pytest.mark.parametrize("n_samples", [1, 2, 3, 1000])
def test_what_is_left_is_what_scipy_leaves(kind, n_samples):
    samples = np.random.default_rng(0).standard_normal((3, n_samples)) + np.linspace(0, 50, n_samples)
    expected = scipy_signal.detrend(samples, type=kind) if n_samples > 1 else np.zeros((3, 1))
    assert detrend(samples, kind) == pytest.approx(expected, abs=1e-10)


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3))
def test_offset_and_drift_of_a_sensor_change_nothing(offset, slope):
    ripple = np.sin(np.arange(500) * 0.7)[None]
    drifting = ripple + offset + slope * np.arange(500)
    assert detrend(drifting) == pytest.approx(detrend(ripple), abs=1e-6)


def test_channels_lose_each_its_own():
    both = np.stack([np.arange(10.0), 5 - 2 * np.arange(10.0)])
    assert detrend(both) == pytest.approx(np.zeros((2, 10)), abs=1e-12)


def test_whole_numbers_are_not_wrapped_and_single_precision_not_lost():
    counts = np.array([[32767, -32768, 32767, -32768]], dtype=np.int16)
    assert detrend(counts, "constant") == pytest.approx(counts - counts.mean())
    heavy = (1e6 + np.arange(8.0)).astype(np.float32)[None]
    assert detrend(heavy) == pytest.approx(np.zeros((1, 8)), abs=1e-6)


def test_the_history_tells_the_numbers():
    rising = Signal(0.5 + 0.2 * np.arange(-50, 51) / 100, rate_hz=100.0)
    assert Detrend().apply(rising).history == ("trend removed: mean 0.5, 0.2 per s",)
    assert Detrend().apply(rising.changed(rate_hz=None)).history == ("trend removed: mean 0.5, 0.002 per sample",)
    assert Detrend(kind="constant").apply(rising).history == ("mean 0.5 removed",)


@given(st.integers(2, 400), st.integers(1, 90), st.floats(-1e3, 1e3))
def test_a_walk_in_any_pieces_loses_the_line_that_scipy_takes_from_the_whole(n_samples: int, chunk: int, offset: float):
    samples = np.random.default_rng(3).standard_normal((2, n_samples)) + offset + 0.3 * np.arange(n_samples)
    middles, slopes = trend_of(pieces_of(samples, chunk, 0, n_samples), n_samples)
    walked = list(without_line(pieces_of(samples, chunk, 0, n_samples), n_samples, middles, slopes))
    np.testing.assert_allclose(np.concatenate(walked, axis=1), scipy_signal.detrend(samples), atol=1e-8)
