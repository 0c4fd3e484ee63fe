"""`faultprint schedule`: a command again and again, here or kept by systemd, cron or Kubernetes."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.errors import RequestError, did_you_mean
from pipeline.exits import WRONG

SCHEDULED = ("batch", "health", "report", "scan")
"""Commands that make sense again and again."""

VARIABLES = ("FAULTPRINT_DATA", "FAULTPRINT_WEIGHTS", "FAULTPRINT_CACHE")


def schedule(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="Such as: batch ready inbox --store db")],
    every: Annotated[str | None, typer.Option("--every", help="At once, and then as often: 15m, 2h, 1d.")] = None,
    cron: Annotated[str | None, typer.Option("--cron", help="Five fields, local time: '30 2 * * mon-fri'.")] = None,
    emit: Annotated[
        str | None, typer.Option("--emit", help="Print it for systemd, cron or kubernetes, and run nothing.")
    ] = None,
    image: Annotated[
        str, typer.Option("--image", help="For kubernetes: an image that holds Faultprint.")
    ] = "faultprint:latest",
) -> None:
    """Run a command again and again, until SIGTERM or Ctrl-C, which end it after the recording at hand.

    A run still going at its next time is left alone; missed ones are made up for by one. What happens is told in lines
    of JSON on stderr.

    Example: faultprint schedule --cron '0 2 * * *' batch ready inbox --store plant.db --bearing 6205 --speed-rpm 1797
    """
    from pipeline.batch.json_lines import json_lines
    from pipeline.batch.scheduling.emitted import EMITTED, Asked
    from pipeline.batch.scheduling.foreground import Schedule
    from pipeline.batch.scheduling.times import times_of
    from pipeline.batch.scheduling.zone import local_zone
    from pipeline.commands.scheduled_command import inner_of

    if command[0] not in SCHEDULED:
        raise RequestError(
            f"schedule: cannot run '{command[0]}'{did_you_mean(command[0], SCHEDULED) or ';'} it runs "
            f"{', '.join(SCHEDULED)}"
        )
    times, inner = times_of(every, cron), inner_of(context, command)
    if emit is None:
        if not Schedule(command, times, json_lines(sys.stderr))():
            raise typer.Exit(WRONG)
        return
    if emit not in EMITTED:
        raise RequestError(f"--emit {emit}: unknown{did_you_mean(emit, EMITTED) or ';'} known: {', '.join(EMITTED)}")
    environment = tuple((name, os.environ[name]) for name in VARIABLES if os.environ.get(name))
    asked = Asked(command, times, program(), Path.cwd(), image, environment, inner.places, inner.store)
    if emit == "kubernetes":
        asked = asked._replace(environment=(), zone=local_zone())
        for line in inner.lost_with_a_pod():
            terminal.complain(line)
    sys.stdout.write(EMITTED[emit](asked))


def program() -> str:
    """Where this command lies: beside the Python that runs it, or on the path."""
    beside = Path(sys.executable).with_name("faultprint")
    return str(beside) if beside.exists() else shutil.which("faultprint") or "faultprint"
