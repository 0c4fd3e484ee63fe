"""`faultprint inspect`: what recordings hold."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE, WRONG
from pipeline.options import Json, ReaderName


def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings, or folders of them.")],
    reader: ReaderName = None,
    json: Json = False,
) -> None:
    """Say what recordings hold: channels, lengths, rates, units. Example: faultprint inspect pump.mat"""
    from pipeline.workflow.inspect import inspect as look_into

    found = list(look_into(files, reader))
    if json:
        for entry in found:
            terminal.show_json(entry)
    else:
        rows = [
            (entry["source"], *(channel[key] for key in ("name", "n_samples", "rate_hz", "unit")), entry["facts"], "")
            for entry in found
            for channel in entry["channels"]
        ] + [(entry["source"], None, None, None, None, None, entry["reason"]) for entry in found if entry["reason"]]
        terminal.show_table(("file", "channel", "samples", "rate_hz", "unit", "says", "problem"), rows)
    if any(entry["reason"] for entry in found):
        raise typer.Exit(WRONG if all(entry["reason"] for entry in found) else SOME_UNUSABLE)
