"""Emitted: a schedule in the words of whoever else may keep it: systemd, cron, Kubernetes."""

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

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
        places: paths that the command names.
        store: the file of its store, if it is one.
        zone: the name of the time zone that the times are in, where it is known.
    """

    arguments: Sequence[str]
    times: Times
    program: str
    folder: Path
    image: str = "faultprint:latest"
    environment: tuple[tuple[str, str], ...] = ()
    places: Sequence[str] = ()
    store: str | None = None
    zone: str | None = None

    def mounts(self) -> list[PurePosixPath]:
        """The folders that hold what the command names, none within another; a name with a suffix is a file's."""
        paths = [PurePosixPath(self.folder.as_posix(), place) for place in self.places]
        folders = sorted({path.parent if path.suffix else path for path in paths})
        return [one for one in folders if not any(other in one.parents for other in folders)]


def systemd(asked: Asked) -> str:
    """A service that runs the schedule in the foreground; times are kept by Faultprint itself.

    SIGTERM goes to the one that keeps the times, which hands it on; the rest is killed only when that takes too long.
    """
    times = ("--cron", asked.times.cron) if asked.times.cron else ("--every", f"{asked.times.every_minutes}m")
    command = " ".join(map(systemd_quoted, (asked.program, "schedule", *times, *asked.arguments)))
    variables = "".join(f"Environment={systemd_quoted(f'{name}={value}')}\n" for name, value in asked.environment)
    unit = f"faultprint-{asked.arguments[0]}"
    return f"""\
# /etc/systemd/system/{unit}.service; then: systemctl daemon-reload && systemctl enable --now {unit}
# A second {asked.arguments[0]} on this host is a unit of its own, under another name.
[Unit]
Description=Faultprint: {asked.arguments[0]}, {asked.times}
Wants=network-online.target
After=network-online.target

[Service]
# Whose files these are; without a user it runs as root.
#User=faultprint
Type=simple
WorkingDirectory={asked.folder.as_posix().replace("%", "%%")}
{variables}ExecStart={command}
# A request that is wrong (2) is as wrong a minute later.
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
    container: dict[str, Any] = {
        "name": "faultprint",
        "image": asked.image,
        # Exit code 3, some recordings could not be used, is a night like any other and no failed job.
        "command": ["sh", "-c", '"$@" || { code=$?; [ $code = 3 ] || exit $code; }', "sh", "faultprint"],
        "args": list(asked.arguments),
        "env": [{"name": name, "value": value} for name, value in asked.environment],
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}},
    }
    if any(not PurePosixPath(place).is_absolute() for place in asked.places):
        container["workingDir"] = asked.folder.as_posix()
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": STOP_S, "containers": [container]}
    job = {"backoffLimit": 1, "template": {"spec": pod}}
    document = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": f"faultprint-{asked.arguments[0]}"},
        "spec": {
            "schedule": asked.times.as_cron(),
            **({"timeZone": asked.zone} if asked.zone else {}),
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "jobTemplate": {"spec": job},
        },
    }
    return f"{_to_mount(asked)}{yaml.safe_dump(document, sort_keys=False, allow_unicode=True)}"


def _to_mount(asked: Asked) -> str:
    """A comment that says what the pod lacks, with the lines to fill in."""
    lines = ["kubectl apply -f FILE"]
    if not asked.zone:
        lines += ["", "This machine does not tell its time zone: the times are the cluster's; set spec.timeZone."]
    if asked.places:
        mounts = [f"    - {{name: plant-{number}, mountPath: {_flow(one)}}}" for number, one in _numbered(asked)]
        volumes = [
            f"    - {{name: plant-{number}, persistentVolumeClaim: {{claimName: plant-{number}}}}}"
            for number, _ in _numbered(asked)
        ]
        lines += [
            "", "TO FILL IN: the pod has none of this machine's folders, and what it writes elsewhere is lost with it.",
            "  of the container:", "    volumeMounts:", *mounts,
            "  of the pod (spec.jobTemplate.spec.template.spec):", "    volumes:", *volumes,
        ]  # fmt: skip
    if asked.store:
        lines += [
            "",
            f"The store {_flow(asked.store)} is a file of SQLite: its volume is a disk of one node, no share;",
        ]
        lines += ["or --store postgresql://..., with PGPASSWORD from a Secret."]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _numbered(asked: Asked) -> list[tuple[int, PurePosixPath]]:
    return list(enumerate(asked.mounts(), 1))


def _flow(path: PurePosixPath | str) -> str:
    """A path as YAML takes it within braces, on one line whatever it holds."""
    return json.dumps(str(path), ensure_ascii=False)


EMITTED: dict[str, Callable[[Asked], str]] = {"systemd": systemd, "cron": cron, "kubernetes": kubernetes}
