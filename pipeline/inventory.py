"""Commands that list what is at hand: weights, corpora, config keys."""

from typing import Annotated

import typer

from pipeline import terminal
from pipeline.exits import WRONG
from pipeline.options import Json

weights_app = typer.Typer(help="ImageNet weights: what is at hand, and where.", no_args_is_help=True)
corpora_app = typer.Typer(help="Public data sets with a manifest.", no_args_is_help=True)
config_app = typer.Typer(help="Configs of training runs.", no_args_is_help=True)


@weights_app.command("list")
def weights_list(json: Json = False) -> None:
    """Which backbones have weights at hand. Example: faultprint weights list"""
    _show_weights(json)


@weights_app.command("where")
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


@weights_app.command("verify")
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


@corpora_app.command("list")
def corpora_list(json: Json = False) -> None:
    """Data sets with a manifest. Example: faultprint corpora list"""
    from pipeline.catalog.corpora import corpus_names

    names = list(corpus_names())
    if json:
        return terminal.show_json(names)
    return terminal.say("\n".join(names))


@corpora_app.command("check")
def corpora_check(name: Annotated[str, typer.Argument(help="A data set, such as cwru.")], json: Json = False) -> None:
    """Compare what is under FAULTPRINT_DATA with a manifest. Example: faultprint corpora check cwru"""
    from pipeline.catalog.corpora import check_corpus

    rows = [vars(check) for check in check_corpus(name)]
    if json:
        terminal.show_json(rows)
    else:
        terminal.show_table(("file", "status"), [tuple(row.values()) for row in rows])
    if any(row["status"] not in ("ok", "missing") for row in rows):
        raise typer.Exit(WRONG)


@config_app.command("schema")
def config_schema() -> None:
    """JSON Schema of a run's config, for editors. Example: faultprint config schema > faultprint.schema.json"""
    from pipeline import config

    terminal.show_json(config.config_schema())
