"""`faultprint weights`: ImageNet weights, what is at hand and where."""

import typer

from pipeline import terminal
from pipeline.exits import WRONG
from pipeline.options import Json

app = typer.Typer(help="ImageNet weights: what is at hand, and where.", no_args_is_help=True)


@app.command("list")
def weights_list(json: Json = False) -> None:
    """Which backbones have weights at hand. Example: faultprint weights list"""
    _show_weights(json)


@app.command("where")
def weights_where(json: Json = False) -> None:
    """Which folders are looked into for weights, in order. Example: faultprint weights where"""
    from pipeline.models.weights import search_order

    found = [
        {"place": name, "folder": folder and str(folder), "exists": bool(folder and folder.is_dir())}
        for name, folder in search_order()
    ]
    if json:
        return terminal.show_json(found)
    return terminal.show_table(("place", "folder", "exists"), [tuple(entry.values()) for entry in found])


@app.command("verify")
def weights_verify(json: Json = False) -> None:
    """Check the hash of every weights file at hand. Example: faultprint weights verify"""
    if not _show_weights(json):
        raise typer.Exit(WRONG)


def _show_weights(json: bool) -> bool:
    """Show the table; whether every file that is there is whole."""
    from pipeline.models.weights import describe_weights

    rows = [{key: value and str(value) for key, value in row._asdict().items()} for row in describe_weights()]
    if json:
        terminal.show_json(rows)
    else:
        terminal.show_table(tuple(rows[0]), [tuple(row.values()) for row in rows])
    return all(row["path"] is None or row["status"].startswith(("verified", "whole")) for row in rows)
