"""`faultprint weights`: ImageNet weights, what is at hand and where; fetched and verified."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from pipeline import terminal
from pipeline.exits import WRONG
from pipeline.options import Json, Quiet

app = typer.Typer(help="ImageNet weights: what is at hand and where, fetched and verified.", no_args_is_help=True)

Backbone = Annotated[str, typer.Argument(metavar="NAME", help="A backbone, such as resnet18 or timm:resnet18.")]
Which = Annotated[str | None, typer.Argument(metavar="[NAME|FILE]", help="A backbone or a file; all by default.")]
MeantFor = Annotated[str | None, typer.Option("--backbone", help="The net that FILE is meant for.")]
Folder = Annotated[Path | None, typer.Option("--out", help="Where it goes; the cache of torch hub by default.")]


@app.command("list")
def weights_list(json: Json = False) -> None:
    """Which backbones have weights at hand. Example: faultprint weights list"""
    from pipeline.models.pretrained.at_hand import WeightsRow, describe_weights

    _show(WeightsRow._fields, describe_weights(), json)


@app.command("fetch")
def weights_fetch(name: Backbone, out: Folder = None, json: Json = False, quiet: Quiet = False) -> None:
    """Download the authors' weights of a backbone, whole or not at all.

    Example: faultprint weights fetch resnet18 --out weights
    """
    from pipeline.models.weights import fetch_weights

    with terminal.progress_bars(quiet or json) as bars:
        file = fetch_weights(name, out, bars)
    found = {"backbone": name, "path": str(file.path), "sha256": file.sha256, "origin": file.origin}
    if json:
        return terminal.show_json(found)
    return terminal.show_table(tuple(found), [tuple(found.values())])


@app.command("verify")
def weights_verify(which: Which = None, backbone: MeantFor = None, json: Json = False) -> None:
    """Read weights files through: are they whole, and of the net they are meant for?

    Exit code 2 where one is not. Example: faultprint weights verify my.pth --backbone resnet18
    """
    from pipeline.models.pretrained.at_hand import VerifiedRow, verify_weights

    rows = verify_weights(which, backbone)
    _show(VerifiedRow._fields, rows, json)
    if not all(row.fine for row in rows):
        raise typer.Exit(WRONG)


@app.command("where")
def weights_where(json: Json = False) -> None:
    """Which folders are looked into for weights, in order. Example: faultprint weights where"""
    from pipeline.models.pretrained.at_hand import search_order

    found = [
        {"place": name, "folder": folder and str(folder), "exists": bool(folder and folder.is_dir())}
        for name, folder in search_order()
    ]
    if json:
        return terminal.show_json(found)
    return terminal.show_table(("place", "folder", "exists"), [tuple(entry.values()) for entry in found])


def _show(columns: tuple[str, ...], rows: Iterable[NamedTuple], json: bool) -> None:
    shown: list[tuple[Any, ...]] = [
        tuple(str(value) if isinstance(value, Path) else value for value in row) for row in rows
    ]
    if json:
        return terminal.show_json([dict(zip(columns, row, strict=True)) for row in shown])
    return terminal.show_table(columns, shown)
