import numpy as np
import pytest

from pipeline.readers.tick_clock import TickClock

TODAY = 1_763_700_000 * 10**9


def told(unit: str, times_s: np.ndarray, pieces: int = 3) -> float | None:
    """The rate of times that are rounded to ticks and fed piece by piece."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    ticks = TODAY * per_second // 10**9 + np.round(times_s * per_second).astype(np.int64)
    clock = TickClock(unit)
    for piece in np.array_split(ticks, pieces):
        clock.feed_ticks(piece)
    return clock.rate_hz


@pytest.mark.parametrize(
    ("unit", "rate_hz"), [("ns", 51200.0), ("ns", 12345.0), ("us", 12000.0), ("us", 51200.0), ("ms", 100.0), ("s", 1.0)]
)
def test_timestamps_state_the_rate_they_were_rounded_from(unit: str, rate_hz: float):
    n_times = 100000
    assert told(unit, np.arange(n_times) / rate_hz) == rate_hz


def test_a_fractional_rate_is_told_within_a_tick_of_the_span():
    assert told("ns", np.arange(10000) / 48828.125) == pytest.approx(48828.125, rel=1e-8)


def test_times_with_a_gap_or_a_jitter_of_many_ticks_state_none():
    times = np.arange(1000) / 12000.0
    assert told("us", np.delete(times, 500)) is None
    assert told("us", times + np.random.default_rng(0).uniform(0, 10e-6, 1000)) is None


def test_times_that_repeat_because_their_ticks_are_too_long_state_none():
    assert told("ms", np.arange(5000) / 12000.0) is None


def test_a_missing_time_states_none():
    clock = TickClock("ms")
    clock.feed_ticks(np.arange(0, 1000, 10), np.arange(100) == 50)
    assert clock.rate_hz is None
