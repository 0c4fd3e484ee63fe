"""`faultprint split`: which signals train and which test."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.options import ConfigFile, Json, Settings, config_at


def split(
    config: ConfigFile,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write split.csv.")] = None,
    json: Json = False,
) -> None:
    """Show which signals train and which test, after the audit.

    Example: faultprint split configs/cwru_wavelet_squeezenet.yaml
    """
    from pipeline.catalog.splitting.split import write_split
    from pipeline.workflow.train import split as split_and_audit

    sides, audit = split_and_audit(config_at(config, settings))
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
    return None
