"""`faultprint corpora`: public data sets with a manifest."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.exits import WRONG
from pipeline.options import Json

app = typer.Typer(help="Public data sets with a manifest.", no_args_is_help=True)

DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="The folder that holds each data set's own; else FAULTPRINT_DATA.", file_okay=False),
]
WithHash = Annotated[bool, typer.Option("--hash", help="Compare every sample with the published ones, where known.")]

MOST_MISSING = 20
"""So many missing files are named in the table; --json names all."""


@app.command("list")
def corpora_list(data: DataFolder = None, json: Json = False) -> None:
    """Data sets with a manifest, and how many of their files are there. Example: faultprint corpora list"""
    from pipeline.catalog.corpora import overviews

    found = overviews(data)
    if json:
        terminal.show_json([vars(each) for each in found])
        return
    rows = [
        (each.name, counted(each.files_there, each.files), each.layout_from, each.licence, each.title) for each in found
    ]
    terminal.show_table(("name", "files", "layout from", "licence", "title"), rows)


@app.command("check")
def corpora_check(
    name: Annotated[str, typer.Argument(help="A data set, such as cwru.")],
    data: DataFolder = None,
    with_hash: WithHash = False,
    json: Json = False,
) -> None:
    """Compare the files of a data set with its manifest; 2 when one differs, or none is there.

    Example: faultprint corpora check cwru --hash
    """
    from pipeline.catalog.corpora import check_corpus, manifest_of, tallied

    checks = check_corpus(name, data, with_hash)
    counts, layout_from = tallied(checks), manifest_of(name).layout_from
    if json:
        files = [{"file": check.file, "status": check.status} for check in checks]
        terminal.show_json({"corpus": name, "layout_from": layout_from, **counts, "files": files})
    else:
        terminal.show_table(("file", "status"), shortened([(check.file, check.status) for check in checks]))
        terminal.say(summary(counts, layout_from))
    if counts["differs"] or not counts["ok"]:
        raise typer.Exit(WRONG)


def counted(there: int | None, n_files: int) -> str:
    """Files at hand of all; all only, where no folder was looked into.

    Example:
        >>> counted(111, 114), counted(None, 114)
        ('111 of 114', '114')
    """
    return str(n_files) if there is None else f"{there} of {n_files}"


def shortened(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rows of the table; of many missing files the first."""
    missing = [row for row in rows if row[1] == "missing"]
    left_out = set(missing[MOST_MISSING:])
    more = [(f"and {len(left_out)} more (all with --json)", "missing")] if left_out else []
    return [row for row in rows if row not in left_out] + more


def summary(counts: dict[str, int], layout_from: str) -> str:
    """The last line.

    Example:
        >>> summary({"ok": 111, "differs": 1, "missing": 3, "n_files": 115, "n_hashed": 213}, "files")
        '111 ok, 1 differs, 3 missing of 115; samples of 213 signals compared'
    """
    told = f"{counts['ok']} ok, {counts['differs']} differs, {counts['missing']} missing of {counts['n_files']}"
    hashed = f"; samples of {counts['n_hashed']} signals compared" if counts["n_hashed"] else ""
    return told + hashed + ("; layout from documentation" if layout_from == "documentation" else "")
