"""`faultprint schedule`: runs come and end as they should, and what is emitted is what others take."""

import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest
import yaml
from pages import execute

from pipeline.batch.scheduling.emitted import Asked, cron, kubernetes, systemd
from pipeline.batch.scheduling.foreground import Schedule
from pipeline.batch.scheduling.times import Times
from pipeline.catalog.export import write_signals
from pipeline.commands.schedule import SCHEDULED
from pipeline.commands.scheduled_command import PLACES
from pipeline.signals.simulation.fleet import demo_fleet

pytest.importorskip("apscheduler", reason="needs the extra batch")
HOSTILE = [
    "batch",
    "ready",
    "in box/ü $HOME `x` \"q\" 'p' %d",
    "--pattern",
    "{machine}/{rpm:d}.wav",
    "--store",
    "a\\b.db",
]

BATCH = ["batch", "ready", "inbox"]

AGAIN = """
import sys
from pipeline.batch.scheduling.foreground import Schedule
from pipeline.batch.scheduling.times import Times

class Often(Times):
    def trigger(self):
        from apscheduler.triggers.interval import IntervalTrigger
        return IntervalTrigger(seconds=1)

def log(event):
    print(event, file=sys.stderr, flush=True)

sys.exit(0 if Schedule(sys.argv[1:], Often(every_minutes=1), log, [sys.executable])() else 2)
"""


def scheduled(folder: Path, code: str) -> subprocess.Popen:
    """A schedule that runs some Python every second."""
    script = folder / "job.py"
    script.write_text(f"import os, signal, sys, time\nfrom pathlib import Path\nkept = Path({str(folder)!r})\n{code}")
    command = [sys.executable, "-c", AGAIN, str(script)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder)


