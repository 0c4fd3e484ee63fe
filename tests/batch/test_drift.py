"""Drift: against Ville's inequality, the published algorithm told otherwise, and plants whose change is known."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from plant import MODEL, fill, night
from sqlalchemy import select, update

from pipeline.batch.monitor.drifts import drift_of
from pipeline.batch.store.kept_alarms import acknowledge, alarms_in
from pipeline.batch.store.opened import Store, open_store
from pipeline.batch.store.schema import alarms, diagnoses
from pipeline.batch.trends.drift import MOST_ODDS, ODDS, drift_in
from pipeline.batch.trends.jumper import RATES, STAKES, log10_capital
from pipeline.batch.trends.nights import Heard, nights_of
from pipeline.workflow.report import Pages, report

DAY = datetime(2026, 1, 1, 3, tzinfo=UTC)
LATER = date(2030, 1, 1)


def heard(values: np.ndarray, first: int = 0) -> list[Heard]:
    """`outside_p` of some machines, shape (night, machine), as a store tells of them."""
    return [
        Heard(1000 * day + m, DAY + timedelta(days=day, minutes=m), (f"m{m}",), f"{day} {m} {first}", float(p))
        for day, row in enumerate(values, start=first)
        for m, p in enumerate(row)
    ]


def test_the_capital_is_that_of_the_published_algorithm_step_by_step() -> None:
    values = np.random.default_rng(0).random(50) ** 2
    expected = np.zeros(50)
    for rate in RATES:
        capitals = [1 / 3, 1 / 3, 1 / 3]
        for n, p in enumerate(values):
            total = sum(capitals)
            capitals = [(1 - rate) * one + rate / 3 * total for one in capitals]
            capitals = [one * (1 + stake * (0.5 - p)) for one, stake in zip(capitals, STAKES, strict=True)]
            expected[n] += sum(capitals) / len(RATES)
    assert 10 ** log10_capital(values) == pytest.approx(expected)


def test_the_game_is_fair_its_capital_is_one_on_average() -> None:
    capital = 10 ** log10_capital(np.random.default_rng(1).random((100_000, 8)))
    for n in range(8):
        spread = capital[:, n].std() / np.sqrt(len(capital))
        assert capital[:, n].mean() == pytest.approx(1.0, abs=4 * spread)


@pytest.mark.parametrize("odds", [4.0, 20.0, 100.0])
def test_no_more_of_sound_histories_reach_the_odds_than_ville_allows(odds: float) -> None:
    histories = np.random.default_rng(2).random((3000, 400))
    reached = (log10_capital(histories).max(axis=1) >= np.log10(odds)).mean()
    assert reached <= 1 / odds + 3 * np.sqrt(1 / odds / 3000)
    assert log10_capital(histories[:2, :0]).shape == (2, 0)


def sound(rng: np.random.Generator, nights: int, machines: int) -> np.ndarray:
    """Machines that are odd each in its own way, every night, and share each night's weather."""
    own = rng.normal(-1.5, 1.5, machines)
    weather = rng.normal(0.0, 1.0, (nights, 1))
    return 1 / (1 + np.exp(-(own + weather + rng.normal(0.0, 0.7, (nights, machines)))))


def test_machines_that_are_odd_every_night_and_share_the_weather_are_no_drift() -> None:
    rng, plants = np.random.default_rng(3), 300
    told = sum(drift_in(heard(sound(rng, 120, 4)), LATER) is not None for _ in range(plants))
    assert told / plants <= 1 / ODDS + 3 * np.sqrt(1 / ODDS / plants)


def test_a_shift_is_told_within_weeks_and_dated() -> None:
    rng, delays, dates = np.random.default_rng(5), [], []
    for _ in range(40):
        values = sound(rng, 100, 4)
        values[60:] *= 0.02
        found = drift_in(heard(values), LATER)
        assert found is not None
        delays.append((found.told_by.at - DAY).days - 60)
        dates.append((found.since.at - DAY).days - 60)
    assert 0 < np.median(delays) <= 16
    assert max(delays) < 30
    assert abs(np.median(dates)) <= 3


def test_recordings_that_become_more_usual_are_no_drift() -> None:
    values = np.random.default_rng(6).random((200, 4)) * 0.2
    values[100:] *= 5
    assert drift_in(heard(values), LATER) is None


def test_a_hundred_recordings_of_one_night_are_one_bet() -> None:
    calm = heard(np.random.default_rng(7).random((30, 2)))
    odd = [Heard(9, DAY + timedelta(days=30, seconds=k), ("m0",), f"x{k}", 1e-6) for k in range(100)]
    assert len(list(nights_of([*calm, *odd]))) == 30  # the first night has nothing before it
    assert drift_in([*calm, *odd], LATER) is None


