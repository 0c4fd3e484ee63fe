"""Emitted: a schedule in the words of whoever else may keep it: systemd, cron, Kubernetes."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from pipeline.batch.scheduling.times import Times
from pipeline.errors import RequestError

STOP_S = 600
"""So long a run may take to finish the recording at hand before it is killed; nothing is lost by that."""


class Asked(NamedTuple):
    """What is to be kept.

    Attributes:
        arguments: of `faultprint`, such as `["batch", "ready", "/inbox"]`.
        times: when it runs.
        program: the path of `faultprint`.
        folder: where relative paths start.
        image: that holds Faultprint, for Kubernetes.
        environment: variables that the command needs.
    """

    arguments: Sequence[str]
    times: Times
    program: str
    folder: Path
    image: str = "faultprint:latest"
    environment: tuple[tuple[str, str], ...] = ()


def systemd(asked: Asked) -> str:
    """A service that runs the schedule in the foreground; times are kept by Faultprint itself.

    SIGTERM goes to the one that keeps the times, which hands it on; the rest is killed only when that takes too long.
    """
    times = ("--cron", asked.times.cron) if asked.times.cron else ("--every", f"{asked.times.every_minutes}m")
    command = " ".join(map(systemd_quoted, (asked.program, "schedule", *times, *asked.arguments)))
    variables = "".join(f"Environment={systemd_quoted(f'{name}={value}')}\n" for name, value in asked.environment)
    return f"""\
# /etc/systemd/system/faultprint.service; then: systemctl daemon-reload && systemctl enable --now faultprint
[Unit]
Description=Faultprint: {asked.arguments[0]}, {asked.times}
Wants=network-online.target
After=network-online.target

[Service]
Type=simple
WorkingDirectory={asked.folder.as_posix().replace("%", "%%")}
{variables}ExecStart={command}
Restart=on-failure
RestartSec=60
RestartPreventExitStatus=2
KillMode=mixed
TimeoutStopSec={STOP_S}
Nice=10

[Install]
WantedBy=multi-user.target
"""


def systemd_quoted(word: str) -> str:
    """A word as systemd takes it, whatever it holds.

    Example:
        >>> systemd_quoted("ready"), systemd_quoted("in box"), systemd_quoted("{rpm:d}%$.wav")
        ('ready', '"in box"', '"{rpm:d}%%$$.wav"')
    """
    word = word.replace("%", "%%").replace("$", "$$")
    if word and all(sign.isalnum() or sign in "-_./:=,@+" for sign in word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def cron(asked: Asked) -> str:
    """A line for `crontab -e`."""
    environment = [shlex.join(["env", *(f"{name}={value}" for name, value in asked.environment)])]
    words = shlex.join([asked.program, *asked.arguments])
    command = " ".join([*(environment if asked.environment else []), words])
    line = f"cd {shlex.quote(asked.folder.as_posix())} && {command}"
    return f"# for crontab -e\n{asked.times.as_cron()} {_one_line(line).replace('%', chr(92) + '%')}\n"


def _one_line(line: str) -> str:
    if "\n" in line:
        raise RequestError("schedule: cron takes one line, and a word of the command holds a line break; rename it")
    return line


def kubernetes(asked: Asked) -> str:
    """A CronJob; the inbox, the model and the store are to be mounted where the command looks for them."""
    container = {
        "name": "faultprint",
        "image": asked.image,
        # Exit code 3, some recordings could not be used, is a night like any other and no failed job.
        "command": ["sh", "-c", '"$@" || { code=$?; [ $code = 3 ] || exit $code; }', "sh", "faultprint"],
        "args": list(asked.arguments),
        "env": [{"name": name, "value": value} for name, value in asked.environment],
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}},
    }
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": STOP_S, "containers": [container]}
    job = {"backoffLimit": 1, "template": {"spec": pod}}
    document = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": f"faultprint-{asked.arguments[0]}"},
        "spec": {
            "schedule": asked.times.as_cron(),
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "jobTemplate": {"spec": job},
        },
    }
    return f"# kubectl apply -f FILE\n{yaml.safe_dump(document, sort_keys=False, allow_unicode=True)}"


EMITTED: dict[str, Callable[[Asked], str]] = {"systemd": systemd, "cron": cron, "kubernetes": kubernetes}
