import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.preprocessing.resolvability import Heard, Wanted, refuse_unresolvable

BEARING = {"outer_race": 3.5848, "inner_race": 5.4152, "ball": 4.7135}


@given(
    speed_hz=st.floats(0.1, 200),
    n_samples=st.integers(100, 100_000),
    fewest_turns=st.sampled_from([0.0, 1.0, 10.0, 24.0]),
    orders=st.sampled_from([{}, BEARING, {"wheel 1": 1.0, "wheel 2": 0.17}]),
)
def test_the_length_that_is_asked_for_is_enough_and_less_is_not(
    speed_hz: float, n_samples: int, fewest_turns: float, orders: dict[str, float]
) -> None:
    heard = Heard("pump/DE", 12000.0, speed_hz, orders)
    needed_s = max([fewest_turns / speed_hz, *(2 / (order * speed_hz) for order in orders.values())])
    wanted = Wanted(12000.0, n_samples, fewest_turns)
    if n_samples / 12000.0 >= needed_s:
        refuse_unresolvable(wanted, [heard])
    elif n_samples / 12000.0 < 0.99 * needed_s:
        with pytest.raises(ConfigError) as refused:
            refuse_unresolvable(wanted, [heard])
        (asked,) = re.findall(r"set window\.seconds to \S+ \((\d+) samples\)", str(refused.value))
        refuse_unresolvable(wanted._replace(n_samples=int(asked)), [heard])


def test_the_signal_that_needs_the_longest_window_is_named_with_all_numbers() -> None:
    signals = [Heard("fast", 12000.0, 30.0, BEARING), Heard("slow", 12000.0, 2.0, BEARING), Heard("unknown")]
    with pytest.raises(ConfigError) as refused:
        refuse_unresolvable(Wanted(12000.0, 1200), signals)
    assert str(refused.value) == (
        "window: 0.1 s (1200 samples at 12000 Hz) hold 0.2 turns of 'slow' at 120 rpm, 0.72 periods of its slowest "
        "fault, outer_race (order 3.58, 7.17 Hz), and 2 periods are needed; set window.seconds to 0.279 (3348 samples) "
        "or more, or leave slower signals out by data.where"
    )


def test_too_few_turns_for_the_orders_wanted_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"hold 3 turns of 'a' at 1800 rpm, and the stages need 10; .* 0\.334 \(4000"):
        refuse_unresolvable(Wanted(12000.0, 1200, fewest_turns=10), [Heard("a", 12000.0, 30.0, BEARING)])


def test_ten_turns_in_whole_samples_are_ten_turns() -> None:
    refuse_unresolvable(Wanted(12000.0, 4006, fewest_turns=10), [Heard("a", 12000.0, 29.95)])
    with pytest.raises(ConfigError):
        refuse_unresolvable(Wanted(12000.0, 3900, fewest_turns=10), [Heard("a", 12000.0, 29.95)])


def test_a_signal_of_unknown_speed_asks_nothing() -> None:
    refuse_unresolvable(Wanted(12000.0, 10, fewest_turns=10), [Heard("a", 12000.0, None, BEARING)])


def test_a_band_that_no_signal_holds_is_refused_and_one_that_some_hold_is_not() -> None:
    wanted = Wanted(12000.0, 12000, band_hz=(50.0, 5400.0))
    slow, fast = Heard("slow", 4000.0), Heard("fast", 8000.0)
    with pytest.raises(ConfigError) as refused:
        refuse_unresolvable(wanted, [slow, fast])
    assert str(refused.value) == (
        "stages: the model reads up to 5400 Hz, and no signal holds that: the fastest, 'fast', is sampled at 8000 Hz, "
        "so nothing above 4000 Hz; lower the stages' band to that (max_hz; of fault_order, carriers or carrier_hz), "
        "and rate_hz to 8000 where they have none"
    )
    refuse_unresolvable(wanted, [slow, Heard("enough", 10800.0)])
    refuse_unresolvable(wanted, [slow, Heard("a file may tell")])
    refuse_unresolvable(wanted._replace(band_hz=(50.0, 3900.0)), [slow, fast])


def test_without_a_band_all_of_the_rate_is_read() -> None:
    with pytest.raises(ConfigError, match="reads up to 6000 Hz"):
        refuse_unresolvable(Wanted(12000.0, 12000), [Heard("a", 11000.0)])
    refuse_unresolvable(Wanted(12000.0, 12000), [Heard("a", 11995.0)])