def test_the_odds_are_the_highest_capital_since_and_a_million_at_most() -> None:
    found = {}
    for nights in (75, 80, 160):
        values = np.random.default_rng(9).random((nights, 3))
        values[60:] *= 0.01
        told = drift_in(heard(values), LATER)
        assert told is not None
        highest = 10 ** log10_capital(np.array([one.rank for one in nights_of(heard(values))])).max()
        assert told.odds == pytest.approx(min(highest, MOST_ODDS))
        found[nights] = told.odds
    assert ODDS < found[75] < found[80] < found[160] == 1e6


def test_a_night_that_is_not_over_waits() -> None:
    values = np.random.default_rng(8).random((100, 3))
    values[60:] *= 0.01
    told = drift_in(heard(values), LATER)
    assert told is not None
    assert drift_in(heard(values), told.told_by.at.date()) is None
    assert drift_in(heard(values), told.told_by.at.date() + timedelta(days=1)) is not None


@pytest.mark.parametrize("values", [np.empty((0, 1)), np.ones((1, 3)), np.ones((300, 2)) * 1e-9])
def test_nothing_one_night_or_always_the_same_is_no_drift(values: np.ndarray) -> None:
    assert drift_in(heard(values), LATER) is None


@pytest.fixture
def opened(store: str) -> Iterator[Store]:
    found = open_store(store)
    yield found
    found.close()


def days(inbox: Path, last: int, values: list[float | None], machine: str = "pump") -> Path:
    """A recording a day, the last of them so many days ago."""
    for place, p in enumerate(reversed(values)):
        line = f"x{place + last} 0.1 1.0" + ("" if p is None else f" {p:.6f}")
        fill(inbox, {f"{machine}-{place + last:03}.txt": line}, age_s=86_400 * (place + last) + 5)
    return inbox


def changed(before: int, after: int, seed: int = 0) -> list[float | None]:
    return [*np.random.default_rng(seed).uniform(0.3, 1.0, before), *[0.01] * after]


def test_a_drift_is_kept_once_and_told_everywhere(store: str, opened: Store, tmp_path: Path, run) -> None:
    inbox = days(tmp_path / "inbox", 11, changed(40, 10))
    night(inbox, store)
    assert alarms_in(opened) == []
    days(inbox, 1, [0.02] * 10)
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    assert (alarm.kind, alarm.grade, alarm.machine, alarm.unit) == ("drift", "warning", "", "odds")
    assert alarm.worst >= ODDS
    assert abs((datetime.now(UTC) - alarm.opened_at).days - 20) <= 2
    told = f"recordings since {alarm.opened_at:%Y-%m-%d} are less like what fake was trained on than those before"
    code, out, _ = run("health", store)
    assert (code, told in out) == (3, True)
    (drift,) = drift_of([alarm], "fake").values()
    assert drift == {"since": alarm.opened_at.isoformat(), "odds": alarm.worst, "alarm": alarm.id}
    assert drift_of([alarm], "another") == {}
    report(store, Pages(tmp_path / "out"))
    assert told in (tmp_path / "out" / "index.html").read_text()
    lines = [json.loads(line) for line in run("report", store, "--json")[1].splitlines()]
    marked = [line["drift_since"] for line in lines if "drift_since" in line]
    assert set(marked) == {alarm.opened_at.isoformat()}
    assert abs(len(marked) - 20) <= 2
    fill(inbox, {"fan-1.txt": "healthy"})
    night(inbox, store)
    assert [one.id for one in alarms_in(opened)] == [alarm.id]


def test_what_somebody_has_seen_is_over_and_what_comes_after_is_judged_anew(store, opened, tmp_path, run) -> None:
    inbox = days(tmp_path / "inbox", 1, changed(40, 25))
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    acknowledge(opened, [alarm.id], "Kim")
    assert run("health", store)[0] == 0
    fill(inbox, {"pump-again.txt": "x 0.1 1.0 0.011"})
    night(inbox, store)
    assert alarms_in(opened) == []
    (over,) = alarms_in(opened, closed=True)
    assert (over.id, over.acknowledged_by, over.closed_at) == (alarm.id, "Kim", over.acknowledged_at)


def test_rows_that_do_not_say_how_strange_they_are_take_no_part(store: str, opened: Store, tmp_path: Path) -> None:
    mixed = [p for value in changed(40, 25) for p in (value, None)]
    night(days(tmp_path / "inbox", 1, mixed), store)
    (alarm,) = alarms_in(opened)
    night(days(tmp_path / "other", 1, [None] * 60, machine="fan"), str(tmp_path / "plain.db"))
    plain = open_store(str(tmp_path / "plain.db"))
    assert alarms_in(plain, closed=True) == []
    plain.close()
    assert alarm.kind == "drift"


