"""`faultprint health`: whether a batch that runs by itself is doing well."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json, MayBeEmpty, StoreName

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def health(
    store: StoreName,
    within: Annotated[str, typer.Option("--within", help="A good run must have ended within: 90m, 26h, 7d.")] = "26h",
    prometheus: Annotated[
        Path | None, typer.Option("--prometheus", help="Also write a .prom file for node_exporter.")
    ] = None,
    may_be_empty: MayBeEmpty = False,
    json: Json = False,
) -> None:
    """Say whether the runs of a store are doing well, for monitors.

    Exit code 0 where nothing needs a person; 3 where something does, a line each; 4 where the store does not answer.

    Example: faultprint health plant.db --within 26h
    """
    from pipeline.workflow.health import health as workflow

    found = workflow(store, span_meant(within), prometheus, may_be_empty)
    if json:
        terminal.show_json(found.to_dict())
    else:
        for pulse in found.pulses:
            done = f"last good run {pulse.done_at:%Y-%m-%d %H:%M} UTC" if pulse.done_at else "no good run yet"
            files = ", ".join(f"{count} {state}" for state, count in sorted(pulse.files.items())) or "no files"
            terminal.say(f"{pulse.inbox} with {pulse.model}: {done}; {files}")
        for line in found.troubles:
            terminal.say(f"! {line}")
    if found.troubles:
        raise typer.Exit(SOME_UNUSABLE)


def span_meant(text: str) -> timedelta:
    """What `--within` means.

    Raises:
        RequestError: for anything but a whole number of minutes, hours or days.

    Example:
        >>> span_meant("26h")
        datetime.timedelta(days=1, seconds=7200)
    """
    found = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    if not found or not int(found[1]):
        raise RequestError(f"--within {text}: needs minutes, hours or days, such as 90m, 26h or 7d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
