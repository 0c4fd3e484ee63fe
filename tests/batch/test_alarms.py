"""Alarms in a store: opened, known again, acknowledged, told of, and never lost."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from plant import MODEL, fill, night
from sqlalchemy import delete, update

from pipeline.batch.notices.telling import due, tell, teller_of
from pipeline.batch.store.kept_alarms import KeptAlarm, acknowledge, alarms_in
from pipeline.batch.store.opened import Store, open_store
from pipeline.batch.store.schema import alarms, runs
from pipeline.errors import ConfigError, RequestError

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
    assert tell(opened, teller, notes.append) == 1
    assert tell(opened, teller, notes.append) == 0
    days(inbox, [f"y{place} 0.1 4.5" for place in range(3)], first=13)
    night(inbox, store)
    assert tell(opened, teller, notes.append) == 1
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
    assert tell(opened, teller_of([url]), notes.append) == 0
    assert notes == [
        f"nobody was told of alarm {alarm.id} (pump, outer_race): 127.0.0.1 answered 500; the next run tries again"
    ]
    assert tell(opened, teller_of(["http://127.0.0.1:1/secret", "false"]), notes.append) == 0
    assert "secret" not in "".join(notes)
    assert "127.0.0.1 cannot be reached: connection refused" in notes[1]
    assert tell(opened, teller_of(["false"]), notes.append) == 0
    assert "false ended with 1" in notes[2]
    kind.code = 200
    assert tell(opened, teller_of([url]), notes.append) == 1


def test_words_of_ones_own_are_a_template(opened, store, tmp_path, hook) -> None:
    url, kind = hook
    night(days(tmp_path / "inbox", growing(0.9, 0.91, 0.92), machine="pump <7> ü"), store)
    template = tmp_path / "words.txt"
    template.write_text('{{ machine }}: {{ kind }} at {{ "%.2f"|format(worst) }}')
    assert tell(opened, teller_of([url], template), print) == 1
    assert kind.kept == [("text/plain; charset=utf-8", "pump <7> ü: outer_race at 0.92")]
    template.write_text("{{ maschine }}")
    night(days(tmp_path / "inbox", growing(0.93, 0.94, 0.95), machine="fan"), store)
    notes: list[str] = []
    assert tell(opened, teller_of([url], template), notes.append) == 0
    assert "'maschine' is undefined" in notes[0]


def test_nobody_is_told_of_what_somebody_has_seen_unless_it_gets_worse() -> None:
    alarm = KeptAlarm(1, "m", "pump", "", "", "", "level", "warning", None, None, 6.5, None, None, None, None, None)  # type: ignore[arg-type]
    assert due(alarm)
    assert not due(alarm._replace(acknowledged_at="today"))
    assert not due(alarm._replace(notified="warning"))
    assert due(alarm._replace(notified="warning", grade="alarm", acknowledged_at="today"))
    assert not due(alarm._replace(notified="alarm", grade="warning"))


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
