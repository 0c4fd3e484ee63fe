"""`faultprint split`: which signals train and which test, and what the audit says."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import terminal
from pipeline.options import ConfigFile, Json, Quiet, Settings, config_at

if TYPE_CHECKING:
    from pipeline.catalog.auditing.audit import Audit
    from pipeline.catalog.splitting.split import Split


def split(
    config: ConfigFile,
    settings: Settings = None,
    samples: Annotated[
        bool, typer.Option("--samples", help="Read every signal: copies on both sides, and shortcuts.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Every fold, or all splits of a protocol: a line each.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write split.csv.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show which signals train and which test, after the audit.

    Example: faultprint split configs/cwru_wavelet_squeezenet.yaml --samples
    """
    from pipeline.catalog.splitting.sides import one_sided
    from pipeline.catalog.splitting.split import write_split
    from pipeline.workflow.split import audited_splits

    checked = config_at(config, settings)
    with terminal.progress_bars(quiet) as tick:
        found = list(audited_splits(checked, every=every, samples=samples, tick=tick))
    if every:
        return _show_every(found, json)
    sides, audit = found[0]
    if out:
        write_split(sides, out)
    if json:
        return terminal.show_json({"protocol": sides.protocol, **audit.to_dict()})
    rows = [
        (side, row.signal, row.specimen, row.labels)
        for side, part in (("train", sides.train), ("test", sides.test))
        for row in part
    ]
    terminal.show_table(("side", "signal", "specimen", "labels"), rows, title=sides.protocol)
    _caution(audit)
    for note in one_sided(sides):
        terminal.complain(note)
    return None


def _show_every(found: "Sequence[tuple[Split, Audit]]", json: bool) -> None:
    """One line per split."""
    if json:
        for sides, audit in found:
            terminal.show_json({"protocol": sides.protocol, **audit.to_dict()})
        return
    columns = ("split", "signals", "specimens", "stamps")
    rows = [
        (
            sides.protocol,
            f"{len(sides.train)} + {len(sides.test)}",
            f"{audit.specimens_train} + {audit.specimens_test}",
            audit.stamps,
        )
        for sides, audit in found
    ]
    terminal.show_table(columns, rows)
    for sides, audit in found:
        _caution(audit, f"{sides.protocol}: ")


def _caution(audit: "Audit", where: str = "") -> None:
    """What qualifies the split, on stderr."""
    for stamp in audit.stamps:
        terminal.complain(f"{where}stamped: {stamp}")
    for line in audit.warnings:
        terminal.complain(f"{where}{line}")
