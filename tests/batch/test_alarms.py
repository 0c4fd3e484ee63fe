"""Alarms in a store: opened, known again, acknowledged, told of, and never lost."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from plant import MODEL, fill, night
from sqlalchemy import delete, update

from pipeline.batch.monitor.health import health_of
from pipeline.batch.notices.due import due
from pipeline.batch.notices.telling import Told, tell, teller_of
from pipeline.batch.notices.words import NEW
from pipeline.batch.store.damaged import refuse
from pipeline.batch.store.diagnosed import diagnosed, documents
from pipeline.batch.store.kept_alarms import acknowledge, alarms_in
from pipeline.batch.store.opened import Store, open_store
from pipeline.batch.store.runs import latest_rules
from pipeline.batch.store.schema import alarms, runs
from pipeline.batch.trends.rules import Rules
from pipeline.errors import ConfigError, RequestError, StoreError

HOUR_S = 3600.0


def days(inbox: Path, lines: list[str], machine: str = "pump", first: int = 0) -> Path:
    """A recording an hour, the last of them an hour ago."""
    for place, line in enumerate(lines):
        number = first + place
        fill(inbox, {f"{machine}-{number:03}.txt": f"{line}"}, age_s=HOUR_S * (100 - number))
    return inbox


def growing(*values: float, level: str = "1.0") -> list[str]:
    return [f"x{place} {value} {level}" for place, value in enumerate(values)]


@pytest.fixture
def opened(store: str) -> Iterator[Store]:
    found = open_store(store)
    yield found
    found.close()


def test_an_alarm_opens_once_whatever_nights_its_recordings_came_in(store: str, opened: Store, tmp_path: Path) -> None:
    inbox = days(tmp_path / "inbox", growing(0.1, 0.9))
    night(inbox, store)
    assert alarms_in(opened) == []
    days(inbox, growing(0.91, 0.92), first=2)
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    assert (alarm.machine, alarm.channel, alarm.kind, alarm.grade, alarm.worst) == (
        "pump",
        "c0",
        "outer_race",
        "alarm",
        0.92,
    )
    assert alarm.model == MODEL.name
    days(inbox, growing(0.97), first=4)
    night(inbox, store)
    (again,) = alarms_in(opened)
    assert (again.id, again.opened_at, again.worst) == (alarm.id, alarm.opened_at, 0.97)
    days(inbox, growing(0.11, 0.12, 0.13, 0.14), first=5)
    night(inbox, store)
    assert alarms_in(opened) == []
    (over,) = alarms_in(opened, closed=True)
    assert over.id == alarm.id
    assert over.closed_at is not None
    assert over.closed_at > alarm.opened_at


def test_a_recording_counts_once_though_its_inbox_was_moved(store: str, opened: Store, tmp_path: Path) -> None:
    inbox = days(tmp_path / "inbox", growing(0.1, 0.9, 0.91))
    night(inbox, store)
    inbox = inbox.rename(tmp_path / "mounted elsewhere")
    night(inbox, store)
    assert alarms_in(opened) == []
    days(inbox, growing(0.92), first=3)
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    acknowledge(opened, [alarm.id], "Kim")
    night(inbox.rename(tmp_path / "and again"), store)
    (moved,) = alarms_in(opened)
    assert (moved.id, moved.opened_at, moved.acknowledged_by) == (alarm.id, alarm.opened_at, "Kim")


def test_what_was_acknowledged_stays_so_when_late_recordings_move_its_beginning(store, opened, tmp_path: Path) -> None:
    inbox = days(tmp_path / "inbox", growing(0.1, 0.9), first=0)
    days(inbox, growing(0.91, 0.92, 0.93), first=4)
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    acknowledge(opened, [alarm.id], "Kim", "bearing is ordered")
    days(inbox, growing(0.94, 0.95), first=2)  # from a logger that was offline
    night(inbox, store)
    (moved,) = alarms_in(opened)
    assert moved.id == alarm.id
    assert moved.opened_at < alarm.opened_at
    assert (moved.acknowledged_by, moved.note) == ("Kim", "bearing is ordered")


def test_recordings_are_judged_in_the_order_of_their_making(store: str, opened: Store, tmp_path: Path) -> None:
    inbox = days(tmp_path / "inbox", growing(0.1, 0.2, 0.3, 0.4), first=10)
    night(inbox, store)
    days(inbox, growing(0.9, 0.91, 0.92), first=0)
    night(inbox, store)
    assert alarms_in(opened) == []  # it was over before the quiet ones
    assert [alarm.kind for alarm in alarms_in(opened, closed=True)] == ["outer_race"]


def test_a_run_that_died_before_it_judged_is_judged_by_the_next(store: str, opened: Store, tmp_path: Path) -> None:
    inbox = days(tmp_path / "inbox", growing(0.9, 0.91, 0.92))
    night(inbox, store)
    (alarm,) = alarms_in(opened)
    with opened.writing() as connection:  # as a kill between the last file and the first alarm leaves it
        connection.execute(delete(alarms))
        connection.execute(update(runs).values(judged=False, ended_at=None, outcome=None))
    night(inbox, store)
    (again,) = alarms_in(opened)
    assert again._replace(id=0) == alarm._replace(id=0)


def test_files_of_no_machine_make_no_trend(store: str, opened: Store, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"-{number}.txt": f"x{number} 0.9 1.0" for number in range(5)})
    night(inbox, store)
    assert alarms_in(opened, closed=True) == []


def test_other_rules_judge_every_point_again_with_a_line_and_are_remembered(store, opened, tmp_path: Path) -> None:
    two_alarms(store, tmp_path / "inbox")
    assert latest_rules(opened) == Rules()
    strict, notes = Rules(open_at=0.925, needed=1), list[str]()
    night(tmp_path / "inbox", store, rules=strict, note=notes.append)
    assert notes == ["rules of alarms changed since the last run; all points are judged again by the new ones"]
    assert [alarm.machine for alarm in alarms_in(opened)] == ["pump"]
    assert latest_rules(opened) == strict
    night(tmp_path / "inbox", store, rules=strict, note=notes.append)
    assert len(notes) == 1
    night(tmp_path / "inbox", store)
    assert {alarm.machine for alarm in alarms_in(opened)} == {"fan", "pump"}


def test_runs_of_before_rules_were_kept_are_judged_again_without_a_word(store, opened, tmp_path: Path) -> None:
    two_alarms(store, tmp_path / "inbox")
    with opened.writing() as connection:
        connection.execute(update(runs).values(rules=None))
        connection.execute(delete(alarms))
    assert latest_rules(opened) is None
    notes: list[str] = []
    night(tmp_path / "inbox", store, note=notes.append)
    assert (notes, len(alarms_in(opened)), latest_rules(opened)) == ([], 2, Rules())


def damaged(store: str, statement: str) -> None:
    with closing(sqlite3.connect(store)) as shell:
        shell.execute(statement)
        shell.commit()


@pytest.mark.parametrize("change", ["opened_at = 'garbage'", "worst = 'x'", "grade = 'red'", "closed_at = 7"])
def test_a_damaged_alarm_is_left_out_with_its_number_and_the_others_are_listed(run, tmp_path: Path, change) -> None:
    store = str(tmp_path / "plant.db")
    two_alarms(store, tmp_path / "inbox")
    damaged(store, f"UPDATE alarms SET {change} WHERE machine = 'fan'")
    code, out, err = run("alarms", "list", store, "--all", "--json")
    assert (code, [json.loads(line)["machine"] for line in out.splitlines()]) == (3, ["pump"])
    assert err.startswith("faultprint: alarm 1 of the store is damaged (")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        *(f"document = '{text}'" for text in ("{", "", "null", "[]", "{}", '{"verdict":"?"}')),
        *(f"probabilities = '{text}'" for text in ("5", "{", '{"ball":"x"}', '{"ball":NaN}')),
        "labels = '[7]'", "measured_at = 'garbage'", "rms = 'x'",
    ],
)  # fmt: skip
def test_a_damaged_diagnosis_costs_no_other(tmp_path: Path, change: str) -> None:
    store, told = str(tmp_path / "plant.db"), list[str]()
    two_alarms(store, tmp_path / "inbox")
    damaged(store, f"UPDATE diagnoses SET {change} WHERE id = 2")
    opened = open_store(store)
    readers = [lambda out: diagnosed(opened, None, out), lambda out: documents(opened, None, out)]
    counts = [len(list(read(told.append))) for read in readers]
    assert len(alarms_in(opened)) == 2
    assert 5 in counts
    assert counts[0] + counts[1] + len(told) == 12
    assert all(line.startswith("diagnosis 2 of the store is damaged (") for line in told)
    with pytest.raises(StoreError, match="diagnosis 2 of the store is damaged"):
        [list(read(refuse)) for read in readers]
    opened.close()
    night(tmp_path / "inbox", store, rules=Rules(open_at=0.7))  # which judges all again


def test_alarms_come_before_warnings_however_old_and_what_somebody_has_seen_comes_last(store, opened, tmp_path) -> None:
    days(tmp_path / "inbox", growing(0.9, 0.91, 0.92), machine="fan")
    days(tmp_path / "inbox", growing(0.93, 0.94, 0.95), machine="press", first=4)
    days(tmp_path / "inbox", [f"x{place} 0.1 {level}" for place, level in enumerate([1.0] * 10 + [2.2] * 3)])
    night(tmp_path / "inbox", store)
    assert [alarm.machine for alarm in alarms_in(opened)] == ["press", "fan", "pump"]
    acknowledge(opened, [alarm.id for alarm in alarms_in(opened) if alarm.machine == "press"], "Kim")
    assert [alarm.machine for alarm in alarms_in(opened)] == ["fan", "pump", "press"]
    health = health_of([], alarms_in(opened), NEW.opened_at, timedelta(hours=26))
    assert "2 open alarms nobody has seen: fan (outer_race), pump (level)" in health.troubles


def test_an_open_alarm_whose_diagnosis_was_deleted_by_hand_is_listed(tmp_path: Path) -> None:
    store = str(tmp_path / "plant.db")
    night(days(tmp_path / "inbox", growing(0.9, 0.91, 0.92)), store)
    with closing(sqlite3.connect(store)) as shell:  # whose foreign keys are off
        shell.execute("DELETE FROM diagnoses")
        shell.commit()
    opened = open_store(store)
    (alarm,) = alarms_in(opened)
    opened.close()
    assert (alarm.machine, alarm.kind, alarm.source) == ("pump", "outer_race", "")


def test_a_number_that_no_alarm_has_is_told_and_nothing_is_acknowledged(store, opened, tmp_path: Path) -> None:
    night(days(tmp_path / "inbox", growing(0.9, 0.91, 0.92)), store)
    (alarm,) = alarms_in(opened)
    with pytest.raises(RequestError, match=f"there is no alarm {alarm.id + 1}"):
        acknowledge(opened, [alarm.id, alarm.id + 1], "Kim")
    assert alarms_in(opened) == [alarm]


class Hook(BaseHTTPRequestHandler):
    """A web hook that keeps what it is told, or refuses."""

    kept: list[tuple[str, str]]
    code = 204

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.kept.append((self.headers["Content-Type"], self.rfile.read(length).decode()))
        self.send_response(self.code)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[tuple[str, type[Hook]]]:
    kind = type("OwnHook", (Hook,), {"kept": []})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/T0/secret", kind
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_command_and_a_hook_are_told_once_and_again_when_it_gets_worse(opened, store, tmp_path, hook) -> None:
    url, kind = hook
    kept = tmp_path / "told.jsonl"
    command = f"{sys.executable} -c \"import sys; open('{kept}', 'a').write(sys.stdin.read() + '\\n')\""
    teller, notes = teller_of([command, url]), list[str]()
    inbox = days(tmp_path / "inbox", [f"x{place} 0.1 {level}" for place, level in enumerate([1.0] * 10 + [2.2] * 3)])
    night(inbox, store)
    assert tell(opened, teller, notes.append) == Told(told=1)
    assert tell(opened, teller, notes.append) == Told()
    days(inbox, [f"y{place} 0.1 4.5" for place in range(3)], first=13)
    night(inbox, store)
    assert tell(opened, teller, notes.append) == Told(told=1)
    told = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(one["machine"], one["kind"], one["grade"]) for one in told] == [
        ("pump", "level", "warning"), ("pump", "level", "alarm"),
    ]  # fmt: skip
    assert [json.loads(body) for _, body in kind.kept] == told
    assert {media for media, _ in kind.kept} == {"application/json; charset=utf-8"}
    assert notes == []


def test_what_did_not_arrive_is_told_and_sent_again_and_no_secret_shown(opened, store, tmp_path, hook) -> None:
    url, kind = hook
    kind.code = 500
    night(days(tmp_path / "inbox", growing(0.9, 0.91, 0.92)), store)
    (alarm,) = alarms_in(opened)
    notes: list[str] = []
    assert tell(opened, teller_of([url]), notes.append) == Told(untold=1)
    assert notes == [
        f"alarm {alarm.id} (pump, outer_race) did not arrive: 127.0.0.1 answered 500; the next run tries again"
    ]
    assert tell(opened, teller_of(["http://127.0.0.1:1/secret", "false"]), notes.append) == Told(untold=1)
    assert "secret" not in "".join(notes)
    assert "127.0.0.1 cannot be reached: connection refused" in notes[1]
    assert tell(opened, teller_of(["false"]), notes.append) == Told(untold=1)
    assert "false ended with 1" in notes[2]
    kind.code = 200
    assert tell(opened, teller_of([url]), notes.append) == Told(told=1)


def test_words_of_ones_own_are_a_template(opened, store, tmp_path, hook) -> None:
    url, kind = hook
    night(days(tmp_path / "inbox", growing(0.9, 0.91, 0.92), machine="pump <7> ü"), store)
    template = tmp_path / "words.txt"
    template.write_text('{{ machine }}: {{ kind }} at {{ "%.2f"|format(worst) }}')
    assert tell(opened, teller_of([url], template), print) == Told(told=1)
    assert kind.kept == [("text/plain; charset=utf-8", "pump <7> ü: outer_race at 0.92")]


def test_nobody_is_told_of_what_somebody_has_seen_unless_it_gets_worse() -> None:
    alarm, today = NEW._replace(kind="level", grade="warning", worst=6.5), NEW.opened_at
    assert due(alarm)
    assert not due(alarm._replace(acknowledged_at=today))
    assert not due(alarm._replace(notified="warning"))
    assert due(alarm._replace(notified="warning", grade="alarm", acknowledged_at=today))
    assert not due(alarm._replace(notified="alarm", grade="warning"))


def two_alarms(store: str, inbox: Path) -> None:
    for machine, worst in (("fan", 0.92), ("pump", 0.93)):
        days(inbox, [f"{machine}{line}" for line in growing(0.9, 0.91, worst)], machine=machine)
    night(inbox, store)


def ends(fifo: Path) -> bool:
    """Whether everything that writes to a pipe comes to its end."""
    reading = threading.Thread(target=fifo.read_bytes, daemon=True)
    reading.start()
    reading.join(30.0)
    return not reading.is_alive()


def test_a_command_that_hangs_is_killed_with_all_it_began_and_is_not_tried_again(opened, store, tmp_path) -> None:
    two_alarms(store, tmp_path / "inbox")
    os.mkfifo(tmp_path / "alive")
    watched = threading.Thread(target=lambda: killed.append(ends(tmp_path / "alive")))
    killed: list[bool] = []
    watched.start()
    hangs = f"sh -c 'exec 3>{tmp_path}/alive; echo x >>{tmp_path}/tried; sleep 300 & wait'"
    teller, notes = teller_of([hangs])._replace(patience_s=1.0), list[str]()
    assert tell(opened, teller, notes.append) == Told(untold=2)
    watched.join()
    assert killed == [True]
    assert (tmp_path / "tried").read_text() == "x\n"
    assert ["sh took longer than 1 s" in notes[0], notes[1]] == [
        True, "nobody answers; alarms left for the next run: 1",
    ]  # fmt: skip


def test_a_server_that_takes_a_message_and_says_nothing_is_not_waited_for(opened, store, tmp_path) -> None:
    two_alarms(store, tmp_path / "inbox")
    notes: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        teller = teller_of([f"http://127.0.0.1:{silent.getsockname()[1]}/secret"])._replace(patience_s=1.0)
        assert tell(opened, teller, notes.append) == Told(untold=2)
    assert ["127.0.0.1 took longer than 1 s" in note for note in notes] == [True, False]
    assert "secret" not in "".join(notes)


def test_whoever_answers_is_told_though_another_does_not(opened, store, tmp_path, hook) -> None:
    url, kind = hook
    two_alarms(store, tmp_path / "inbox")
    notes: list[str] = []
    assert tell(opened, teller_of(["http://127.0.0.1:1/away", url]), notes.append) == Told(untold=2)
    assert sorted(json.loads(body)["machine"] for _, body in kind.kept) == ["fan", "pump"]
    assert ["connection refused" in note for note in notes] == [True]
    assert tell(opened, teller_of([url]), notes.append) == Told(told=2)


def test_a_program_that_leaves_another_behind_has_told_when_it_ends_itself(opened, store, tmp_path) -> None:
    night(days(tmp_path / "inbox", growing(0.9, 0.91, 0.92)), store)
    teller = teller_of([f"sh -c 'cat >{tmp_path}/told; sleep 20 &'"])._replace(patience_s=10.0)
    assert tell(opened, teller, print) == Told(told=1)
    assert json.loads((tmp_path / "told").read_text())["machine"] == "pump"


def test_a_run_that_is_asked_to_end_leaves_its_notices_to_the_next(opened, store, tmp_path) -> None:
    two_alarms(store, tmp_path / "inbox")
    teller = teller_of([f"sh -c 'touch {tmp_path}/began; sleep 300'"])
    assert tell(opened, teller, print, stopped=(tmp_path / "began").exists) == Told()
    assert tell(opened, teller_of(["true"]), print) == Told(told=2)


def test_sigterm_is_heard_while_somebody_is_told(opened, store, tmp_path) -> None:
    two_alarms(store, tmp_path / "inbox")
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "batch", "ready", tmp_path / "empty"]
    hangs = f"sh -c 'touch {tmp_path}/began; sleep 300'"
    run = subprocess.Popen([*command, "--store", store, "--notify", hangs])
    while not (tmp_path / "began").exists():
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    assert run.wait(20) == 130


def test_a_notice_says_the_unit_of_its_figure_and_the_file_with_which_it_opened(opened, store, tmp_path) -> None:
    inbox = days(tmp_path / "inbox", [f"x{place} 0.1 {level}" for place, level in enumerate([1.0] * 10 + [4.5] * 3)])
    days(inbox, growing(0.9, 0.91, 0.92), machine="fan")
    night(inbox, store)
    assert tell(opened, teller_of([f"sh -c 'cat >>{tmp_path}/told; echo >>{tmp_path}/told'"]), print).told == 2
    said = {one["machine"]: one for one in map(json.loads, (tmp_path / "told").read_text().splitlines())}
    assert {name: (one["unit"], Path(one["source"]).name) for name, one in said.items()} == {
        "pump": ("dB", "pump-012.txt"), "fan": ("probability", "fan-002.txt"),
    }  # fmt: skip
    assert (
        said["fan"] == next(one for one in alarms_in(opened) if one.machine == "fan")._replace(notified=None).to_dict()
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("{{ maschine }}", "'maschine' is undefined"),
        ("{% if unit == 'dB' %}{{ worst | rund }}{% endif %}", "No filter named 'rund'"),
        ("{% if acknowledged_by %}{{ acknowledged_bye }}{% endif %}", "'acknowledged_bye' is undefined"),
        ("{{ worst / 0 }}", "division by zero"),
        ("{{ '%d' | format(machine) }}", "number is required"),
    ],
)
def test_a_template_that_could_not_say_an_alarm_is_told_before_anything_is_read(run, tmp_path, words, told) -> None:
    (tmp_path / "words.txt").write_text(words)
    more = ["--store", tmp_path / "plant.db", "--notify", "cat", "--notify-template", tmp_path / "words.txt"]
    code, out, err = run("batch", "ready", tmp_path, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not (tmp_path / "plant.db").exists()


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("no-such-program --now", "--notify no-such-program --now: no such program"),
        ("mail 'unclosed", "No closing quotation"),
        ("https:///path", "a URL without a host"),
        ("smtp://plant", "unknown notifier 'smtp'"),
        ("", "no such program"),
    ],
)
def test_a_target_that_cannot_be_told_is_one_line(target: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        teller_of([target])


def test_a_template_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("{{ machine")
    with pytest.raises(ConfigError, match="cannot be read as a template"):
        teller_of(["cat"], tmp_path / "words.txt")
