"""`faultprint scan`: a folder of recordings as a catalog."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json


def scan(
    path: Annotated[Path, typer.Argument(help="A folder of recordings, or one file.")],
    out: Annotated[Path, typer.Option("--out", help="The catalog to write, CSV.")] = Path("catalog.csv"),
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="What file names say: '{label}_{speed_rpm:d}.mat'.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a catalog, one row per signal, reading headers only.

    Example: faultprint scan recordings --out catalog.csv
    """
    from pipeline.catalog.scanning.scan import scan as scan_folder

    catalog = scan_folder(path, pattern)
    if not len(catalog):
        why = f": {catalog.skipped[0][0]}: {catalog.skipped[0][1]}" if catalog.skipped else ""
        raise RequestError(f"no recording could be read under {path}{why}")
    catalog.write(out)
    skipped = [{"file": file, "reason": reason} for file, reason in catalog.skipped]
    if json:
        terminal.show_json({"catalog": str(out), "signals": len(catalog), "labels": catalog.labels, "skipped": skipped})
    else:
        terminal.say(f"{out}: {len(catalog)} signals, labels {', '.join(catalog.labels) or 'none'}")
        for entry in skipped:
            terminal.complain(f"skipped {entry['file']}: {entry['reason']}")
    if skipped:
        raise typer.Exit(SOME_UNUSABLE)
