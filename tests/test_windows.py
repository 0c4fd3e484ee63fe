"""Windows: length and starts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.windows import WindowConfig


@given(
    n_samples=st.integers(0, 5000),
    length=st.integers(8, 600),
    overlap=st.floats(0, 0.95),
    per_signal=st.one_of(st.none(), st.integers(1, 20)),
)
def test_windows_lie_inside_the_signal_and_no_further_one_would_fit(
    n_samples: int, length: int, overlap: float, per_signal: int | None
) -> None:
    starts = WindowConfig(samples=length, overlap=overlap, per_signal=per_signal).starts(n_samples, length)
    assert all(start >= 0 and start + length <= n_samples for start in starts)
    assert sorted(set(starts)) == starts
    hop = max(1, round(length * (1 - overlap)))
    if per_signal is None and n_samples >= length:
        assert starts[-1] + hop + length > n_samples
    if per_signal is not None:
        assert len(starts) <= per_signal


@given(n_samples=st.integers(8, 5000), length=st.integers(8, 600))
def test_without_overlap_no_sample_is_in_two_windows(n_samples: int, length: int) -> None:
    starts = WindowConfig(samples=length).starts(n_samples, length)
    assert all(later - earlier == length for earlier, later in pairwise(starts))


def test_turns_are_counted_on_the_slowest_shaft() -> None:
    assert WindowConfig(turns=6).length(rate_hz=1000, slowest_rpm=120) == 3000


def test_seconds_without_a_rate_are_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match="need rate_hz"):
        WindowConfig(seconds=1).length()


def test_turns_without_a_speed_are_refused() -> None:
    with pytest.raises(ConfigError, match="speed of every signal"):
        WindowConfig(turns=10).length(rate_hz=1000)


@pytest.mark.parametrize("given_lengths", [{}, {"samples": 100, "seconds": 1.0}])
def test_exactly_one_length_must_be_given(given_lengths: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="exactly one of samples, seconds, turns"):
        WindowConfig.parse(given_lengths, "here")


def test_a_window_too_long_for_any_memory_is_refused_with_the_numbers() -> None:
    with pytest.raises(ConfigError, match="window: 12000000000000 samples, and 67108864 are the most"):
        WindowConfig(seconds=1e9).length(rate_hz=12000.0)
