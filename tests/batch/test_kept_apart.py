"""Kept apart: what is found of one point or model is no part of another's history, alarms or rules."""

from pathlib import Path

import pytest
from kept_fleet import failing, kept, quiet
from plant import MODEL, fill, night

from pipeline.batch.store.kept_alarms import alarms_in
from pipeline.batch.store.opened import open_store
from pipeline.batch.trends.rules import Rules

ANOTHER = MODEL._replace(fingerprint="sha256:1", name="another")
HOUR_S = 3600.0


def days(inbox: Path, *nights: str) -> Path:
    """A recording of the pump each hour."""
    for place, text in enumerate(nights):
        fill(inbox, {f"pump-{place}.txt": text}, age_s=HOUR_S * (len(nights) - place))
    return inbox


@pytest.mark.parametrize("of", [{"name": "fan"}, {"site": "north"}, {"point": "NDE"}])
def test_a_point_beside_a_failing_one_has_no_alarm_of_its_own(tmp_path: Path, of: dict[str, str]) -> None:
    store = str(tmp_path / "plant.db")
    kept(store, [failing("pump"), quiet("pump", 40, "south", "DE", seed=7)._replace(**of)])
    opened = open_store(store)
    assert {(alarm.machine, alarm.site, alarm.point) for alarm in alarms_in(opened, closed=True)} == {
        ("pump", "south", "DE")
    }
    opened.close()


def test_a_channel_beside_a_failing_one_has_no_alarm_of_its_own(tmp_path: Path) -> None:
    store = str(tmp_path / "plant.db")
    night(days(tmp_path / "inbox", *(f"x{k} 0.9 1.0\ny{k} 0.1 1.0" for k in range(4))), store)
    opened = open_store(store)
    assert [alarm.channel for alarm in alarms_in(opened, closed=True)] == ["c0"]
    opened.close()


def test_what_one_model_says_of_a_point_is_no_part_of_anothers_history(tmp_path: Path, monkeypatch) -> None:
    store = str(tmp_path / "plant.db")
    night(days(tmp_path / "inbox", *(f"x{k} 0.9 1.0" for k in range(4))), store)
    for heard in (tmp_path / "inbox").iterdir():
        heard.unlink()
    monkeypatch.setattr("plant.MODEL", ANOTHER)
    night(days(tmp_path / "inbox", "y 0.1 1.0"), store)
    opened = open_store(store)
    assert [alarm.model for alarm in alarms_in(opened, closed=True)] == [MODEL.name]
    opened.close()


def test_the_rules_of_one_model_judge_no_other(tmp_path: Path, monkeypatch) -> None:
    """A store may be shared by schedules with rules of their own."""
    store, notes = str(tmp_path / "plant.db"), list[str]()
    night(days(tmp_path / "inbox", *(f"x{k} 0.9 1.0" for k in range(4))), store, rules=Rules(open_at=0.95))
    opened = open_store(store)
    assert alarms_in(opened) == []
    monkeypatch.setattr("plant.MODEL", ANOTHER)
    night(tmp_path / "inbox", store, note=notes.append)
    assert [alarm.model for alarm in alarms_in(opened)] == ["another"]
    assert notes == []
    opened.close()
