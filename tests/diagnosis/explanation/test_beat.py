"""A beat stands out among other rates where there is one, and where there is none as seldom as its level says."""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.diagnosis.explanation.beat import LEVEL, Floats, beat_at, spectrum_of

COLUMNS = 225
RATES = np.arange(COLUMNS // 2 + 1.0)
TIMES = np.arange(COLUMNS) / COLUMNS

Made = Callable[[np.random.Generator], Floats]


def white(rng: np.random.Generator) -> Floats:
    return rng.standard_normal(COLUMNS)


def smooth(rng: np.random.Generator, columns: int = 7) -> Floats:
    """Neighbours alike, as where a net's windows overlap: the spectrum falls by 60 dB and more."""
    weights = np.hanning(columns + 2)
    return np.convolve(rng.standard_normal(COLUMNS + columns + 1), weights / weights.std(), "valid")


def wandering(rng: np.random.Generator) -> Floats:
    return np.cumsum(white(rng))


def peaky(rng: np.random.Generator) -> Floats:
    """A dozen lines that are no fault's, of all heights."""
    rates, phases = rng.uniform(4, COLUMNS / 2, (12, 1)), rng.uniform(0, 2 * np.pi, (12, 1))
    heights = 0.6 * np.exp(rng.standard_normal((12, 1)))
    return white(rng) + (heights * np.cos(2 * np.pi * rates * TIMES + phases)).sum(axis=0)


def stands_out(profile: Floats, rate: float) -> bool:
    found = beat_at(RATES, spectrum_of(np.maximum(profile, 0)), rate)
    assert found is not None
    return found.p_value <= LEVEL


@pytest.mark.parametrize("rates", [(12.0, 24.0), (24.0, 48.0), (48.0, 100.0)])
@pytest.mark.parametrize("background", [white, smooth, wandering, peaky])
def test_where_nothing_beats_something_stands_out_as_seldom_as_the_level_says(background: Made, rates: tuple) -> None:
    rng = np.random.default_rng(0)
    found = sum(stands_out(background(rng), rng.uniform(*rates)) for _ in range(400))
    # 5 % of 400 are 20; three deviations more are 33. Nothing at all would be a check that always says no.
    assert 2 <= found <= 33


@pytest.mark.parametrize("rates", [(25.0, 48.0), (48.0, 95.0)])
def test_what_beats_over_a_smooth_background_stands_out(rates: tuple) -> None:
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(60):
        rate, off = rng.uniform(*rates), rng.uniform(-0.01, 0.01)
        beat = 2 * np.pi * rate * (1 + off) * TIMES
        background = smooth(rng)
        found += stands_out(1 + background / background.std() + 0.5 * np.cos(beat) + 0.25 * np.cos(2 * beat), rate)
    assert found >= 48


@pytest.mark.parametrize("rate", [3.0, 112.5])
def test_a_spectrum_that_does_not_reach_the_rate_says_nothing(rate: float) -> None:
    assert beat_at(RATES, np.ones(len(RATES)), rate) is None


def test_with_few_other_rates_nothing_is_said() -> None:
    assert beat_at(RATES[:30], np.ones(30), 20.0) is None
