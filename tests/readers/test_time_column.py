from datetime import UTC, datetime

import numpy as np
import pyarrow
import pytest

from pipeline.readers.time_column import Clock, DayClock, seconds_of_day, time_unit


def rate_of(times: np.ndarray, unit: str = "s", n_pieces: int = 3) -> float | None:
    clock = Clock(unit)
    for piece in np.array_split(times, n_pieces):
        clock.feed(piece)
    return clock.rate_hz


@pytest.mark.parametrize("name", ["time", "t", "T", "timestamp", " Time (s) ", "Time [ms]", "time_us", "t s"])
def test_clocks_are_known_by_name(name: str):
    assert time_unit(name) is not None


@pytest.mark.parametrize("name", ["a1", "temperature", "timer", "torque", "time_of_day", "lifetime", "tx", ""])
def test_other_columns_are_no_clocks(name: str):
    assert time_unit(name) is None


@pytest.mark.parametrize(("unit", "per_second"), [("", 1), ("s", 1), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)])
def test_the_unit_scales_the_rate(unit: str, per_second: float):
    assert rate_of(np.arange(1000) / 12800 * per_second, unit) == 12800.0


def test_an_unknown_unit_gives_no_rate():
    assert rate_of(np.arange(1000) / 100, "fortnights") is None


@pytest.mark.parametrize("n_pieces", [1, 2, 999])
def test_pieces_do_not_matter(n_pieces: int):
    assert rate_of(np.arange(1000) / 4096, n_pieces=n_pieces) == 4096.0


def test_steps_rounded_in_print_still_give_the_whole_rate():
    assert rate_of(np.round(np.arange(1000) / 12000, 9)) == 12000.0


def test_a_rate_that_is_not_whole_stays_so():
    assert rate_of(np.arange(10000) / 4266.67) == pytest.approx(4266.67, rel=1e-9)


def test_steps_too_coarse_in_print_give_no_rate():
    assert rate_of(np.round(np.arange(1000) / 12000, 6)) is None


def test_jitter_above_a_thousandth_gives_no_rate():
    times = np.arange(1000) / 1000.0
    times[500] += 0.9e-6
    assert rate_of(times) == 1000.0
    times[500] += 0.3e-6
    assert rate_of(times) is None


def test_a_gap_a_step_back_a_standstill_and_nan_give_no_rate():
    steady = np.arange(1000) / 1000.0
    assert rate_of(np.delete(steady, 500)) is None
    assert rate_of(steady[::-1]) is None
    assert rate_of(np.zeros(1000)) is None
    assert rate_of(np.where(np.arange(1000) == 500, np.nan, steady)) is None


def test_whole_numbers_without_a_unit_may_count_samples_and_give_no_rate():
    assert rate_of(np.arange(1000.0), "") is None
    assert rate_of(np.arange(1000.0), "ms") == 1000.0


def test_one_time_is_no_clock():
    assert rate_of(np.array([0.5])) is None


@pytest.mark.parametrize("name", ["Zeit [s]", "Time/s", "Elapsed Time (s)", "Time Stamp", "X_Value", "Time, s"])
def test_clocks_of_loggers_are_known_by_name(name: str):
    assert time_unit(name) is not None


def test_times_of_day_are_what_the_calendar_library_says():
    moments = [datetime(2024, 1, 31, hour, 59, 3, 500, tzinfo=UTC) for hour in range(24)]
    truth = [(moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() for moment in moments]
    for written in ("%Y-%m-%d %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S,%f", "%I:%M:%S.%f %p", "%Y-%m-%dT%H:%M:%S.%f+01:00"):
        read = seconds_of_day(pyarrow.array([moment.strftime(written) for moment in moments]))
        np.testing.assert_allclose(read, truth, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n_pieces", [1, 7, 400])
def test_midnight_is_no_step_back(n_pieces: int):
    clock = DayClock()
    for piece in np.array_split((86300.0 + np.arange(400) / 2) % 86400, n_pieces):
        clock.feed(piece)
    assert clock.rate_hz == 2.0


def test_a_small_step_back_is_no_midnight():
    clock = DayClock()
    clock.feed(np.array([10.0, 11.0, 10.5, 11.5]))
    assert clock.rate_hz is None


@pytest.mark.parametrize(
    ("times", "unit", "why"),
    [
        (np.round(np.arange(1000) / 12000, 6), "", "from 8.3e-05 to 8.4e-05 s, no steady clock: too few decimals"),
        (np.arange(1000) / 8, "ticks", "its times are in 'ticks', and s, ms, us, ns or min are known"),
        (np.arange(1000.0), "", "whole numbers without a unit"),
        (np.array([0.0, 0.1, np.nan, 0.3]), "", "some of its times are missing"),
        (np.array([0.0, 0.1, 0.1, 0.3]), "ms", "from 0 to 0.2 ms"),
        (np.round(np.arange(102400) / 25600 * 1e3, 4), "ms", "(their mean is that of 25600 Hz)"),
    ],
)
def test_a_clock_that_states_no_rate_says_why(times: np.ndarray, unit: str, why: str):
    clock = Clock(unit)
    clock.feed(times)
    assert clock.rate_hz is None
    assert why in str(clock.silence)


def test_a_clock_that_states_a_rate_has_nothing_to_explain():
    clock = Clock()
    clock.feed(np.arange(1000) / 8)
    assert clock.silence is None