def wait_for(condition, limit_s: float = 60.0) -> None:
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_runs_that_crash_are_followed_by_others(tmp_path: Path) -> None:
    run = scheduled(tmp_path, "open(kept / 'runs', 'a').write('x\\n')\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    wait_for(lambda: lines(tmp_path / "runs") >= 3)
    run.send_signal(signal.SIGTERM)
    err = run.communicate()[1]
    assert run.returncode == 0
    assert "'code': -11" in err


def test_sigterm_is_handed_on_and_waited_for(tmp_path: Path) -> None:
    code = """
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
(kept / 'began').touch()
while not ended:
    time.sleep(0.05)
time.sleep(1.0)
(kept / 'finished').touch()
"""
    run = scheduled(tmp_path, code)
    wait_for((tmp_path / "began").exists)
    run.send_signal(signal.SIGTERM)
    run.communicate()
    assert run.returncode == 0
    assert (tmp_path / "finished").exists()


def test_runs_never_overlap_and_missed_ones_are_made_up_for_by_one(tmp_path: Path) -> None:
    code = """
open(kept / 'runs', 'a').write(f'{time.monotonic()}\\n')
time.sleep(3.2)
open(kept / 'runs', 'a').write(f'{time.monotonic()}\\n')
"""
    run = scheduled(tmp_path, code)
    wait_for(lambda: lines(tmp_path / "runs") >= 6)
    run.send_signal(signal.SIGTERM)
    run.communicate()
    moments = [float(line) for line in (tmp_path / "runs").read_text().splitlines()]
    assert moments == sorted(moments)
    assert len(moments) == 6


def test_a_request_that_is_wrong_from_the_start_ends_the_schedule(tmp_path: Path) -> None:
    run = scheduled(tmp_path, "sys.exit(2)\n")
    run.communicate(timeout=60)
    assert run.returncode == 2


def test_an_inbox_that_is_away_for_a_night_does_not(tmp_path: Path) -> None:
    run = scheduled(tmp_path, "n = len(list(kept.glob('run*')))\n(kept / f'run{n}').touch()\nsys.exit(2 if n else 0)\n")
    wait_for(lambda: len(list(tmp_path.glob("run*"))) >= 3)
    run.send_signal(signal.SIGTERM)
    run.communicate()
    assert run.returncode == 0


def test_the_command_line_runs_a_batch_and_tells_it_in_json(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "schedule", "--every", "1h"]
    batch = ["batch", "ready", "inbox", "--store", "plant.db"]
    run = subprocess.Popen([*command, *batch], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told = []
    with run:
        for line in run.stderr or ():
            told.append(json.loads(line))
            if told[-1]["event"] == "run ended":
                run.send_signal(signal.SIGTERM)
    assert run.returncode == 0
    assert [event["event"] for event in told] == ["scheduled", "run began", "run ended", "ended"]
    assert told[2]["code"] == 0
    assert datetime.fromisoformat(told[0]["next"]) <= datetime.fromisoformat(told[1]["at"])
    assert (tmp_path / "plant.db").exists()


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty recordings of an hour ago."""
    folder = tmp_path_factory.mktemp("plant") / "recordings"
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=5)
    write_signals(signals, folder, with_labels=False)
    for path in folder.iterdir():
        os.utime(path, (time.time() - 3600.0,) * 2)
    return folder


def rows(store: Path, columns: str, table: str) -> list[tuple]:
    """Rows of a store that may be on its way."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as opened, suppress(sqlite3.OperationalError):
        return opened.execute(f"SELECT {columns} FROM {table}").fetchall()
    return []


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_a_batch_finishes_the_recording_at_hand_when_its_schedule_ends(recordings, tmp_path: Path, word: int) -> None:
    store = tmp_path / "plant.db"
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "schedule", "--every", "1h"]
    batch = ["batch", "ready", recordings, "--store", store]
    run = subprocess.Popen([*command, *batch], stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(lambda: store.exists() and ("done",) in rows(store, "state", "tasks"))
    os.killpg(run.pid, word)  # to the whole group, as a terminal does
    ended = [json.loads(line) for line in run.communicate(timeout=60)[1].splitlines() if line.startswith("{")]
    assert (run.returncode, ended[-1]["event"], ended[-1]["runs"]) == (0, "ended", 1)
    assert (ended[-2]["code"], rows(store, "outcome", "runs")) in [(130, [("stopped",)]), (0, [("done",)])]
    assert set(rows(store, "state", "tasks")) == {("done",)}
    assert rows(store, "*", "leases") == []
    ((pid,),) = rows(store, "pid", "runs")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """In the place of faultprint: keeps its words, and ends as it is told."""
    path = tmp_path / "bin" / "faultprint"
    path.parent.mkdir()
    kept = tmp_path / "words.json"
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"open({str(kept)!r}, 'w').write(json.dumps([os.getcwd(), sys.argv[1:]]))\n"
        "sys.exit(int(os.environ.get('CODE', 0)))\n"
    )
    path.chmod(0o755)
    return path


def asked(stub: Path, folder: Path, arguments: list[str], **more: object) -> Asked:
    return Asked(arguments, Times(every_minutes=15), str(stub), folder, **more)  # type: ignore[arg-type]


def test_systemd_takes_the_unit(stub: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze, which comes with systemd")
    unit = tmp_path / "faultprint.service"
    unit.write_text(systemd(asked(stub, tmp_path, HOSTILE, environment=(("FAULTPRINT_DATA", "/my data/100%"),))))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_systemd_does_not_repeat_a_request_that_is_wrong(stub: Path, tmp_path: Path) -> None:
    lines = systemd(asked(stub, tmp_path, HOSTILE)).splitlines()
    # Of a simple service systemd hears the exit code of ExecStart's own process: systemd.service(5).
    assert {"Type=simple", "Restart=on-failure", "RestartPreventExitStatus=2"} <= set(lines)


def test_cron_runs_the_very_words(stub: Path, tmp_path: Path) -> None:
    comment, line = cron(asked(stub, tmp_path, HOSTILE)).splitlines()
    assert comment.startswith("#")
    times, command = line[: line.index(" cd ")], line[line.index("cd ") :]
    assert times == "*/15 * * * *"
    # What cron does with a line (crontab(5)): an escaped % is a %, and /bin/sh reads the rest.
    assert "%" not in command.replace("\\%", "")
    subprocess.run(["/bin/sh", "-c", command.replace("\\%", "%")], check=True, cwd="/")
    assert json.loads((tmp_path / "words.json").read_text()) == [str(tmp_path), HOSTILE]


@pytest.mark.parametrize(("code", "ended"), [(0, 0), (3, 0), (4, 4), (1, 1)])
def test_kubernetes_runs_the_very_words_and_takes_quarantined_files_for_no_failure(stub, tmp_path, code, ended) -> None:
    document = yaml.safe_load(kubernetes(asked(stub, tmp_path, HOSTILE)))
    container = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    environment = os.environ | {"PATH": f"{stub.parent}:{os.environ['PATH']}", "CODE": str(code)}
    done = subprocess.run([*container["command"], *container["args"]], env=environment, cwd=tmp_path)
    assert done.returncode == ended
    assert json.loads((tmp_path / "words.json").read_text())[1] == HOSTILE


def test_kubernetes_takes_the_cronjob(stub: Path, tmp_path: Path) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="needs kubernetes-validate, of the extra dev")
    document = yaml.safe_load(kubernetes(asked(stub, tmp_path, HOSTILE)))
    validate.validate(document, validate.latest_version(), strict=True)
    with pytest.raises(validate.ValidationError):
        validate.validate(document | {"spec": {"schedul": "* * * * *"}}, validate.latest_version(), strict=True)


def test_what_a_pod_lacks_is_told_with_lines_that_mount_it(stub: Path, tmp_path: Path) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="needs kubernetes-validate, of the extra dev")
    places = ['in: box/ü "q"', "in: box/plant.db", "/etc/plant/rules.yaml", "/models/fan"]
    text = kubernetes(asked(stub, tmp_path, HOSTILE, places=places, store="plant.db"))
    comment = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#")]
    assert any("SQLite" in line for line in comment)
    start, end = comment.index("volumeMounts:"), comment.index("volumes:")
    mounts = yaml.safe_load("\n".join(comment[start + 1 : end - 1]))
    volumes = yaml.safe_load("\n".join(line for line in comment[end + 1 :] if line.startswith("-")))
    assert [one["mountPath"] for one in mounts] == ["/etc/plant", "/models/fan", f"{tmp_path}/in: box"]
    document = yaml.safe_load(text)
    pod = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["workingDir"] == str(tmp_path)
    pod["volumes"], pod["containers"][0]["volumeMounts"] = volumes, mounts
    validate.validate(document, validate.latest_version(), strict=True)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "  timeZone: Europe/Berlin\n"),
        (":Asia/Tokyo", "  timeZone: Asia/Tokyo\n"),
        ("CET-1CEST", "faultprint: TZ=CET-1CEST: needs the name of a time zone, such as Europe/Berlin\n"),
    ],
)
def test_kubernetes_keeps_the_time_zone_of_this_machine(tmp_path: Path, monkeypatch, zone: str, told: str) -> None:
    monkeypatch.setenv("TZ", zone)
    words = ["--emit", "kubernetes", "batch", "ready", "/inbox", "--store", "postgresql://plant@db/plant"]
    done = execute(shlex.join(["faultprint", "schedule", "--every", "2h", *words]), tmp_path)
    assert told in done.stdout + done.stderr


