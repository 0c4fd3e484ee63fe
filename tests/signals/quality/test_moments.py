"""Statistics gathered in pieces, against scipy on the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.signals.quality.moments import Moments


def gathered(samples: np.ndarray, size: int) -> Moments:
    found = Moments()
    for start in range(0, len(samples), size):
        found = found.joined(Moments.of(samples[start : start + size]))
    return found


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 700), st.floats(-1000, 1000))
def test_pieces_of_any_size_give_what_scipy_says_of_the_whole(seed: int, size: int, offset: float) -> None:
    samples = np.random.default_rng(seed).gamma(2.0, size=700) + offset
    told = gathered(samples, size).statistics()
    assert told["mean"] == pytest.approx(samples.mean(), rel=1e-9)
    assert told["std"] == pytest.approx(samples.std(), rel=1e-9)
    assert told["rms"] == pytest.approx(np.sqrt(np.mean(samples**2)), rel=1e-9)
    assert told["skewness"] == pytest.approx(stats.skew(samples), rel=1e-6)
    assert told["kurtosis"] == pytest.approx(stats.kurtosis(samples, fisher=False), rel=1e-6)
    assert (told["min"], told["max"]) == (samples.min(), samples.max())
    assert told["crest"] == pytest.approx(np.abs(samples).max() / np.sqrt(np.mean(samples**2)), rel=1e-9)


def test_a_sine_has_the_crest_and_kurtosis_of_the_textbook() -> None:
    told = gathered(np.sin(2 * np.pi * np.arange(10000) / 1000), 333).statistics()
    assert told["crest"] == pytest.approx(np.sqrt(2), rel=1e-9)
    assert told["kurtosis"] == pytest.approx(1.5, rel=1e-9)


def test_what_cannot_be_told_is_none() -> None:
    assert set(Moments().statistics().values()) == {None}
    constant = Moments.of(np.full(9, 2.0)).statistics()
    assert (constant["mean"], constant["std"], constant["kurtosis"]) == (2.0, 0.0, None)
    assert Moments.of(np.array([1e300, -1e300])).statistics()["std"] is None