def test_files_of_no_machine_have_no_past_to_be_compared_with(tmp_path: Path) -> None:
    store = str(tmp_path / "plant.db")
    night(days(tmp_path / "inbox", 1, changed(40, 25), machine=""), store)
    opened = open_store(store)
    assert alarms_in(opened, closed=True) == []
    opened.close()


def test_late_recordings_that_take_the_reason_away_take_the_alarm_away(tmp_path: Path) -> None:
    store, inbox = str(tmp_path / "plant.db"), tmp_path / "inbox"
    night(days(inbox, 1, changed(40, 25)), store)
    opened = open_store(store)
    assert [alarm.kind for alarm in alarms_in(opened)] == ["drift"]
    rng = np.random.default_rng(1)
    for machine in range(12):  # loggers that were offline: nothing of the kind on other machines
        days(inbox, 1, rng.uniform(0.3, 1.0, 65).tolist(), machine=f"fan{machine}")
    night(inbox, store)
    assert alarms_in(opened, closed=True) == []
    opened.close()


def test_a_newer_model_of_the_same_name_ends_the_drift_of_the_one_before(tmp_path, monkeypatch) -> None:
    store, inbox = str(tmp_path / "plant.db"), days(tmp_path / "inbox", 1, changed(40, 25))
    night(inbox, store)
    opened = open_store(store)
    assert len(alarms_in(opened)) == 1
    monkeypatch.setattr("plant.MODEL", MODEL._replace(fingerprint="sha256:1"))
    night(days(tmp_path / "new", 1, changed(30, 0), machine="press"), store)
    assert alarms_in(opened) == []
    assert [alarm.kind for alarm in alarms_in(opened, closed=True)] == ["drift"]
    opened.close()


def failing_fan(inbox: Path) -> Path:
    """Three recordings that open an alarm of a machine."""
    for number in range(3):
        fill(inbox, {f"fan-{number}.txt": f"f{number} 0.9 1.0"}, age_s=3600 * (9 - number))
    return inbox


def test_a_newer_model_of_the_same_name_ends_no_alarm_of_a_machine(tmp_path: Path, monkeypatch) -> None:
    store = str(tmp_path / "plant.db")
    night(failing_fan(tmp_path / "inbox"), store)
    monkeypatch.setattr("plant.MODEL", MODEL._replace(fingerprint="sha256:1"))
    night(fill(tmp_path / "new", {"press-1.txt": "healthy"}), store)
    opened = open_store(store)
    assert [(alarm.machine, alarm.kind) for alarm in alarms_in(opened)] == [("fan", "outer_race")]
    opened.close()


def test_who_has_seen_an_alarm_of_a_machine_has_not_seen_the_drift(tmp_path: Path) -> None:
    store, inbox = str(tmp_path / "plant.db"), days(tmp_path / "inbox", 1, changed(40, 25))
    night(failing_fan(inbox), store)
    opened = open_store(store)
    before = {alarm.kind: alarm for alarm in alarms_in(opened)}
    assert set(before) == {"drift", "outer_race"}
    acknowledge(opened, [before["outer_race"].id], "Kim")
    night(fill(inbox, {"press-1.txt": "healthy"}), store)
    assert [alarm.id for alarm in alarms_in(opened) if alarm.kind == "drift"] == [before["drift"].id]
    opened.close()


def test_a_drift_that_was_over_before_somebody_saw_it_keeps_its_end(tmp_path: Path) -> None:
    store, inbox = str(tmp_path / "plant.db"), days(tmp_path / "inbox", 1, changed(40, 25))
    night(inbox, store)
    opened, ended = open_store(store), datetime(2026, 5, 4, tzinfo=UTC)
    (alarm,) = alarms_in(opened)
    with opened.writing() as connection:  # as a newer model ends it
        connection.execute(update(alarms).values(closed_at=ended))
    acknowledge(opened, [alarm.id], "Kim")
    night(fill(inbox, {"press-1.txt": "healthy"}), store)
    (same,) = alarms_in(opened, closed=True)
    assert (same.id, same.closed_at) == (alarm.id, ended)
    opened.close()


def test_how_strange_a_signal_was_is_a_column_of_its_row(store: str, opened: Store, tmp_path: Path) -> None:
    night(fill(tmp_path / "inbox", {"pump-1.txt": "x 0.1 1.0 0.25", "pump-2.txt": "y 0.1 1.0"}), store)
    with opened.reading() as connection:
        found = connection.execute(select(diagnoses.c.outside_p).order_by(diagnoses.c.digest)).scalars().all()
    assert sorted(found, key=str) == [0.25, None]
