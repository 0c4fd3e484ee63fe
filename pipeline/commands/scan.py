"""`faultprint scan`: recordings as a catalog."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json, Quiet


def scan(
    path: Annotated[str, typer.Argument(help="A folder of recordings, or one file; or its URL.")],
    out: Annotated[Path, typer.Option("--out", help="The catalog to write, .csv or .parquet.")] = Path("catalog.csv"),
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="What file names say: '{label}_{speed_rpm:d}.mat'.")
    ] = None,
    table: Annotated[Path | None, typer.Option("--table", help="A CSV that says what the files are.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="A column of the table, THEIRS=OURS: Datei=source; # is the row's number."),
    ] = None,
    corpus: Annotated[str | None, typer.Option("--corpus", help="A public data set, such as cwru.")] = None,
    with_hash: Annotated[bool, typer.Option("--hash", help="Read every file whole, for its SHA-256.")] = False,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="One table whose rows are sensor values; --column names what are none.")
    ] = False,
    labellers: Annotated[
        Path | None, typer.Option("--labellers", help="Votes of several people: a CSV of signal, labeller, label.")
    ] = None,
    multilabel: Annotated[bool, typer.Option("--multilabel", help="A labeller may give several labels.")] = False,
    clear_share: Annotated[
        float, typer.Option("--clear-share", help="Ambiguous below this share of the labellers; 1: unanimous.")
    ] = 0.5,
    restart: Annotated[bool, typer.Option("--restart", help="Read everything anew.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a catalog, one row per signal, reading headers only.

    A scan that was stopped goes on when it is run again; files that have not changed keep their rows, with what was
    filled in by hand.

    Example: faultprint scan recordings --out catalog.csv
    """
    from pipeline.catalog.scanning.scan import Request
    from pipeline.readers.places import place_of
    from pipeline.workflow.scan import Voting, journal_of, scan_to, scan_vectors_to

    if vectors:
        return show(scan_vectors_to(place_of(path), columns_of(column or []), out), json)
    request = Request(place_of(path), pattern, table, columns_of(column or []), corpus, with_hash)
    voting = Voting(labellers, multilabel, clear_share) if labellers else None
    try:
        with terminal.progress_bars(quiet) as tick:
            found = scan_to(request, out, restart=restart, voting=voting, tick=tick)
    except KeyboardInterrupt:
        how = "run the same command again to go on, or with --restart to begin anew"
        if journal_of(out).exists():
            terminal.complain(f"what is done is kept in {journal_of(out)}; {how}")
        raise
    show(found, json)
    if found["skipped"]:
        raise typer.Exit(SOME_UNUSABLE)
    return None


def columns_of(given: list[str]) -> dict[str, str]:
    """The mapping that `--column THEIRS=OURS` means.

    Raises:
        RequestError: for text without "=".

    Example:
        >>> columns_of(["Datei=source"])
        {'Datei': 'source'}
    """
    told = [text.partition("=") for text in given]
    for theirs, equals, ours in told:
        if not (theirs.strip() and equals and ours.strip()):
            raise RequestError(f"--column {theirs}{equals}{ours}: needs THEIRS=OURS, such as Datei=source")
    return {theirs.strip(): ours.strip() for theirs, _, ours in told}


def show(found: Mapping[str, Any], json: bool) -> None:
    """What was found on stdout, what was skipped on stderr."""
    from pipeline.workflow.scan import told

    if json:
        return terminal.show_json(found)
    for line in told(found):
        terminal.say(line)
    if found["skipped_file"]:
        return terminal.complain(f"skipped {len(found['skipped'])} files; why is in {found['skipped_file']}")
    for entry in found["skipped"]:
        terminal.complain(f"skipped {entry['file']}: {entry['reason']}")
    return None