def test_kubernetes_says_where_no_time_zone_is_known(stub: Path, tmp_path: Path) -> None:
    text = kubernetes(asked(stub, tmp_path, HOSTILE))
    assert "timeZone" not in yaml.safe_load(text)["spec"]
    assert "# This machine does not tell its time zone: the times are the cluster's; set spec.timeZone.\n" in text


def test_each_form_is_printed_and_nothing_runs(run) -> None:
    for form, holds in (("systemd", "[Service]"), ("cron", "*/15 * * * * cd "), ("kubernetes", "kind: CronJob")):
        words = ["--emit", form, "batch", "ready", "/inbox", "--store", "postgresql://plant@db/plant"]
        code, out, err = run("schedule", "--every", "15m", *words)
        assert (code, err) == (0, "")
        assert holds in out
        assert "postgresql://plant@db/plant" in out


def test_what_is_lost_with_a_pod_is_warned_of(run) -> None:
    code, _, err = run("schedule", "--every", "15m", "--emit", "kubernetes", "batch", "runs/fan/model", "/inbox")
    assert (code, err.splitlines()) == (0, [
        "faultprint: schedule: runs/fan/model, faultprint.db: relative, and a pod has other folders; give full paths",
        "faultprint: schedule: faultprint.db: SQLite, lost with the pod unless a volume holds it; or use PostgreSQL",
    ])  # fmt: skip


def test_every_path_of_a_scheduled_command_is_known_as_one() -> None:
    for name in SCHEDULED:
        function = getattr(import_module(f"pipeline.commands.{name}"), name)
        hints = {one: str(hint) for one, hint in get_type_hints(function).items()}
        assert {one for one, hint in hints.items() if "Path" in hint} <= set(PLACES)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--every", "15m", "bach", "ready", "inbox"], "cannot run 'bach'; did you mean 'batch'?"),
        (["--every", "15m", "schedule", "batch", "ready", "inbox"], "cannot run 'schedule'; it runs batch"),
        (["--every", "15m", "--emit", "systmd", *BATCH], "--emit systmd: unknown; did you mean 'systemd'?"),
        (BATCH, "needs one of --every 15m and --cron"),
        (["--every", "7m", "--emit", "cron", *BATCH], "cron cannot say every 7 minutes"),
        (["--every", "15m", *BATCH, "--stroe", "p.db"], "No such option: --stroe"),
        (["--every", "15m", *BATCH, "--speed-rpm", "fast"], "Invalid value for '--speed-rpm'"),
        (["--every", "15m", "--emit", "systemd", *BATCH, "--limit", "0"], "Invalid value for '--limit'"),
        (["--every", "15m", "--emit", "cron", "batch", "ready"], "Missing argument 'INBOX'"),
        (["--every", "15m", "--emit", "kubernetes", *BATCH, "inbox-2"], "unexpected extra argument"),
        (["--cron", "0 0 31 2 *", *BATCH], "there is no such day"),
        (["--every", "15m"], "Missing argument 'COMMAND...'"),
    ],
)
def test_a_wrong_request_is_one_line(run, more, told) -> None:
    code, out, err = run("schedule", *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_the_words_of_the_foreground_are_those_of_the_service(stub: Path, tmp_path: Path) -> None:
    unit = systemd(asked(stub, tmp_path, ["batch", "ready", "inbox"]))
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert shlex.split(line.removeprefix("ExecStart=")) == [
        str(stub), "schedule", "--every", "15m", "batch", "ready", "inbox",
    ]  # fmt: skip
    assert Schedule(["batch"], Times(every_minutes=15), print).command[0] == sys.executable
