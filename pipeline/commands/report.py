"""`faultprint report`: what a store holds, as pages, lines of JSON, CSV or Parquet."""

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.commands.batch import moment_meant
from pipeline.commands.health import span_meant
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json, MayBeEmpty, Quiet, StoreName


def report(
    store: StoreName,
    out: Annotated[Path | None, typer.Option("--out", help="A folder of pages: a fleet's, a machine's.")] = None,
    sheets: Annotated[str, typer.Option("--sheets", help="Of single diagnoses: alarms, all or none.")] = "alarms",
    title: Annotated[str, typer.Option("--title", help="Of the pages.")] = "",
    csv: Annotated[Path | None, typer.Option("--csv", help="A row per signal, CSV.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="The same as Parquet.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only recorded since: 2026-05-04, or 30d.")] = None,
    rules: Annotated[Path | None, typer.Option("--rules", help="By which health is told, YAML; as for batch.")] = None,
    within: Annotated[str, typer.Option("--within", help="Pages warn unless a good run ended within: 26h.")] = "26h",
    may_be_empty: MayBeEmpty = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write what a store holds: pages for people, files for programs.

    The pages need no network and no server: copy the folder to a file share, open index.html.

    Example: faultprint report plant.db --out report
    """
    from pipeline.reporting.fleet.report import Sheets
    from pipeline.workflow.report import Pages, report_lines
    from pipeline.workflow.report import report as workflow

    if not (out or csv or parquet or json):
        raise RequestError("report: needs --out FOLDER for pages, or --json, --csv FILE, --parquet FILE")
    if sheets not in list(Sheets):
        raise RequestError(f"--sheets {sheets}: needs {', '.join(Sheets)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    earliest = moment_meant(since, datetime.now(UTC)) if since else None
    pages = Pages(out, Sheets(sheets), title, rules, span_meant(within), may_be_empty) if out else None
    damaged: list[str] = []
    note, left_out = terminal.complain, damaged.append
    with terminal.progress_bars(quiet) as tick:
        found = workflow(
            store, pages, csv=csv, parquet=parquet, since=earliest, note=note, left_out=left_out, tick=tick
        )
    if json:
        for line in report_lines(store, earliest, left_out):
            terminal.show_json(line)
    else:
        _say(found, pages, csv, parquet)
    for told in dict.fromkeys(damaged):  # each once, however often it was met
        terminal.complain(told)
    if damaged:
        raise typer.Exit(SOME_UNUSABLE)


def _say(found: dict[str, int], pages: Any, *written: Path | None) -> None:
    """What was written."""
    for path in filter(None, written):
        terminal.say(f"{path}: written")
    if pages:
        terminal.say(
            f"{pages.out / 'index.html'}: {found['machines']} machines, {found['signals']} signals, "
            f"{found['aside']} put aside, {found['sheets']} sheets"
        )
