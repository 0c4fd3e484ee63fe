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
    from pipeline.readers.places import name_of, place_of
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
    if corpus is None and not found["signals_per_label"]:
        from pipeline.catalog.corpora import corpus_kept_in

        if known := corpus_kept_in(name_of(request.path)):
            terminal.complain(f"a public data set has this folder; --corpus {known} knows its labels and parts")
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
    if json:
        return terminal.show_json(found)
    for line in told(found):
        terminal.say(line)
    if found["skipped_file"]:
        return terminal.complain(f"skipped {len(found['skipped'])} files; why is in {found['skipped_file']}")
    for entry in found["skipped"]:
        terminal.complain(f"skipped {entry['file']}: {entry['reason']}")
    return None


def told(found: Mapping[str, Any]) -> list[str]:
    """A scan's result in a few lines for people.

    Example:
        >>> told({"catalog": "c.csv", "files": 2, "signals": 2, "signals_per_label": {"ball": 1}, "unlabelled": 1,
        ...     "rates_hz": {"12000": 2}, "units": {"g": 2}, "specimens": 0, "without_specimen": 2, "files_known": 0,
        ...     "files_changed": 0, "files_gone": 0, "notes": []})[-1]
        'specimens  unknown for 2 signals: fill the column specimen; splits by part need it'
    """
    labels = found["signals_per_label"] | ({"(none)": found["unlabelled"]} if found["unlabelled"] else {})
    missing = f"unknown for {found['without_specimen']} signals: fill the column specimen; splits by part need it"
    specimens = [str(found["specimens"])] * bool(found["specimens"]) + [missing] * bool(found["without_specimen"])
    known = [f"{found['files_known']} unchanged, not read again"] * bool(found["files_known"])
    changed = [f"{found[f'files_{what}']} {what}" for what in ("changed", "gone") if found[f"files_{what}"]]
    kept = [f"the earlier catalog is kept as {Path(found['catalog']).name}.bak"] * bool(changed)
    return [
        f"{found['catalog']}: {found['signals']} signals of {found['files']} files",
        *(["files      " + "; ".join([*known, *changed, *kept])] if known or changed else []),
        "labels     " + listed(labels),
        *(["agreement  " + listed(found["agreement"])] if "agreement" in found else []),
        "rates, Hz  " + listed(found["rates_hz"]),
        "units      " + listed(found["units"]),
        *[f"note       {note}" for note in found["notes"]],
        "specimens  " + ", ".join(specimens),
    ]


def listed(counts: Mapping[str, int]) -> str:
    """Counts in a line, the first twelve.

    Example:
        >>> listed({"ball": 3, "healthy": 1})
        'ball 3, healthy 1'
    """
    shown = [f"{word} {count}" for word, count in list(counts.items())[:12]]
    return ", ".join([*shown, *([f"and {len(counts) - 12} more"] if len(counts) > 12 else [])]) or "none"
