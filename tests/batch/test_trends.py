"""Alarms by persistence and hysteresis, levels over a baseline, health: each against its definition, told otherwise."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.batch.trends.change_points import change_points
from pipeline.batch.trends.episodes import episodes
from pipeline.batch.trends.health import health_of
from pipeline.batch.trends.history import Snapshot, over_baseline_db
from pipeline.batch.trends.judged import LEVEL, Grade, alarms_of
from pipeline.batch.trends.rules import Rules, rules_at
from pipeline.errors import ConfigError

DAY = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = st.lists(st.sampled_from([0.1, 0.6, 0.9]), max_size=40).map(np.array)


def history(faults: list[float], levels: list[float | None] | None = None) -> list[Snapshot]:
    levels = levels or [None] * len(faults)
    return [
        Snapshot(day, DAY + timedelta(days=day), {} if np.isnan(p) else {"ball": p}, rms)
        for day, (p, rms) in enumerate(zip(faults, levels, strict=True))
    ]


@given(VALUES, st.integers(1, 4), st.integers(0, 3))
def test_the_first_alarm_opens_with_the_first_window_that_holds_enough_and_closes_with_the_first_low_run(
    values: np.ndarray, needed: int, more: int
) -> None:
    of = needed + more
    padded = np.concatenate([np.zeros(of - 1), values >= 0.8])
    full = np.flatnonzero(sliding_window_view(padded, of).sum(axis=1) >= needed) if len(values) else []
    found = episodes(values, 0.8, 0.5, needed, of)
    assert bool(found) == bool(len(full))
    if found:
        assert found[0].opened == full[0]
        low = [end for end in range(full[0] + of, len(values)) if (values[end - of + 1 : end + 1] < 0.5).all()]
        assert found[0].closed == (low[0] if low else None)


@given(VALUES)
def test_alarms_follow_one_another_and_only_the_last_may_be_open(values: np.ndarray) -> None:
    found = episodes(values, 0.8, 0.5, 2, 3)
    assert all(one.first <= one.opened for one in found)
    assert all(one.closed is not None and one.closed < after.first for one, after in pairwise(found))


def test_recordings_that_say_nothing_are_passed_over() -> None:
    values = np.array([0.9, np.nan, 0.9, np.nan, np.nan, 0.9, 0.1, np.nan, 0.1, 0.1])
    assert episodes(values, 0.8, 0.5, 3, 3) == [(0, 5, 9)]


def test_odd_recordings_open_fewer_alarms_by_persistence_as_binomials_say() -> None:
    rng = np.random.default_rng(0)
    odd, needed, of, trials = 0.1, 3, 4, 20000
    opened = sum(bool(episodes(np.where(rng.random(of) < odd, 0.9, 0.1), 0.8, 0.5, needed, of)) for _ in range(trials))
    expected = 4 * odd**3 * (1 - odd) + odd**4
    assert opened / trials == pytest.approx(expected, abs=4 * np.sqrt(expected / trials))


def test_a_fault_opens_an_alarm_that_tells_its_worst_and_closes_it() -> None:
    (alarm,) = alarms_of(history([0.1, 0.9, 0.95, 0.85, 0.6, 0.1, 0.1, 0.1, 0.1]), Rules())
    assert (alarm.kind, alarm.grade, alarm.worst) == ("ball", Grade.ALARM, 0.95)
    assert (alarm.opened_at, alarm.opened_by) == (DAY + timedelta(days=3), 3)
    assert alarm.worst_at == DAY + timedelta(days=2)
    assert alarm.closed_at == DAY + timedelta(days=8)


def test_a_level_twice_its_baseline_is_a_warning_and_four_times_an_alarm() -> None:
    for times, grades in ((1.9, []), (2.1, [Grade.WARNING]), (4.1, [Grade.ALARM])):
        found = alarms_of(history([0.1] * 16, [1.0] * 10 + [times] * 6), Rules())
        assert [(alarm.kind, alarm.grade) for alarm in found] == [(LEVEL, grade) for grade in grades]
    assert found[0].worst == pytest.approx(20 * np.log10(4.1))


def test_a_level_without_a_baseline_says_nothing() -> None:
    assert alarms_of(history([0.1] * 9, [1.0] * 5 + [100.0] * 4), Rules()) == []


@given(st.floats(1e-6, 1e6))
def test_the_unit_of_a_level_does_not_matter(scale: float) -> None:
    levels = np.random.default_rng(0).uniform(0.5, 8.0, 30)
    assert over_baseline_db(levels * scale, 10) == pytest.approx(over_baseline_db(levels, 10), abs=1e-6)


def test_health_is_a_hundred_less_the_worse_of_fault_and_level() -> None:
    told = health_of(history([0.1] * 14, [1.0] * 10 + [2.0] * 4), Rules())
    assert told[:10] == pytest.approx([90.0] * 10)
    assert told[-1] == pytest.approx(100 * (1 - 20 * np.log10(2) / 12))
    assert health_of(history([0.7, 0.1, 0.1, 0.1]), Rules())[-1] == pytest.approx(90.0)
    assert np.isnan(health_of(history([np.nan]), Rules())).all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("needed: 5", "needed .5. must not be above of .4."),
        ("close_below: 0.9", "close_below .0.9. must not be above open_at .0.8."),
        ("hysteresis_db: 6", "hysteresis_db must be below warning_db"),
        ("neded: 3", "neded: unknown key; did you mean 'needed'"),
        ("open_at: 1.5", "less than 1"),
        ("- open_at", "lines like 'needed: 3' are needed, got list"),
        ("open_at: [", "cannot be read as YAML"),
    ],
)
def test_rules_that_cannot_be_are_one_line(tmp_path, text: str, told: str) -> None:
    (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(ConfigError, match=told) as error:
        rules_at(tmp_path / "rules.yaml")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("step_db", [3.0, 6.0, -6.0])
def test_a_step_of_the_level_is_found_within_two_recordings(step_db: float) -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(0.0, 0.7, 80), rng.normal(step_db, 0.7, 50)])
    (place,) = change_points(values)
    assert abs(place - 80) <= 2


def test_white_noise_changes_nowhere_in_nearly_all_draws() -> None:
    rng = np.random.default_rng(4)
    assert sum(bool(change_points(rng.normal(0.0, 1.0, 120))) for _ in range(100)) <= 3


def test_what_is_constant_short_or_unknown_changes_nowhere() -> None:
    assert change_points(np.zeros(50)) == []
    assert change_points(np.arange(6.0)) == []
    assert change_points(np.full(50, np.nan)) == []


def test_recordings_without_a_level_do_not_move_a_change() -> None:
    values = np.concatenate([np.zeros(30), np.full(30, 6.0)]) + np.random.default_rng(5).normal(0, 0.3, 60)
    values[25:29] = np.nan
    assert change_points(values) == [30]
