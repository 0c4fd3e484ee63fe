"""Kept alarms: known again by their time when late or changed recordings move them, and never taken for another."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from plant import fill, night

from pipeline.batch.store.kept_alarms import KeptAlarm, acknowledge, alarms_in
from pipeline.batch.store.opened import open_store
from pipeline.batch.trends.rules import Rules

AT_ONCE = Rules(needed=1, of=1)
HOUR_S = 3600.0


def judged(folder: Path, hours: dict[int, float]) -> list[KeptAlarm]:
    """All alarms of a pump, in the order of their opening, after a night that brought recordings of some hours."""
    texts = {hour: {f"pump-{hour:02}.txt": f"x{hour}-{p} {p} 1.0"} for hour, p in hours.items()}
    for hour, text in texts.items():
        fill(folder / "inbox", text, age_s=HOUR_S * (100 - hour))
    night(folder / "inbox", str(folder / "plant.db"), rules=AT_ONCE)
    return kept(folder)


def kept(folder: Path) -> list[KeptAlarm]:
    store = open_store(str(folder / "plant.db"))
    found = sorted(alarms_in(store, closed=True), key=lambda alarm: alarm.opened_at)
    store.close()
    return found


def seen(folder: Path, alarm: KeptAlarm) -> None:
    store = open_store(str(folder / "plant.db"))
    acknowledge(store, [alarm.id], "Kim")
    store.close()


def test_an_alarm_says_when_it_opened_when_it_was_at_its_worst_and_when_it_closed(tmp_path: Path) -> None:
    (alarm,) = judged(tmp_path, {0: 0.1, 1: 0.9, 2: 0.97, 3: 0.92, 4: 0.1})
    made = [
        datetime.fromtimestamp((tmp_path / "inbox" / f"pump-0{hour}.txt").stat().st_mtime, UTC) for hour in (1, 2, 4)
    ]
    told = [alarm.opened_at, alarm.worst_at, alarm.closed_at]
    assert [abs((one - other).total_seconds()) < 1 for one, other in zip(told, made, strict=True)] == [True] * 3
    assert (alarm.worst, alarm.source) == (0.97, str(tmp_path / "inbox" / "pump-01.txt"))


def test_of_two_alarms_that_turn_out_to_be_one_the_earlier_stays(tmp_path: Path) -> None:
    (late,) = judged(tmp_path, {10: 0.9, 11: 0.1})
    early, _ = judged(tmp_path, {0: 0.95, 1: 0.1})
    seen(tmp_path, early)
    (one,) = judged(tmp_path, {1: 0.94})  # what was quiet between them was not
    assert late.id < early.id == one.id
    assert (one.closed_at, one.acknowledged_by) == (late.closed_at, "Kim")


@pytest.mark.parametrize(
    ("before", "after"), [({0: 0.9, 1: 0.1}, {0: 0.2, 20: 0.9}), ({20: 0.9}, {20: 0.2, 0: 0.9, 1: 0.1})]
)
def test_an_alarm_at_another_time_is_another_and_nobody_has_seen_it(tmp_path: Path, before, after) -> None:
    (alarm,) = judged(tmp_path, before)
    seen(tmp_path, alarm)
    both = judged(tmp_path, after)
    assert {one.id: one.acknowledged_by for one in both if one.id == alarm.id} == {alarm.id: "Kim"}
    (new,) = [one for one in both if one.id != alarm.id]
    assert new.acknowledged_by is None
    assert abs((new.opened_at - alarm.opened_at).total_seconds()) == pytest.approx(20 * HOUR_S, abs=60)
