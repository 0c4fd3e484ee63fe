"""What the benchmarks of batches and alarms count, on histories and logs whose answer is known."""

import doctest
import importlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.batch.trends.history import Snapshot
from pipeline.batch.trends.rules import Rules

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
HOLDER = "import subprocess, sys, time; held = bytearray(64 * 2**20); {} time.sleep(1.0)"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def history(values: list[float], label: str = "ball") -> list[Snapshot]:
    """A probability a week, at a level that stays."""
    return [Snapshot(week, BEGIN + timedelta(weeks=week), {label: one}, 1.0) for week, one in enumerate(values)]


@pytest.mark.parametrize(
    "name", ["alarm_lives", "alarm_scores", "alarms", "busy_nights", "drift", "idle_nights", "peaks"]
)
def test_examples_run(module, name: str):
    found = doctest.testmod(module(name))
    assert found.attempted
    assert not found.failed


def test_a_needless_alarm_a_right_one_and_another_name_are_told_apart(module):
    scores, life_of = module("alarm_scores"), module("alarm_lives").Life
    way = scores.Way("plain", scores.plain(0.8))
    early = [0.9 if week in (3, 20, 21) else 0.1 for week in range(52)]
    own, other = (life_of(fault, 10, 2.0, history(early)) for fault in ("ball", "inner_race"))
    told = scores.scores([own, other], way)
    assert (told["faults"], told["alarmed"], told["needless"]) == (2, 1, 2)
    assert told["misnamed_per_fault"] == 0.5
    assert told["quiet_years"] == round(20 / 52, 1)
    assert told["severity_db"] is None  # the median of one that came and one that never did


def test_a_fault_without_an_alarm_counts_as_the_latest_of_all(module):
    scores, life_of = module("alarm_scores"), module("alarm_lives").Life
    way = scores.Way("plain", scores.plain(0.8))
    caught = life_of("ball", 10, 2.0, history([0.1] * 20 + [0.9] * 32))
    missed = life_of("ball", 10, 2.0, history([0.1] * 52))
    told = scores.scores([caught, caught, missed], way)
    assert (told["weeks"], told["weeks_90"]) == (10.0, None)
    assert told["weeks_before_loud"] == 2.0


def test_persistence_ignores_the_odd_recording_that_a_plain_threshold_takes(module):
    scores, life_of = module("alarm_scores"), module("alarm_lives").Life
    sound = [life_of(None, 10, 2.0, history([0.9 if week % 8 == 0 else 0.1 for week in range(52)]))]
    plain = scores.scores(sound, scores.Way("plain", scores.plain(0.8)))
    house = scores.scores(sound, scores.Way("house", Rules()))
    assert (plain["needless"], house["needless"]) == (7, 0)


def test_a_fault_of_the_rotor_is_right_for_loudness_alone(module):
    scores, life_of = module("alarm_scores"), module("alarm_lives").Life
    loud = [one._replace(rms=10.0 if week >= 20 else 1.0) for week, one in enumerate(history([0.9] * 52))]
    life = [life_of("imbalance", 15, 2.0, loud)]
    assert scores.scores(life, scores.Way("loud", Rules(), by_level=True))["needless"] == 0
    assert scores.scores(life, scores.Way("model", Rules()))["needless"] == 1


def test_memory_is_that_of_children_too(module):
    peaks = module("peaks")
    child = HOLDER.format("")
    both = HOLDER.format(f"subprocess.Popen([sys.executable, '-c', {child!r}]);")
    one, two = (peaks.watched_tree(subprocess.Popen([sys.executable, "-c", code])) for code in (child, both))
    assert two > one + 60 * 2**20
