"""`faultprint inspect`: what recordings hold, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE, WRONG
from pipeline.options import (
    BearingName,
    Channel,
    Files,
    GearName,
    Json,
    Quiet,
    RateHz,
    ReaderName,
    SpeedRpm,
    Unit,
)

COLUMNS = ("file", "channel", "samples", "s", "rate_hz", "unit", "rms", "crest", "kurtosis")
"""As many as fit a terminal; `--json` has the rest."""


def inspect(
    files: Files,
    rate_hz: RateHz = None,
    speed_rpm: SpeedRpm = None,
    bearing: BearingName = None,
    gear: GearName = None,
    channel: Channel = None,
    unit: Unit = None,
    reader: ReaderName = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for a figure per channel and inspect.json.")] = None,
    header: Annotated[bool, typer.Option("--header", help="Only what headers say; no samples are read.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what recordings hold: channels, rates, units, statistics; and what is wrong with them.

    Example: faultprint inspect pump.mat --rate-hz 12000 --speed-rpm 1797 --bearing 6205 --out looks
    """
    from pipeline.workflow.inspect import inspect as look_into

    if out is not None and out.exists() and not out.is_dir():
        raise RequestError(f"--out {out}: needs a folder, and this is a file; name another")
    stated = {
        "rate_hz": rate_hz, "speed_rpm": speed_rpm, "bearing": bearing, "gear": gear,
        "channel": channel, "unit": unit, "reader": reader,
    }  # fmt: skip
    n_found = n_refused = 0
    rows: list[Sequence[Any]] = []
    lines: list[str] = []
    with terminal.progress_bars(quiet) as tick:
        for entry in look_into(files, header_only=header, out=out, tick=tick, **stated):
            n_found, n_refused = n_found + 1, n_refused + (entry["reason"] is not None)
            if json:
                terminal.show_json(entry)
            else:
                rows += _rows(entry)
                lines += _lines(entry)
    if not json:
        terminal.show_table(COLUMNS, rows)
        for line in lines:
            terminal.say(line)
    if n_refused:
        raise typer.Exit(WRONG if n_refused == n_found else SOME_UNUSABLE)


def _rows(entry: Mapping[str, Any]) -> list[Sequence[Any]]:
    """A line per channel; the file by its name, as the findings below tell its path."""
    name = entry["source"].rpartition("/")[2]
    rows: list[Sequence[Any]] = []
    for channel in entry["channels"]:
        rate_hz, statistics = channel["rate_hz"], channel["statistics"] or {}
        rate = None if rate_hz is None else f"{rate_hz:.10g} ({channel['rate_from']})"
        measured = [_short(statistics.get(key)) for key in ("rms", "crest", "kurtosis")]
        facts = (channel["n_samples"], _short(channel["duration_s"]), rate, channel["unit"])
        rows.append((name, channel["name"], *facts, *measured))
    return rows


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"


def _lines(entry: Mapping[str, Any]) -> list[str]:
    """A line per finding, under the table."""
    source = entry["source"]
    told = [f"{finding['severity']}: {source}: {finding['message']}" for finding in entry["findings"]]
    told += [f"warning: {source}: {line}" for line in entry["warnings"]]
    for channel in entry["channels"]:
        told += [f"{each['severity']}: {source} {channel['name']}: {each['message']}" for each in channel["findings"]]
    return told + ([f"not read: {entry['reason']}"] if entry["reason"] else [])
